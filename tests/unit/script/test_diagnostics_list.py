"""The list of what a check must find, row by row, each with its own example; and the same, written right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.dialect import Dialect
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.addresses import listen_addresses

E, W, H = "error", "warning", "hint"
END = "route { drop; }"


@dataclass(frozen=True)
class Row:
    """One row: its number, how bad it is, the code, a whole script that has it, and one that has not."""

    number: int
    severity: str
    code: str
    wrong: str
    right: str = ""
    dialect: Dialect = Dialect.KAMAILIO


def load(*names: str) -> str:
    return "".join(f'loadmodule "{name}"\n' for name in names)


TM = load("tm", "sl")
TEXT = load("textops")
ROWS = [
    Row(1, E, "unknown-function", TM + "route { t_rely(); }", TM + "route { t_relay(); }"),
    Row(2, E, "module-not-loaded", "route { t_relay(); }", TM + "route { t_relay(); }"),
    Row(3, W, "loaded-late", "route { t_relay(); }\n" + load("tm"), TM + "route { t_relay(); }"),
    Row(4, E, "unknown-module", load("msql") + END, load("mysql") + END),
    Row(5, W, "module-twice", load("sl", "sl") + END, load("sl") + END),
    Row(6, E, "argument-count", TM + 'route { sl_send_reply("404"); }', TM + 'route { sl_send_reply("404", "x"); }'),
    Row(7, E, "nested-call", load("tm", "registrar", "usrloc") + 'route { lookup("location", t_relay()); }'),
    Row(8, E, "bad-argument", TM + 'route { sl_send_reply("4o4", "x"); }', TM + 'route { sl_send_reply("404", "x"); }'),
    Row(9, E, "wrong-route-kind", load("registrar", "tm") + END + 'branch_route[1] { save("x"); }'),
    Row(10, E, "wrong-route-kind", TM + END + "onreply_route[1] { route(3); } route[3] { t_relay(); }"),
    Row(11, E, "unknown-parameter", TM + 'modparam("tm", "fr_timr", 5)\n' + END),
    Row(12, E, "module-not-loaded", load("usrloc") + 'modparam("usrlok", "db_mode", 1)\n' + END),
    Row(13, W, "number-as-text", TM + 'modparam("tm", "retr_timer1", "500")\n' + END),
    Row(14, E, "number-expected", TM + 'modparam("tm", "fr_timer", "x")\n' + END),
    Row(15, W, "seconds-or-milliseconds", TM + 'modparam("tm", "fr_timer", 30)\n' + END),
    Row(16, E, "unknown-route", "route { route(RELAI); } route[RELAY] { drop; }"),
    Row(17, E, "unknown-route", TM + 'route { t_on_failure("2"); t_relay(); }'),
    Row(18, E, "unknown-route", TM + 'route { t_on_reply("1"); t_relay(); } failure_route[1] { exit; }'),
    Row(19, E, "duplicate-route", "route { route(1); } route[1] { drop; } route[1] { exit; }"),
    Row(20, W, "unused-route", END + "route[UNUSED] { drop; }"),
    Row(21, W, "unreachable", 'route { exit; log("x"); }', 'route { log("x"); exit; }'),
    Row(22, E, "assignment-in-condition", "route { if ($x = 5) drop; }", "route { if ($x == 5) drop; }", Dialect.SER2),
    Row(23, E, "unknown-method", 'route { if (method == "INVTE") drop; }', 'route { if (method == "INVITE") drop; }'),
    Row(24, W, "method-list", 'route { if (method == "INVITE|ACK") drop; }', 'route { if (method =~ "^ACK$") drop; }'),
    Row(25, W, "never-listened", "listen = udp:127.0.0.1\nroute { if (proto == TLS) drop; }"),
    Row(26, E, "tls-not-loaded", "listen = tls:127.0.0.1:5061\n" + END, load("tls") + "listen=tls:127.0.0.1\n" + END),
    Row(27, E, "unknown-select", load("tls") + "route { if (@tls.peer.verifed) drop; }"),
    Row(28, E, "unknown-select", "route { if (@foo.bar == 1) drop; }"),
    Row(29, W, "text-condition", "route { if (@ruri) drop; }", 'route { if (@ruri != "") drop; }'),
    Row(30, E, "negated-side", 'route { if (!@ruri == "1") drop; }', 'route { if (!(@ruri == "1")) drop; }'),
    Row(31, E, "boolean-as-text", load("tls") + 'route { if (@tls.peer.verified == "yes!") drop; }'),
    Row(32, H, "unverified-name", load("tls") + 'route { if (@tls.peer == "Bob") drop; }'),
    Row(33, H, "stricter-than-ser2", load("tls") + 'route { if (@tls.peer != "Bob") drop; }', "", Dialect.SER2),
    Row(34, E, "flag-range", "route { setflag(32); }", "route { setflag(31); }"),
    Row(35, E, "unknown-flag", "route { if (isflagset(FLT_ACC)) drop; }", "flags FLT;\nroute { setflag(FLT); }"),
    Row(36, E, "bad-pattern", TEXT + 'route { search("(abc"); }', TEXT + 'route { search("a"); }'),
    Row(37, E, "slow-pattern", TEXT + 'route { search("^(a+)+$"); }'),
    Row(38, E, "unknown-variable", "route { $xyz(a) = 1; }", "route { $avp(x) = 1; }"),
    Row(39, E, "read-only", load("tls") + 'route { $tls_version = "1"; }', "route { $avp(x) = 1; }"),
    Row(40, E, "unknown-transformation", "route { $avp(y) = $(avp(x){uri.usr}); }"),
    Row(41, W, "text-for-number", 'route { $avp(x) = 1; if ($avp(x) == "1") drop; }'),
    Row(42, W, "bit-precedence", "route { if ($var(x) & 4 == 4) drop; }", "route { if (($var(x) & 4) == 4) drop; }"),
    Row(43, E, "else-after-semicolon", 'route { if (method == "ACK") { drop; }; else { exit; } }'),
    Row(44, E, "missing-semicolon", "route { force_rport() }", "route { force_rport(); }"),
    Row(45, E, "unclosed-string", 'route { log("x); }'),
    Row(45, E, "unclosed-brace", "route { if (method == ACK) {"),
    Row(45, E, "unclosed-comment", END + "/* x"),
    Row(46, W, "joined-strings", 'route { log("a" "b"); }', 'route { log("ab"); }'),
    Row(47, E, "mixed-cases", 'route { switch ($rc) { case 1: drop; case "a": exit; } }'),
    Row(48, W, "fall-through", 'route { switch ($rc) { case 1: log("x"); case 2: drop; } }'),
    Row(49, W, "constant-condition", "route { if (1) drop; }"),
    Row(50, W, "endless-loop", "route { while ($var(i) < 5) { } }", "route { while ($var(i) < 5) { $var(i) = 5; } }"),
    Row(51, E, "wrong-operand-kind", "route { if (snd_ip == 1.2.3.4) drop; }"),
    Row(52, E, "wrong-operand-kind", 'route { if (status == "200") drop; }'),
    Row(53, E, "bad-network", "route { if (src_ip == 10.0.0.1/33) drop; }"),
    Row(54, E, "not-an-address", 'route { if (src_ip == "host.example") drop; }'),
    Row(55, W, "header-line-end", load("textops") + 'route { append_hf("X: 1"); }'),
    Row(56, W, "header-variable", load("textops", "pv") + 'route { append_hf("X: $hdr(Y)\\r\\n"); }'),
    Row(57, W, "second-answer", TM + 'route { if (method == "ACK") sl_send_reply("404", "x"); t_relay(); }'),
    Row(58, W, "unanswered", TM + "route { if (method == INVITE) t_relay(); }", TM + "route { t_relay(); }"),
    Row(59, W, "record-route-late", load("tm", "rr") + "route { t_relay(); record_route(); }"),
    Row(60, E, "command-from-message", load("exec", "pv") + 'route { exec_msg("x $rU"); }'),
    Row(61, W, "more-than-most", "debug=9\n" + END, "debug=4\n" + END),
    Row(62, E, "unknown-setting", "lisen=udp:127.0.0.1\n" + END),
    Row(63, E, "missing-endif", "#!ifdef A\n" + END),
    Row(63, E, "define-repeated", "#!define A\n#!define A\n" + END, "#!define A\n" + END),
    Row(64, W, "unguarded-rpc", load("tls", "xmlrpc") + "route { dispatch_rpc(); }"),
    Row(65, H, "break-outside-loop", "route { break; }", "route { exit; }"),
    Row(
        66,
        W,
        "no-transaction",
        TM + 'route { t_reply("404", "x"); }',
        TM + 'route { t_newtran(); t_reply("404", "x"); }',
    ),
    Row(67, W, "lookup-before-route", load("tm", "registrar", "usrloc") + 'route { lookup("location"); t_relay(); }'),
    Row(68, E, "unknown-event", TM + END + "event_route[tm:local-requst] { drop; }"),
    Row(69, E, "bad-variable-argument", load("htable") + "route { if ($sht(x=>k) == 1) drop; }"),
    Row(70, W, "return-zero", "route { route(A); drop; } route[A] { return 0; }", END, Dialect.SER2),
]


def _found(text: str, dialect: Dialect) -> list[tuple[str, str]]:
    script, diagnostics = parse(Source.from_text("ser.cfg", text + "\n"))
    loaded = load_modules(script, diagnostics, assume_modules=True)
    tls = loaded.named("tls") is not None
    listen_addresses(script, loaded.modules[0].settings, tls_loaded=tls, diagnostics=diagnostics)
    check(script, loaded.catalogue, diagnostics, dialect)
    return [(each.severity.value, each.code) for each in diagnostics]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number}-{row.code}" for row in ROWS])
def test_every_row_is_found(row: Row) -> None:
    assert (row.severity, row.code) in _found(row.wrong, row.dialect)


@pytest.mark.parametrize("row", [row for row in ROWS if row.right], ids=lambda row: f"{row.number}-{row.code}")
def test_what_is_right_is_not_found(row: Row) -> None:
    assert row.code not in [code for _, code in _found(row.right, row.dialect)]


def test_every_row_has_its_test() -> None:
    assert {row.number for row in ROWS} == set(range(1, 71))
