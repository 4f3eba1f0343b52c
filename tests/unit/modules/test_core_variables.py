"""Pseudo-variables of a message: what each reads, what writing them changes at once and in what is sent."""

from __future__ import annotations

import pytest

from tests.script_run import ScriptRun, make_request, run_script
from tests.unit.modules.test_core_selects import CONTACT

PAI = ("P-Asserted-Identity: <sip:+421@gw.example>", 'P-Preferred-Identity: "P" <sip:pref@p.example>')
MORE = (*PAI, "User-Agent: phone", "Diversion: <sip:d@e>;reason=busy;privacy=off")
MESSAGE = CONTACT.replace(b"Expires: 3600\r\n", b"Expires: 3600\r\n" + "".join(f"{each}\r\n" for each in MORE).encode())


def _values(variables: list[str], message: bytes = MESSAGE, actions: str = "", more: str = "") -> list[str]:
    """What each of `variables` is as text; `~` for undefined."""
    log = "".join(f'if (defined {each}) log(-1, "" + {each}); else log(-1, "~");' for each in variables)
    return [
        line.removeprefix("script: ") for line in run_script(f"route {{ {actions} {log} drop; }} {more}", message).log
    ]


TABLE = {
    "$ru": "sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr",
    "$rU": "1234;rn=99",
    "$rd": "example.com",
    "$rp": "5070",
    "$rP": "tcp",
    "$rz": "sip",
    "$ou": "sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr",
    "$oU": "1234;rn=99",
    "$od": "example.com",
    "$op": "5070",
    "$du": "~",
    "$dd": "~",
    "$dp": "~",
    "$nh(u)": "sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr",
    "$nh(d)": "example.com",
    "$nh(P)": "tcp",
    "$fs": "~",
    "$br": "~",
    "$ds": "Contact: <sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr>",
    "$fu": "sip:alice@example.org",
    "$fU": "alice",
    "$fd": "example.org",
    "$fn": '"Alice"',
    "$ft": "f1",
    "$tu": "sip:bob@example.com",
    "$tU": "bob",
    "$td": "example.com",
    "$tn": "Bob",
    "$tt": "~",
    "$ai": "sip:+421@gw.example",
    "$pu": "sip:pref@p.example",
    "$pU": "pref",
    "$pd": "p.example",
    "$pn": '"P"',
    "$re": "sip:ab@r.example",
    "$rt": "sip:carol@c.example?Replaces=1",
    "$di": "sip:d@e",
    "$dir": "busy",
    "$dip": "off",
    "$au": "alice@a.example",
    "$aU": "alice",
    "$ad": "a.example",
    "$ar": "one",
    "$aa": "~",
    "$Au": "alice@a.example",
    "$ua": "phone",
    "$cT": 'application/sdp;charset="u8"',
    "$ci": "call-1@192.0.2.9",
    "$rm": "INVITE",
    "$rs": "~",
    "$rr": "~",
    "$rv": "SIP/2.0",
    "$cs": "1",
    "$csb": "1 INVITE",
    "$mt": "1",
    "$ml": str(len(MESSAGE)),
    "$bs": "55",
    "$cl": "55",
    "$hdr(Supported)": "path",
    "$(hdr(Supported)[1])": "100rel, timer",
    "$(hdr(Supported)[-1])": "100rel, timer",
    "$(hdr(Supported)[-2])": "path",
    "$(hdr(Supported)[2])": "~",
    "$(hdr(Supported)[*])": "path, 100rel, timer",
    "$(hfl(Supported)[1])": "100rel",
    "$(hfl(Supported)[-1])": "timer",
    "$hdr(X-None)": "~",
    "$hdr(k)": "path",
    "$hdrc(Supported)": "2",
    "$hdrc(X-None)": "0",
    "$expires(min)": "60",
    "$expires(max)": "3600",
    "$via0(host)": "192.0.2.9",
    "$via0(proto)": "UDP",
    "$via1(received)": "192.0.2.44",
    "$viaZ(host)": "[2001:db8::1]",
    "$viaZ(branch)": "~",
    "$mf": "0",
    "$mF": "00000000",
    "$bf": "0",
    "$sf": "0",
    "$si": "192.0.2.9",
    "$sp": "5070",
    "$su": "sip:192.0.2.9:5070;transport=udp",
    "$Ri": "192.0.2.1",
    "$Rp": "5060",
    "$RAi": "192.0.2.1",
    "$Rut": "sip:192.0.2.1:5060;transport=udp",
    "$pr": "udp",
    "$proto": "udp",
    "$af": "4",
    "$Ts": "1700000000",
    "$TS": "1700000000",
    "$TV(s)": "1700000000",
    "$TV(Sn)": "1700000000.000000",
    "$utimef(%Y-%m-%d %H:%M)": "2023-11-14 22:13",
    "$sid": "0",
    "$K(UDP)": "1",
    "$K(IPv6)": "6",
    "$sndto(ip)": "~",
}


