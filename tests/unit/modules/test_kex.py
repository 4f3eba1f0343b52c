"""Modules kex and corex."""

from __future__ import annotations

import pytest

from sertwist.errors import ConfigError
from tests.script_run import LOCAL, OPTIONS, ScriptRun, make_request
from tests.unit.modules.asking import answer, load


def test_text_into_a_variable() -> None:
    calls = (
        '$var(x) = 5; pv_printf("$var(y)", "a$var(x)b"); avp_printf("$var(z)", "$var(y)!"); sl_reply("200", "$var(z)");'
    )
    assert load(calls, "kex", "pv").send(OPTIONS).reason == "a5b!"


def test_log_threshold_is_changed_and_put_back() -> None:
    calls = 'xdbg("1"); setdebug(3); xdbg("2"); resetdebug(); xdbg("3"); exit;'
    outcome = load(calls, "kex", "xlog", more="debug = 2").send(OPTIONS)
    assert [text[-1] for text in outcome.log] == ["2"]


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        ("sip:a@example.net", True),
        ("sip:a@x.y.EXAMPLE.net:5080", True),
        ("sip:a@notexample.net", False),
        ("sip:a@example.net.org", False),
        ("sip:a@x.example.org", True),
        ("sip:a@x.example.org:5070", False),
    ],
)
def test_domains_below_ours(uri: str, ours: bool) -> None:
    more = """
        modparam("corex", "alias_subdomains", "example.net")
        modparam("corex", "alias_subdomains", "udp:example.org:5060")
    """
    assert answer("uri == myself", make_request(uri=uri), "corex", more=more) is ours


def test_malformed_domain_is_refused() -> None:
    with pytest.raises(ConfigError, match="alias_subdomains"):
        ScriptRun('loadmodule "corex"\nmodparam("corex", "alias_subdomains", "a b")\nroute { drop; }')


OTHER = ("192.0.2.2", 5080)


def two_sockets(calls: str) -> ScriptRun:
    return ScriptRun(f'loadmodule "sl"\nloadmodule "corex"\nroute {{ {calls} }}', sockets=(LOCAL, OTHER))


@pytest.mark.parametrize(("name", "there"), [("udp:192.0.2.2:5080", True), ("192.0.2.2", True), ("192.0.2.3", False)])
def test_socket(name: str, there: bool) -> None:
    calls = f'if (set_send_socket("{name}")) forward("198.51.100.9"); else sl_reply("500", "none");'
    outcome = two_sockets(calls).send(OPTIONS)
    assert (outcome.sent[0].socket == "udp:192.0.2.2:5080") is there
    calls = f'if (is_socket_name("{name}")) sl_reply("200", "OK"); else sl_reply("500", "none");'
    assert (two_sockets(calls).send(OPTIONS).status == 200) is there


def test_source_address() -> None:
    calls = 'set_source_address("sip:203.0.113.5:5099"); if (src_ip == 203.0.113.5) sl_reply("200", "OK");'
    outcome = load("force_rport(); " + calls, "corex").send(OPTIONS)
    assert (outcome.status, outcome.sent[0].target) == (200, ("203.0.113.5", 5099))
    assert not answer('set_source_address("sip:host.example")', OPTIONS, "corex")


@pytest.mark.parametrize(
    ("call", "protocol", "target"),
    [
        ('send_udp("198.51.100.7", 5070)', "UDP", ("198.51.100.7", 5070)),
        ('send_udp("198.51.100.7")', "UDP", ("198.51.100.7", 5060)),
        ('sendx("sip:198.51.100.7:5070")', "UDP", ("198.51.100.7", 5070)),
        ('sendx("sip:198.51.100.7;transport=tcp")', "TCP", ("198.51.100.7", 5060)),
    ],
)
def test_request_is_sent_as_received(call: str, protocol: str, target: tuple[str, int]) -> None:
    [sent] = load(f"{call};", "corex").send(OPTIONS).sent
    assert (sent.protocol, sent.target, sent.data) == (protocol, target, OPTIONS)


def test_questions() -> None:
    assert answer("is_incoming()", OPTIONS, "corex")
    assert answer("has_ruri_user()", OPTIONS, "corex")
    assert not answer("has_ruri_user()", make_request(uri="sip:example.com"), "corex")
    assert not answer("has_user_agent()", OPTIONS, "corex")
    agent = make_request("OPTIONS", "sip:bob@example.com", "User-Agent: x")
    assert answer("has_user_agent()", agent, "corex")


@pytest.mark.parametrize(
    ("set_", "test", "reset"),
    [
        ('msg_iflag_set("A")', 'msg_iflag_is_set("A")', 'msg_iflag_reset("A")'),
        ("setxflag(40)", "isxflagset(40)", "resetxflag(40)"),
    ],
)
def test_more_flags(set_: str, test: str, reset: str) -> None:
    calls = f'{set_}; if ({test}) {reset}; if ({test}) sl_reply("500", "set"); else sl_reply("200", "not");'
    run = load(calls, "corex")
    assert run.send(OPTIONS).status == 200
    kept = load(f'if ({test}) sl_reply("500", "kept"); {set_}; sl_reply("200", "new");', "corex")
    assert [kept.send(OPTIONS).status, kept.send(OPTIONS).status] == [200, 200]


def test_branches_have_a_name_of_kamailio_s() -> None:
    outcome = load('km_append_branch("sip:c@example.net"); sl_reply("302", "there");').send(OPTIONS)
    assert outcome.replies[0].header("contact") == b"<sip:c@example.net>"
