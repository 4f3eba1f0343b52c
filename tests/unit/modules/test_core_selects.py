"""Selects of the core: what each is in one rich request, in a response, and where there is nothing to read."""

from __future__ import annotations

import pytest

from tests.script_run import ScriptRun, make_request, run_script

SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\n"
LINES = (
    "Via: SIP/2.0/TCP edge.example.org;branch=z9hG4bK-b2;received=192.0.2.44;alias, SIP/2.0/TLS [2001:db8::1]:5063",
    "Record-Route: <sip:p1.example.org;lr>, <sip:p2.example.org>",
    "Refer-To: <sip:carol@c.example?Replaces=1>;x=1",
    'Remote-Party-ID: "A B" <sip:ab@r.example>;party=calling',
    "Event: presence;id=7",
    "Expires: 3600",
    "Supported: path",
    "Supported: 100rel, timer",
    "X-Odd: 1",
    'Content-Type: application/sdp;charset="u8"',
    'Authorization: Digest username="alice@a.example", realm="one", nonce="n1", uri="sip:x", response="r1", qop=auth',
    'Authorization: Digest username="bob", realm="two", nonce="n2", uri="sip:x", response="r2"',
)
INVITE = make_request("INVITE", "sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr", *LINES, body=SDP)
CONTACT = INVITE.replace(
    b"Contact: <sip:alice@192.0.2.9:5070>",
    b'Contact: "C" <sip:alice@192.0.2.9:5070;maddr=1.2.3.4>;q=0.5;expires=60;+sip.instance="<urn:x>", <sip:b@c>',
)


def _values(selects: list[str], message: bytes = CONTACT, actions: str = "", **how: object) -> list[str]:
    """What each of `selects` is as text; `~` for undefined."""
    log = "".join(f'if (defined {each}) log(-1, {each}); else log(-1, "~");' for each in selects)
    run = ScriptRun(f"route {{ {actions} {log} drop; }}")
    outcome = run.send(message, **how)
    return [line.removeprefix("script: ") for line in outcome.log]


