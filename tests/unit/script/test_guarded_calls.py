"""Who reaches management calls, through every kind of statement; what is refused by name; what listens without TLS."""

from __future__ import annotations

import pytest

from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source

HEAD = 'loadmodule "tls"\nloadmodule "sl"\nloadmodule "xmlrpc"\n'
CODES = frozenset(
    {"unguarded-rpc", "unproved-rpc", "allowed-by-exclusion", "rpc-without-tls", "rpc-deny-list", "rpc-alias"}
    | {"unknown-rpc-method"}
)


def _codes(text: str) -> list[str]:
    script, diagnostics = parse(Source.from_text("ser.cfg", HEAD + text))
    loaded = load_modules(script, diagnostics, assume_modules=True)
    check(script, loaded.catalogue, diagnostics)
    assert not diagnostics.errors, list(diagnostics)
    return [each.code for each in diagnostics if each.code in CODES]


@pytest.mark.parametrize(
    "body",
    [
        "while (!@tls.peer.verified) { exit; } dispatch_rpc();",
        "while (@tls.peer.verified) { dispatch_rpc(); break; }",
        "switch (@tls.peer.verified) { case 1: dispatch_rpc(); }",
        'switch (@tls.peer) { case "Bob": case "Alice": dispatch_rpc(); }',
        'switch (method) { case "POST": if (!@tls.peer.verified) exit; dispatch_rpc(); }',
        "$var(x) = 1; if (!@tls.peer.verified) { exit; } $var(x) = 2; dispatch_rpc();",
        'if (!@tls.peer.verified) exit; switch (method) { case "POST": break; default: exit; } dispatch_rpc();',
    ],
)
def test_nothing_is_said_where_the_peer_is_proved(body: str) -> None:
    assert _codes(f"route {{ {body} }}") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("while (@tls.peer.verified) { break; } dispatch_rpc();", "unproved-rpc"),
        ("while (method == INVITE) { if (@tls.peer.verified) break; } dispatch_rpc();", "unguarded-rpc"),
        ("switch (@tls.peer.verified) { case 0: dispatch_rpc(); }", "unproved-rpc"),
        ('switch (@tls.peer) { case "Bob": break; default: dispatch_rpc(); }', "unproved-rpc"),
        ('switch (@tls.peer) { case "Bob": log("x"); default: dispatch_rpc(); }', "unproved-rpc"),
        ("switch (method) { case 'POST': if (@tls.peer.verified) break; exit; } dispatch_rpc();", "unguarded-rpc"),
        ("$var(ok) = @tls.peer.verified; if ($var(ok) == 1) dispatch_rpc();", "unproved-rpc"),
        ("if (src_ip == 10.0.0.1) dispatch_rpc();", "unproved-rpc"),
        ("$var(ok) = 1; dispatch_rpc();", "unguarded-rpc"),
        ('if (method == "POST") { while ($var(i) < 3) { $var(i) = 3; } dispatch_rpc(); }', "unguarded-rpc"),
    ],
)
def test_every_kind_of_statement_is_followed(body: str, code: str) -> None:
    assert _codes(f"route {{ {body} }}") == [code]


def test_a_computed_call_may_be_of_any_route() -> None:
    text = 'route { route("A_" + $var(x)); } route[A_1] { dispatch_rpc(); }'
    assert _codes(text) == ["unguarded-rpc"]
    proved = 'route { if (@tls.peer.verified) { route("A_" + $var(x)); } } route[A_1] { dispatch_rpc(); }'
    assert _codes(proved) == []
    proves_nothing = 'route { route("A_" + $var(x)); dispatch_rpc(); } route[A_1] { if (!@tls.peer.verified) exit; }'
    assert _codes(proves_nothing) == ["unguarded-rpc"]


def test_an_event_route_is_an_entry() -> None:
    text = 'loadmodule "xhttp"\nloadmodule "jsonrpcs"\nroute { drop; }\n'
    assert _codes(f"{text}event_route[xhttp:request] {{ jsonrpc_dispatch(); }}") == ["unguarded-rpc"]
    assert _codes(f"{text}event_route[xhttp:request] {{ if (@tls.peer.verified) jsonrpc_dispatch(); }}") == []


TCP = "listen = tcp:127.0.0.1:5060\nlisten = tls:127.0.0.1:5061\n"


@pytest.mark.parametrize(
    ("listen", "body", "codes"),
    [
        (TCP, "dispatch_rpc();", ["rpc-without-tls", "unguarded-rpc"]),
        (TCP, "if (src_ip == 10.0.0.1) dispatch_rpc();", ["rpc-without-tls", "unproved-rpc"]),
        (TCP, "if (src_ip == 127.0.0.1) dispatch_rpc();", ["unproved-rpc"]),
        (TCP, "if (proto == TLS) dispatch_rpc();", ["unguarded-rpc"]),
        (TCP, "if (proto != TLS) exit; dispatch_rpc();", ["unguarded-rpc"]),
        (TCP, "if (@tls.peer.verified) dispatch_rpc();", []),
        ("listen = tls:127.0.0.1:5061\n", "dispatch_rpc();", ["unguarded-rpc"]),
        ("listen = udp:127.0.0.1:5061\n", "dispatch_rpc();", ["unguarded-rpc"]),
    ],
)
def test_a_listener_without_tls_is_named(listen: str, body: str, codes: list[str]) -> None:
    assert _codes(f"{listen}route {{ {body} }}") == codes


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ('if (@xmlrpc.method == "core.kill") exit; dispatch_rpc();', ["rpc-deny-list"]),
        ('if (@rpc.method =~ "^core") exit; dispatch_rpc();', ["rpc-deny-list"]),
        ('if (@xmlrpc.method != "core.kill") { dispatch_rpc(); }', ["rpc-deny-list"]),
        ('if (@xmlrpc.method == "core.version") { dispatch_rpc(); }', []),
        ('if (@xmlrpc.method == "core.ps") { exit; } if (@rpc.method =~ "^core") { dispatch_rpc(); }', []),
        ('if (@xmlrpc.method != "core.version") { exit; } dispatch_rpc();', []),
    ],
)
def test_methods_refused_by_name_are_told_from_those_allowed_by_name(body: str, codes: list[str]) -> None:
    assert _codes(f"route {{ if (!@tls.peer.verified) exit; {body} }}") == codes


def test_a_method_that_is_compared_must_exist_and_by_its_own_name() -> None:
    def found(name: str) -> list[str]:
        return _codes(f'route {{ if (@tls.peer.verified && @xmlrpc.method == "{name}") {{ dispatch_rpc(); }} }}')

    assert found("core.version") == []
    assert found("system.listMethods") == []
    assert found("tls.certs") == ["rpc-alias"]
    assert found("core.verzion") == ["unknown-rpc-method"]
    assert found("dispatcher.reload") == []  # it may come with a module of a later version
