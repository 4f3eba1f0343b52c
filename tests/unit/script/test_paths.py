"""What becomes of a request on every path, and which blocks are reached from where."""

from __future__ import annotations

import pytest

from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source

MODULES = ("tm", "sl", "rr", "usrloc", "registrar", "textops", "maxfwd", "tmx", "siputils")
HEAD = "".join(f'loadmodule "{name}"\n' for name in MODULES)


def _findings(text: str) -> list[tuple[str, str]]:
    script, diagnostics = parse(Source.from_text("ser.cfg", HEAD + text))
    loaded = load_modules(script, diagnostics, assume_modules=True)
    check(script, loaded.catalogue, diagnostics)
    return [(each.code, each.message) for each in diagnostics if each.code != "break-outside-loop"]


def _codes(text: str) -> list[str]:
    return [code for code, _ in _findings(text)]


@pytest.mark.parametrize(
    "text",
    [
        "route { if (!t_relay()) { sl_reply_error(); } }",
        'route { if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; } t_relay(); }',
        "route { if (method == ACK) { if (t_check_trans()) { t_relay(); } exit; } t_relay(); }",
        'route { if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; } t_relay(); }',
        'route { sl_send_reply("100", "trying"); t_relay(); }',
        "route { if (t_precheck_trans()) { t_check_trans(); exit; } t_relay(); }",
        'route { route(R); } route[R] { if (!t_relay()) sl_reply_error(); exit; }',
        'route { if (loose_route()) { t_relay(); exit; } if (!lookup("x")) { sl_reply_error(); exit; } t_relay(); }',
        'route { if (has_totag()) { loose_route(); t_relay(); exit; } lookup("location"); t_relay(); }',
        'route { if (@to.tag != "") { t_relay(); exit; } lookup("location"); t_relay(); }',
        'route { if (!t_newtran()) { sl_reply_error(); exit; } t_reply("404", "x"); }',
        'route { t_on_failure("1"); t_relay(); } failure_route[1] { t_reply("500", "x"); }',
        'route { switch (method) { case "INVITE": t_relay(); break; default: sl_send_reply("405", "x"); } }',
        'route { if (method == INVITE) { t_relay(); } else { drop; } }',
        'route { if (route(TRY)) { exit; } } route[TRY] { t_relay(); return 1; }',
    ],
)  # fmt: skip
def test_nothing_is_said_about_ordinary_scripts(text: str) -> None:
    assert [code for code in _codes(text) if code != "unanswered-exit"] == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('route { if (route(TRY)) { t_relay(); } else { drop; } } route[TRY] { sl_send_reply("200", "x"); return 1; }',
         ["second-answer"]),
        ('route { if (method == ACK) { exit; } if (method == INVITE) { exit; } t_relay(); }', ["unanswered-exit"]),
        ('route { while ($var(i) < 2) { $var(i) = $var(i) + 1; if (method == INVITE) break; } t_relay(); t_relay(); }',
         ["second-answer"]),
        ('route { switch (method) { case "INVITE": t_relay(); } }', ["unanswered"]),
        ('route { switch (method) { case "A": t_relay(); case "B": t_relay(); break; default: drop; } }',
         ["fall-through", "second-answer", "unknown-method"]),
        ('route { if (method == INVITE) { route(A); } t_relay(); } route[A] { sl_send_reply("200", "x"); }',
         ["second-answer"]),
        ('route { if (is_method("REGISTER")) { save("location"); } t_relay(); }', ["second-answer"]),
        ('route { route(A); record_route(); t_relay(); } route[A] { if (method == INVITE) t_relay(); }',
         ["record-route-late", "second-answer"]),
    ],
)  # fmt: skip
def test_paths_through_routes_and_loops_are_followed(text: str, codes: list[str]) -> None:
    assert sorted(set(_codes(text)) - {"unknown-method"}) == sorted(set(codes) - {"unknown-method"})


def test_the_way_to_a_function_that_is_not_allowed_is_told() -> None:
    text = (
        'route { t_on_reply("1"); route(A); }\nonreply_route[1] {\n  route(A);\n}\n'
        "route[A] { route(B); }\nroute[B] { t_relay(); }\n"
    )
    (found,) = [message for code, message in _findings(text) if code == "wrong-route-kind"]
    assert found == "'t_relay' can't be used here: reached from onreply_route[1] by route(B) in route[A] on line 14"


def test_what_is_for_requests_may_be_used_in_events() -> None:
    assert _codes("route { drop; }\nevent_route[tm:local-request] { t_on_failure(0); record_route(); }") == []


@pytest.mark.parametrize(
    "text",
    [
        "route { t_relay(); }\nevent_route[tm:branch-failure:x] { drop; }",
        'route { t_on_branch_failure("x"); t_relay(); }\nevent_route[tm:branch-failure:y] { drop; }',
        "route { t_relay(); }\nbranch_route[x] { drop; }",
        "route { t_relay(); }\nfailure_route[x] { exit; }",
    ],
)
def test_blocks_that_nothing_sets_are_told(text: str) -> None:
    assert "unused-route" in _codes(text)


@pytest.mark.parametrize(
    "text",
    [
        'route { t_on_branch_failure("x"); t_relay(); }\nevent_route[tm:branch-failure:x] { drop; }',
        'loadmodule "rtimer"\nmodparam("rtimer", "exec", "timer=t;route=TICK")\nroute { drop; } route[TICK] { drop; }',
        'route { route("A_" + $var(x)); drop; } route[A_1] { return; }',
        "onreply_route { drop; }\nroute { drop; }\nonsend_route { return; }",
    ],
)
def test_blocks_that_are_entered_from_somewhere_are_used(text: str) -> None:
    assert "unused-route" not in _codes(text)


def test_a_script_with_an_event_route_alone_needs_no_main_route() -> None:
    assert "no-main-route" not in _codes("event_route[tm:local-request] { drop; }")