def test_every_variable_of_a_request() -> None:
    assert dict(zip(TABLE, _values(list(TABLE)), strict=True)) == TABLE


@pytest.mark.parametrize(
    ("condition", "uri"),
    [
        ("$rp == 5060", "sip:a@b"),
        ("$rp == 5061", "sips:a@b"),
        ('$rP == "tls"', "sips:a@b"),
        ("$rU == $null", "sip:b"),
        ('$rU == "+421"', "tel:+421;x=y"),
        ("$rd == $null", "tel:+421"),
        ('$rU == "a" && $rd == "[2001:db8::1]"', "sip:a@[2001:db8::1]"),
    ],
)
def test_parts_of_uris(condition: str, uri: str) -> None:
    assert run_script(f'route {{ if ({condition}) log(-1, "T"); drop; }}', make_request("OPTIONS", uri)).log == [
        "script: T"
    ]


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ('$ru = "sip:x@y.example"', "sip:x@y.example"),
        ('$rU = "carol"', "sip:carol@example.com"),
        ('$rU = ""', "sip:example.com"),
        ("$rU = $null", "sip:example.com"),
        ('$rd = "h.example"', "sip:bob@h.example"),
        ("$rp = 5080", "sip:bob@example.com:5080"),
        ('$rp = "5081"', "sip:bob@example.com:5081"),
        ("$rp = 5080; $rp = $null", "sip:bob@example.com"),
        ('$rP = "tcp"', "sip:bob@example.com;transport=tcp"),
        ('$rU = "a"; $rd = "b"; $rp = 7', "sip:a@b:7"),
        ('$ru = "sip:x@y"; $ru = $null', "sip:bob@example.com"),
        ('$rU = "00" + $rU', "sip:00bob@example.com"),
        ('$rU = "a b"', "sip:bob@example.com"),
        ('$rU = "x@evil.example"', "sip:bob@example.com"),
        ('$ru = "no uri"', "sip:bob@example.com"),
        ("$rp = 70000", "sip:bob@example.com"),
    ],
)
def test_request_uri_is_written(assignment: str, expected: str) -> None:
    text = f'route {{ {assignment}; log(-1, $ru); forward("192.0.2.77"); }}'
    outcome = run_script(text, make_request("INVITE"))
    assert outcome.log[-1] == f"script: {expected}"
    assert outcome.forwards[0].message.uri_text == expected


def test_assignment_that_can_not_be_is_told_and_counted() -> None:
    outcome = run_script("route { $ru = $hdr(X); drop; }", make_request("OPTIONS", "sip:b@c", "X: a\x1b b"))
    assert outcome.counters["script.bad_assignment"] == 1
    assert outcome.lines == [("warn", "script: $ru can't be a\\x1b b")]


@pytest.mark.parametrize(
    ("assignment", "header", "expected"),
    [
        ('$fu = "sip:x@y"', "From", '"Alice" <sip:x@y>;tag=f1'),
        ('$fU = "carol"', "From", '"Alice" <sip:carol@example.org>;tag=f1'),
        ('$fU = "carol"; $fd = "h.example"', "From", '"Alice" <sip:carol@h.example>;tag=f1'),
        ('$fn = "Bob"', "From", "Bob <sip:alice@example.org>;tag=f1"),
        ('$fn = "Bob \\"B\\" Ray"', "From", '"Bob \\"B\\" Ray" <sip:alice@example.org>;tag=f1'),
        ("$fn = '\"Q\"'", "From", "Q <sip:alice@example.org>;tag=f1"),
        ("$fn = $null", "From", "<sip:alice@example.org>;tag=f1"),
        ('$tu = "tel:+421"', "To", "Bob <tel:+421>"),
        ('$tU = "carol"', "To", "Bob <sip:carol@example.com>"),
        ('$td = "not a host"', "To", "Bob <sip:bob@example.com>"),
        ('$fn = "x\\r\\nEvil: 1"', "From", '"x Evil: 1" <sip:alice@example.org>;tag=f1'),
    ],
)
def test_parties_are_written_into_what_is_sent(assignment: str, header: str, expected: str) -> None:
    outcome = run_script(f'route {{ {assignment}; forward("192.0.2.77"); }}', make_request("INVITE"))
    assert outcome.forwards[0].message.header_values(header.lower()) == [expected.encode()]


def test_written_party_is_not_seen_before_it_is_sent() -> None:
    assert run_script('route { $fU = "carol"; log(-1, $fU); drop; }').log == ["script: alice"]