TABLE = {
    "@ruri": "sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr",
    "@request_uri.user": "1234;rn=99",
    "@ruri.rn_user": "1234",
    "@ruri.pwd": "pw",
    "@ruri.type": "sip",
    "@ruri.host": "example.com",
    "@ruri.port": "5070",
    "@ruri.hostport": "example.com:5070",
    "@ruri.params": "transport=tcp;lr",
    "@ruri.params.transport": "tcp",
    '@ruri.params["LR"]': "",
    "@ruri.params.maddr": "~",
    "@ruri.transport": "tcp",
    "@dst_uri": "",
    "@next_hop.host": "example.com",
    "@next_hop.src_ip": "192.0.2.1",
    "@from": '"Alice" <sip:alice@example.org>;tag=f1',
    "@f.uri": "sip:alice@example.org",
    "@from.uri.host": "example.org",
    "@from.uri.port": "",
    "@from.uri.hostport": "example.org:5060",
    "@from.uri.transport": "udp",
    "@from.tag": "f1",
    "@from.name": "Alice",
    '@from.params["tag"]': "f1",
    "@to.tag": "",
    "@t.uri.user": "bob",
    "@to.name": "Bob",
    "@refer_to.uri.host": "c.example",
    "@refer_to.params.x": "1",
    "@rpid.name": "A B",
    "@remote_party_id.params.party": "calling",
    "@contact": '"C" <sip:alice@192.0.2.9:5070;maddr=1.2.3.4>;q=0.5;expires=60;+sip.instance="<urn:x>"',
    "@contact.uri.params.maddr": "1.2.3.4",
    "@m.name": "C",
    "@contact.q": "0.5",
    "@contact.expires": "60",
    "@contact.methods": "",
    "@contact.instance": "<urn:x>",
    "@via.host": "192.0.2.9",
    "@via[1].port": "5070",
    "@via[0].branch": "z9hG4bK-a1",
    "@via[2].host": "edge.example.org",
    "@v[2].received": "192.0.2.44",
    "@via[2].alias": "",
    "@via[2].params.alias": "",
    "@via[2].params.rport": "~",
    "@via[3].transport": "TLS",
    "@via[-1].host": "[2001:db8::1]",
    "@via[4].host": "~",
    "@via[2].name": "SIP",
    "@via.version": "2.0",
    "@record_route.uri": "sip:p1.example.org;lr",
    "@rr.uri.host": "p1.example.org",
    "@cseq": "1 INVITE",
    "@cseq.num": "1",
    "@cseq.method": "INVITE",
    "@call_id": "call-1@192.0.2.9",
    "@expires": "3600",
    "@max_forwards": "70",
    "@content_type": 'application/sdp;charset="u8"',
    "@content_type.params.charset": "u8",
    "@subject": "~",
    "@event": "presence",
    "@method": "INVITE",
    "@version": "SIP/2.0",
    "@status": "~",
    "@reason": "~",
    "@msg.type": "1",
    "@msg.len": str(len(CONTACT)),
    "@message.first_line": "INVITE sip:1234;rn=99:pw@example.com:5070;transport=tcp;lr SIP/2.0",
    "@msg.flags": "0",
    "@msg.header.x_odd": "1",
    "@msg.h.Supported": "path",
    "@msg.header.supported[2]": "100rel, timer",
    "@msg.header.supported[-1]": "100rel, timer",
    "@msg.header.supported[-2]": "path",
    "@msg.header.supported[3]": "~",
    '@msg.header["Remote-Party-ID"].nameaddr.uri.user': "ab",
    "@msg.header.refer_to.uri.host": "c.example",
    "@msg.header.event.params.id": "7",
    '@msg["X-Odd"]': "1",
    "@msg.supported": "path",
    "@msg.cseq": "1 INVITE",
    "@msg.event": "presence;id=7",
    "@msg.no_such": "~",
    "@msg.body.sdp.line.m": "audio 4000 RTP/AVP 0",
    '@msg.content.sdp.line["o"]': "- 1 1 IN IP4 192.0.2.9",
    "@msg.body.sdp.line.z": "~",
    "@msg.request.method": "INVITE",
    "@msg.req.uri.host": "example.com",
    "@msg.res.status": "~",
    "@src.ip": "192.0.2.9",
    "@src.port": "5070",
    "@src.ip_port": "192.0.2.9:5070",
    "@dst.ip_port": "192.0.2.1:5060",
    "@received.ip": "192.0.2.1",
    "@received.proto_ip_port": "udp:192.0.2.1:5060",
    "@branch.count": "0",
    "@branch.uri[0]": "~",
    "@sys.server_id": "0",
    "@sys.now": "1700000000",
    '@sys.now.gmt["%Y-%m-%d"]': "2023-11-14",
    '@sys.now.utc["%H"]': "22",
    '@authorization["one"].username': "alice@a.example",
    '@authorization["one"].username.user': "alice",
    '@authorization["one"].username.domain': "a.example",
    '@authorization["two"].nonce': "n2",
    '@authorization["two"].qop': "",
    '@authorization["three"].nonce': "~",
    '@proxy_authorization["one"].nonce': "~",
}


def test_every_select_of_a_request() -> None:
    found = dict(zip(TABLE, _values(list(TABLE)), strict=True))
    assert found == TABLE


def test_body_and_whole_message() -> None:
    text = 'route { if (@msg.body =~ "m=audio" && @msg =~ "^INVITE" && @msg.header =~ "X-Odd") log(-1, "T"); drop; }'
    assert run_script(text, CONTACT).log == ["script: T"]


def test_number_of_the_message_is_its_own() -> None:
    run = ScriptRun("route { if (@msg.id == @msg.id) log(-1, @msg.id); log(-1, @msg.id.hex); drop; }")
    first, second = run.send().log, run.send().log
    assert len({*first, *second}) >= 2
    assert first != second


def test_unique_is_another_each_time() -> None:
    assert run_script('route { if (@sys.unique != @sys.unique) log(-1, "T"); drop; }').log == ["script: T"]


def test_rewritten_uri_and_next_hop_show_at_once() -> None:
    actions = 'seth("h.example"); setdsturi("sip:gw.example.com;lr"); setflag(3);'
    selects = ["@ruri.host", "@dst_uri.host", "@next_hop", "@next_hop.params", "@msg.flags"]
    assert _values(selects, actions=actions) == ["h.example", "gw.example.com", "sip:gw.example.com;lr", "lr", "8"]


