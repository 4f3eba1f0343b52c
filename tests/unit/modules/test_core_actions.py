"""Core actions: what they change, what the script sees of it at once, and what is sent."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, OPTIONS, ScriptRun, make_request, run_script

URI = "sip:1234:pw@example.com:5070;transport=tcp;lr"


def _line_of(actions: str, message: bytes = INVITE) -> str:
    """The Request-URI that leaves after `actions`."""
    (sent,) = run_script(f'route {{ {actions} forward("192.0.2.77"); }}', message).forwards
    return sent.message.uri_text


def _value(actions: str, message: bytes = OPTIONS, declarations: str = "") -> int:
    """1, -1: what a call in a condition was."""
    outcome = run_script(f'{declarations} route {{ if ({actions}) log(-1, "T"); else log(-1, "F"); drop; }}', message)
    return {"script: T": 1, "script: F": -1}[outcome.log[-1]]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ('rewriteuri("sip:x@y.example")', "sip:x@y.example"),
        ('seturi("tel:+4212")', "tel:+4212"),
        ('rewritehost("h.example")', "sip:1234:pw@h.example:5070;transport=tcp;lr"),
        ('seth("192.0.2.8")', "sip:1234:pw@192.0.2.8:5070;transport=tcp;lr"),
        ('sethost("2001:db8::1")', "sip:1234:pw@[2001:db8::1]:5070;transport=tcp;lr"),
        ('rewritehostport("h.example:5090")', "sip:1234:pw@h.example:5090;transport=tcp;lr"),
        ('sethp("[2001:db8::1]:5090")', "sip:1234:pw@[2001:db8::1]:5090;transport=tcp;lr"),
        ('sethostport("h.example")', "sip:1234:pw@h.example;transport=tcp;lr"),
        ('rewritehostporttrans("h.example:5;transport=tls")', "sip:1234:pw@h.example:5;lr;transport=tls"),
        ('sethpt("h.example")', "sip:1234:pw@h.example;lr"),
        ('rewriteport("5099")', "sip:1234:pw@example.com:5099;transport=tcp;lr"),
        ('setp("")', "sip:1234:pw@example.com;transport=tcp;lr"),
        ('rewriteuser("bob")', "sip:bob:pw@example.com:5070;transport=tcp;lr"),
        ('setu("")', "sip:example.com:5070;transport=tcp;lr"),
        ('setup("bob:secret")', "sip:bob:secret@example.com:5070;transport=tcp;lr"),
        ('rewriteuserpass("bob")', "sip:bob@example.com:5070;transport=tcp;lr"),
        ('prefix("00")', "sip:001234:pw@example.com:5070;transport=tcp;lr"),
        ("strip(1)", "sip:234:pw@example.com:5070;transport=tcp;lr"),
        ("strip(0)", URI),
        ("strip(9)", "sip:example.com:5070;transport=tcp;lr"),
        ("strip_tail(3)", "sip:1:pw@example.com:5070;transport=tcp;lr"),
        ("strip_tail(4)", "sip:example.com:5070;transport=tcp;lr"),
        ("userphone()", "sip:1234:pw@example.com:5070;transport=tcp;lr;user=phone"),
        ("userphone", "sip:1234:pw@example.com:5070;transport=tcp;lr;user=phone"),
        ('setu("x"); revert_uri()', URI),
        ('setu("x"); prefix("0"); seth("a")', "sip:0x:pw@a:5070;transport=tcp;lr"),
    ],
)
def test_request_uri_is_rewritten(action: str, expected: str) -> None:
    assert _line_of(action + ";", make_request("INVITE", URI)) == expected


@pytest.mark.parametrize(
    "action",
    [
        'seturi("x y")',
        'seturi("sip:a@b\\r\\nX: 1")',
        'seturi("")',
        'setu("a@evil.example")',
        'setu("a b")',
        "prefix('\"')",
    ],
)
def test_what_would_be_no_uri_changes_nothing(action: str) -> None:
    assert _value(action) == -1
    assert _line_of(action + ";") == "sip:bob@example.com"


@pytest.mark.parametrize(
    "action",
    [
        'seth("a b")',
        'sethp("h:99999")',
        'setp("x")',
        'sethpt("h;lr")',
        "force_send_socket(udp:999.1.1.1)",
        "setflag(32)",
    ],
)
def test_constant_that_can_not_be_is_an_error_when_the_script_is_loaded(action: str) -> None:
    with pytest.raises(AssertionError, match="error"):
        ScriptRun(f"route {{ {action}; drop; }}")


@pytest.mark.parametrize("action", ['setu("x")', 'seth("h.example")', "strip(1)", "userphone()", 'prefix("1")'])
def test_uri_that_is_no_sip_uri_has_no_parts_to_change(action: str) -> None:
    assert _value(action, make_request("OPTIONS", "tel:+421")) == -1


def test_rewritten_uri_shows_at_once() -> None:
    text = 'route { seth("h.example"); if (uri == "sip:bob@h.example" && uri:host == "h.example") log(-1, "T"); drop; }'
    assert run_script(text).log == ["script: T"]


# -- flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["flag", "bflag", "sflag", "dsflag"])
def test_flags_are_set_and_reset_each_for_itself(kind: str) -> None:
    name = f"is{kind}set"
    text = f"""route {{
        set{kind}(31); set{kind}(0);
        if ({name}(31) && {name}(0) && !{name}(1)) log(-1, "set");
        reset{kind}(31);
        if (!{name}(31) && {name}(0)) log(-1, "reset");
        drop;
    }}"""
    assert run_script(text).log == ["script: set", "script: reset"]


def test_flags_are_named_by_the_script() -> None:
    declarations = "flags FLT_ACC:5, FLT_NAT;"
    assert _value("isflagset(FLT_ACC)", declarations=declarations) == -1
    text = declarations + ' route { setflag(FLT_ACC); if (isflagset(5) && isflagset("FLT_ACC")) log(-1, "T"); drop; }'
    assert run_script(text).log == ["script: T"]


def test_flags_of_a_message_are_not_there_for_the_next() -> None:
    run = ScriptRun("""route {
        if (isflagset(1) || issflagset(1) || isbflagset(1)) log(-1, "left over");
        setflag(1); setsflag(1); setbflag(1); drop;
    }""")
    assert [run.send().log, run.send().log] == [[], []]


def test_default_script_flags_last() -> None:
    run = ScriptRun('route { if (issflagset(3)) log(-1, "T"); setdsflag(3); drop; }')
    assert [run.send().log, run.send().log] == [[], ["script: T"]]


def test_branch_flags_belong_to_a_branch() -> None:
    text = """route {
        append_branch("sip:a@b.example");
        setbflag(2, 1);
        if (isbflagset(2, 1) && !isbflagset(2) && !isbflagset(2, 5)) log(-1, "T");
        drop;
    }"""
    assert run_script(text).log == ["script: T"]


# -- branches and next hop --------------------------------------------------------------------------------------------


def test_branches_are_added_and_taken_away() -> None:
    text = """route {
        append_branch; append_branch("sip:a@b.example", "0.5"); append_branch("sip:c@d.example", "1.0");
        remove_branch(0); drop;
    }"""
    ctx = run_script(text).ctx
    assert ctx is not None
    assert [(each.uri, each.q) for each in ctx.wish().branches] == [("sip:a@b.example", 500), ("sip:c@d.example", 1000)]


def test_twelve_branches_are_the_most() -> None:
    add = 'append_branch("sip:a@b");'
    ctx = run_script("route { " + add * 12 + ' if (!append_branch()) log(-1, "F"); drop; }').ctx
    assert ctx is not None
    assert len(ctx.wish().branches) == 12


@pytest.mark.parametrize(
    ("actions", "target"),
    [
        ("", ("198.51.100.1", 5060)),
        ('seth("gw.example.com");', ("198.51.100.7", 5060)),
        ('setdsturi("sip:gw.example.com:5099");', ("198.51.100.7", 5099)),
        ('setdsturi("sip:gw.example.com:5099"); resetdsturi();', ("198.51.100.1", 5060)),
    ],
)
def test_next_hop_is_the_destination_uri_else_the_request_uri(actions: str, target: tuple[str, int]) -> None:
    (sent,) = run_script(f"route {{ {actions} forward(); }}", INVITE).forwards
    assert sent.target == target


def test_destination_uri_leaves_the_request_uri_as_it_is() -> None:
    assert _line_of('setdsturi("sip:gw.example.com");') == "sip:bob@example.com"


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("isdsturiset()", -1),
        ('setdsturi("nothing")', -1),
        ('is_myself("sip:x@192.0.2.1:5060")', 1),
        ('is_myself("sip:x@192.0.2.2")', -1),
        ("len_gt(100)", 1),
        ("len_gt(65535)", -1),
        ("len_gt(max_len)", -1),
        ("remove_branch(0)", -1),
        ('append_branch("no uri")', -1),
        ("force_tcp_alias()", -1),
        ("force_send_socket(192.0.2.55:5060)", -1),
        ("force_send_socket(udp:192.0.2.1:5060)", 1),
        ('force_send_socket("192.0.2.1")', 1),
    ],
)
def test_action_says_whether_it_is_so(condition: str, value: int) -> None:
    assert _value(condition) == value


def test_length_that_is_met_exactly_is_greater() -> None:
    assert _value(f"len_gt({len(OPTIONS)})") == 1
    assert _value(f"len_gt({len(OPTIONS) + 1})") == -1


@pytest.mark.parametrize(
    "call", ["forward(gw.example.com, 5080)", 'forward("gw.example.com", "5080")', "forward(198.51.100.7, 5080)"]
)
def test_host_is_a_word_a_text_or_an_address(call: str) -> None:
    run = ScriptRun(f"route {{ {call}; }}")
    assert run.findings == []
    assert run.send(INVITE).forwards[0].target == ("198.51.100.7", 5080)


def test_parts_of_the_uri_are_the_next_hop_where_the_script_says_so() -> None:
    message = make_request("INVITE", "sip:bob@gw.example.com:5090")
    (sent,) = run_script("route { forward(uri:host, uri:port); }", message).forwards
    assert sent.target == ("198.51.100.7", 5090)


# -- ways -------------------------------------------------------------------------------------------------------------


def test_send_leaves_the_message_as_it_came() -> None:
    (sent,) = run_script('route { setu("x"); send("gw.example.com", 5080); }', INVITE).forwards
    assert (sent.data, sent.target) == (INVITE, ("198.51.100.7", 5080))


def test_send_tcp_takes_a_connection() -> None:
    (sent,) = run_script('route { send_tcp("gw.example.com"); }', INVITE).forwards
    assert (sent.data, sent.protocol, sent.target) == (INVITE, "TCP", ("198.51.100.7", 5060))


@pytest.mark.parametrize(
    ("actions", "via"),
    [
        ("", "SIP/2.0/UDP 192.0.2.1:5060;branch="),
        ("set_advertised_address(sip.example.net);", "SIP/2.0/UDP sip.example.net:5060;branch="),
        ('set_advertised_address("198.51.100.3"); set_advertised_port(5099);', "SIP/2.0/UDP 198.51.100.3:5099;branch="),
        ("force_send_socket(udp:192.0.2.2:5062);", "SIP/2.0/UDP 192.0.2.2:5062;branch="),
    ],
)
def test_our_via_says_where_we_are(actions: str, via: str) -> None:
    text = f'route {{ {actions} forward("gw.example.com"); }}'
    (sent,) = run_script(text, INVITE, sockets=(("192.0.2.1", 5060), ("192.0.2.2", 5062))).forwards
    assert sent.message.values("via")[0].decode().startswith(via)


def test_local_rport_is_asked_for() -> None:
    run = ScriptRun('route { add_local_rport; forward("gw.example.com"); }')
    (sent,) = run.send(INVITE).forwards
    assert b";rport" in sent.message.values("via")[0]
    assert run.respond(sent).status == 200


def test_large_request_takes_the_other_protocol() -> None:
    run = ScriptRun('route { udp_mtu_try_proto(TCP); forward("gw.example.com"); }')
    run.environment.udp_mtu = 100
    assert run.send(INVITE).forwards[0].protocol == "TCP"
    run.environment.udp_mtu = 0
    assert run.send(INVITE).forwards[0].protocol == "UDP"


def test_connection_to_the_next_hop_ends_when_the_script_says_so() -> None:
    assert run_script('route { set_forward_close; forward_tcp("gw.example.com"); }', INVITE).closed
    assert not run_script('route { forward_tcp("gw.example.com"); }', INVITE).closed


def test_connection_ends_with_the_reply_when_the_script_says_so() -> None:
    text = 'loadmodule "sl" route { set_reply_close(); sl_reply("200", "OK"); }'
    assert run_script(text, protocol="TCP").closed


@pytest.mark.parametrize("call", ['error("a", "b")', 'exec("rm")', 'forward_sctp("h")'])
def test_action_that_is_refused_says_why(call: str) -> None:
    with pytest.raises(AssertionError, match="is refused: "):
        ScriptRun(f"route {{ {call}; drop; }}")


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ('log("quiet")', []),
        ('log(1, "said\\n")', [("info", "script: said")]),
        ('log(3, "quiet")', []),
        ('log(-1, "two\\nlines")', [("error", "script: two\\nlines")]),
        ('log(-1, "$ru is not replaced")', [("error", "script: $ru is not replaced")]),
    ],
)
def test_log_writes_one_line(call: str, lines: list[tuple[str, str]]) -> None:
    assert run_script(f"route {{ {call}; drop; }}", make_request("OPTIONS", "sip:x@y", "X: a\x1bb")).lines == lines