@pytest.mark.parametrize(
    ("actions", "variable", "value"),
    [
        ('$du = "sip:gw.example.com:5099;transport=tcp";', "$du", "sip:gw.example.com:5099;transport=tcp"),
        ('$du = "sip:gw.example.com:5099;transport=tcp";', "$dd", "gw.example.com"),
        ('$du = "sip:gw.example.com:5099;transport=tcp";', "$dP", "tcp"),
        ('$du = "sip:gw.example.com";', "$dp", "5060"),
        ('$du = "sip:gw.example.com";', "$nh(d)", "gw.example.com"),
        ('$du = "sip:gw.example.com"; $du = $null;', "$du", "~"),
        ('$du = "nothing";', "$du", "~"),
        ('$fs = "udp:192.0.2.1:5060";', "$fs", "udp:192.0.2.1:5060"),
        ('$fs = "udp:192.0.2.2:5060";', "$fs", "~"),
        ('$fs = "udp:192.0.2.1:5060"; $fs = $null;', "$fs", "~"),
        ('$br = "sip:a@b"; $br = "sip:c@d";', "$br", "sip:a@b"),
        ('$br = "sip:a@b"; $br = "sip:c@d";', "$(br[1])", "sip:c@d"),
        ('$br = "sip:a@b"; $br = $null;', "$br", "~"),
        ('append_branch("sip:a@b", "0.5");', "$ds", "Contact: <sip:bob@example.com>, <sip:a@b>;q=0.5"),
        ("$mf = 5;", "$mF", "00000005"),
        ("setflag(3);", "$mf", "8"),
        ("$sf = 2; setsflag(0);", "$sf", "3"),
        ("$bf = 4; resetbflag(2);", "$bf", "0"),
        ("$mf = $null;", "$mf", "0"),
        ("$mf = -1;", "$mf", "0"),
    ],
)
def test_writing_shows_at_once(actions: str, variable: str, value: str) -> None:
    lines = run_script(
        f'route {{ {actions} if (defined {variable}) log(-1, "" + {variable}); else log(-1, "~"); drop; }}'
    ).lines
    assert lines[-1] == ("error", f"script: {value}")


def test_flags_written_are_flags_set() -> None:
    assert run_script('route { $mf = 5; if (isflagset(2) && isflagset(0) && !isflagset(1)) log(-1, "T"); drop; }').log


def test_destination_uri_and_socket_decide_where_it_goes() -> None:
    text = 'route { $du = "sip:gw.example.com:5099"; $fs = "udp:192.0.2.2:5062"; forward(); }'
    (sent,) = run_script(text, make_request("INVITE"), sockets=(("192.0.2.1", 5060), ("192.0.2.2", 5062))).forwards
    assert (sent.target, sent.socket) == (("198.51.100.7", 5099), "udp:192.0.2.2:5062")


def test_variables_in_a_response() -> None:
    names = ["$rs", "$rr", "$rm", "$mt", "$fU", "$tt", "$ru", "$rU", "$si", "$ft"]
    log = "".join(f'if (defined {each}) log(-1, "" + {each}); else log(-1, "~");' for each in names)
    run = ScriptRun(f'route {{ forward("gw.example.com"); }} onreply_route {{ {log} }}')
    lines = run.respond(run.send(make_request("INVITE")).forwards[0], "180 Ringing").log
    expected = ["180", "Ringing", "INVITE", "2", "alice", "~", "~", "~", "198.51.100.7", "f1"]
    assert [each.removeprefix("script: ") for each in lines] == expected


def test_header_of_a_response_is_written_too() -> None:
    run = ScriptRun('route { forward("gw.example.com"); } onreply_route { $tU = "carol"; }')
    outcome = run.respond(run.send(make_request("INVITE")).forwards[0])
    assert outcome.replies[0].header("to") == b"Bob <sip:carol@example.com>"


def test_sending_is_seen_in_onsend_route() -> None:
    names = ["$snd(ip)", "$snd(port)", "$sndfrom(sock)", "$sndto(ip)", "$sndto(proto)", "$sndto(af)"]
    log = "".join(f'log(-1, "" + {each});' for each in names)
    outcome = run_script(f'route {{ forward("gw.example.com"); }} onsend_route {{ {log} }}', make_request("INVITE"))
    expected = ["192.0.2.1", "5060", "udp:192.0.2.1:5060", "198.51.100.7", "udp", "4"]
    assert [each.removeprefix("script: ") for each in outcome.log] == expected


@pytest.mark.parametrize(
    "statement",
    ["$si = \"1.2.3.4\";", "$rs = 200;", "$hdr(X) = \"1\";", "$ou = \"x\";", "$mb = \"x\";", 'log(-1, $via0(nothing));',
     'log(-1, $nh(x));', 'log(-1, $K(nothing));', 'log(-1, $expires(mean));'],
)  # fmt: skip
def test_what_can_not_be_written_or_named_is_an_error(statement: str) -> None:
    with pytest.raises(AssertionError, match="error"):
        ScriptRun(f"route {{ {statement} drop; }}")


def test_random_and_ids_are_numbers() -> None:
    assert run_script('route { if ($RANDOM >= 0 && $pp > 0 && $mi > 0) log(-1, "T"); drop; }').log == ["script: T"]