def test_branches_are_counted_from_0() -> None:
    actions = 'append_branch("sip:a@b.example", "0.75"); append_branch("sip:c@d.example");'
    selects = ["@branch.count", "@branch.uri", "@branch.uri[1].host", "@branch.q[0]", "@branch.q[1]", "@branch.uriq[0]"]
    expected = ["2", "sip:a@b.example", "d.example", "0.75", "", "<sip:a@b.example>;q=0.75"]
    assert _values(selects, actions=actions) == expected


def test_selects_in_a_response() -> None:
    expected = {
        "@status": "486",
        "@code": "486",
        "@reason": "Busy Here",
        "@method": "~",
        "@cseq.method": "INVITE",
        "@ruri": "~",
        "@ruri.host": "~",
        "@next_hop": "~",
        "@msg.type": "2",
        "@msg.first_line": "SIP/2.0 486 Busy Here",
        "@msg.res.code": "486",
        "@version": "SIP/2.0",
        "@from.uri.user": "alice",
        "@via[2].host": "192.0.2.9",
    }
    log = "".join(f'if (defined {each}) log(-1, {each}); else log(-1, "~");' for each in expected)
    run = ScriptRun(f'route {{ forward("gw.example.com"); }} onreply_route {{ {log} }}')
    outcome = run.respond(run.send(make_request("INVITE")).forwards[0], "486 Busy Here")
    assert dict(zip(expected, [each.removeprefix("script: ") for each in outcome.log], strict=True)) == expected


@pytest.mark.parametrize(
    "line", ["Refer-To: <<", "Remote-Party-ID: <sip:@>", "Authorization: Digest x", "Authorization: x"]
)
def test_malformed_header_is_undefined_in_parts(line: str) -> None:
    name = line.partition(":")[0].lower().replace("-", "_")
    select = '@authorization["x"].nonce' if name == "authorization" else f"@{name}.uri"
    message = make_request("INVITE", "sip:bob@example.com", line).replace(
        b"Contact: <sip:alice@192.0.2.9:5070>\r\n", b""
    )
    assert _values([select], message) == ["~"]


def test_odd_octets_come_through_unharmed() -> None:
    message = make_request("INVITE", "sip:bob@example.com", "X-Odd: a\udcffb")
    assert _values(["@msg.header.x_odd"], message) == ["a\\udcffb"]


def test_value_of_a_peer_can_not_break_out_of_the_uri() -> None:
    message = make_request("INVITE", "sip:bob@example.com", "X-User: eve@evil.example")
    text = 'route { setu(@msg.header.x_user); forward("192.0.2.77"); }'
    assert run_script(text, message).forwards[0].message.uri_text == "sip:bob@example.com"


def test_value_of_a_peer_is_one_line_of_the_log() -> None:
    message = make_request("OPTIONS", "sip:x@y", "X: a\x1bb")
    assert run_script("route { log(-1, @msg.header.x); drop; }", message).log == ["script: a\\x1bb"]


@pytest.mark.parametrize(
    "select", ["@ruri.hots", "@from.uri.usr", "@msg.header.x y", "@branch.uri[0].hst", "@via[1].brnch"]
)
def test_select_that_is_near_is_an_error(select: str) -> None:
    with pytest.raises(AssertionError, match="error"):
        ScriptRun(f"route {{ log(-1, {select}); drop; }}")


@pytest.mark.parametrize(
    ("load", "actions", "select", "value"),
    [
        ("eval", 'eval_push("sip:a@b.example");', "@eval.get[0].uri.host", "b.example"),
        ("eval", "eval_push(5);", "@eval.get[0].uri.host", "~"),
        ("avp", '$x = "Al <sip:a@b.example;p=1>";', "@attr.x.nameaddr.uri.params.p", "1"),
        ("avp", "$x = 5;", "@attr.x.uri.user", "~"),
        ("textops", "", "@hf_value.contact[2].uri.host", "c"),
    ],
)
def test_values_of_modules_are_read_as_uris_and_addresses(load: str, actions: str, select: str, value: str) -> None:
    log = f'if (defined {select}) log(-1, {select}); else log(-1, "~");'
    run = ScriptRun(f'loadmodule "{load}"\nroute {{ {actions} {log} drop; }}')
    assert run.send(CONTACT).log == [f"script: {value}"]
