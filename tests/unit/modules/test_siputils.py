"""Modules siputils, uri and options."""

from __future__ import annotations

import pytest

from sertwist.modules.sip_functions.authorized import AUTHORIZED
from sertwist.modules.siputils import SiputilsModule
from sertwist.modules.uri import UriModule
from sertwist.sip.credentials import parse_credentials
from sertwist.sip.uri import parse_uri
from sertwist.sip.uri_compare import same_uri
from tests.script_run import INVITE, OPTIONS, make_request, run_script
from tests.unit.modules.asking import answer, load, sent_lines, value

TAGGED = OPTIONS.replace(b"To: Bob <sip:bob@example.com>", b"To: Bob <sip:bob@example.com>;tag=x1")


@pytest.mark.parametrize("module", ["siputils", "uri"])
def test_to_tag(module: str) -> None:
    assert not answer("has_totag()", OPTIONS, module)
    assert answer("has_totag()", TAGGED, module)
    empty = OPTIONS.replace(b"To: Bob <sip:bob@example.com>", b"To: <sip:tag@example.com>")
    assert not answer("has_totag()", empty, module)


def test_both_modules_in_one_script() -> None:
    assert answer("has_totag()", TAGGED, "siputils", "uri", "options")


def test_kind_of_message() -> None:
    assert answer("is_request()", OPTIONS, "siputils")
    assert not answer("is_reply()", OPTIONS, "siputils")
    via = b"Via: SIP/2.0/UDP 192.0.2.7\r\n"
    assert answer("is_first_hop()", OPTIONS, "siputils")
    assert not answer("is_first_hop()", OPTIONS.replace(b"Max-F", via + b"Max-F"), "siputils")
    assert not answer("is_first_hop()", OPTIONS.replace(b"branch=z9hG4bK-a1", b"branch=1, SIP/2.0/UDP a"), "siputils")


def test_replies() -> None:
    run = load('forward("198.51.100.9");', "siputils", "textops", "xlog", more=ON_REPLY)
    [sent] = run.send(INVITE).forwards
    assert run.respond(sent).log[-1].endswith("reply 1 request -1 first 1 method 1")
    assert run.respond(sent, "200 OK", "Record-Route: <sip:192.0.2.1;lr>").log[-1].endswith("first 1 method 1")
    other = "Record-Route: <sip:192.0.2.77;lr>, <sip:192.0.2.1;lr>"
    assert run.respond(sent, "200 OK", other).log[-1].endswith("first -1 method 1")


ON_REPLY = """
onreply_route {
    is_reply(); $var(a) = $retcode;
    is_request(); $var(b) = $retcode;
    is_first_hop(); $var(c) = $retcode;
    is_method("INVITE"); $var(d) = $retcode;
    xlog("reply $var(a) request $var(b) first $var(c) method $var(d)");
}
loadmodule "pv"
"""


def test_option_tags() -> None:
    request = make_request("INVITE", "sip:bob@example.com", "Supported: 100rel, Path", "k: timer")
    for tag, supported in (("path", True), ("timer", True), ("100rel", True), ("outbound", False)):
        assert answer(f'is_supported("{tag}")', request, "siputils") is supported


@pytest.mark.parametrize(
    ("call", "true"),
    [
        ('uri_param("user")', False),
        ('uri_param("user", "phone")', True),
        ('uri_param("USER", "phone")', True),
        ('uri_param("user", "Phone")', False),
        ('uri_param("lr")', True),
        ('uri_param("lr", "on")', False),
        ('uri_param("x")', False),
        ('uri_param_any("user")', True),
        ('uri_param_any("x")', False),
    ],
)
def test_uri_parameters(call: str, true: bool) -> None:
    assert answer(call, make_request(uri="sip:+1555@example.com;user=phone;lr"), "siputils") is true


@pytest.mark.parametrize(
    ("call", "uri"),
    [
        ('add_uri_param("x=1");', "sip:a@example.com;lr;x=1"),
        ('add_uri_param("lr");', "sip:a@example.com;lr"),
        ('add_uri_param("lr=on");', "sip:a@example.com;lr=on"),
        ('add_uri_param("x y");', "sip:a@example.com;lr"),
        ('add_uri_param("x>");', "sip:a@example.com;lr"),
        ('uri_param_rm("lr");', "sip:a@example.com"),
        ('uri_param_rm("x");', "sip:a@example.com;lr"),
    ],
)
def test_uri_parameters_are_changed(call: str, uri: str) -> None:
    lines = sent_lines(call, make_request(uri="sip:a@example.com;lr"), "siputils")
    assert lines[0] == f"OPTIONS {uri} SIP/2.0"


@pytest.mark.parametrize(
    ("call", "true"),
    [
        ('is_e164("+15551234")', True),
        ('is_e164("15551234")', False),
        ('is_e164("+")', False),
        ('is_e164("+1234567890123456")', False),
        ('is_e164("+1555x")', False),
        ('is_uri_user_e164("sip:+15551234@a")', True),
        ('is_uri_user_e164("sip:bob@a")', False),
        ('is_tel_number("15551234")', True),
        ('is_tel_number("+15551234")', True),
        ('is_tel_number("1-5")', False),
        ('is_numeric("12")', True),
        ('is_numeric("+12")', False),
        ('is_alphanum("a1B")', True),
        ('is_alphanum("a_1")', False),
        ('is_alphanumex("a_1", "_")', True),
        ('is_alphanumex("", "_")', False),
        ('is_uri("sip:a@b")', True),
        ('is_uri("tel:1")', False),
        ('is_uri("a b")', False),
        ('cmp_uri("sip:a@B;x=1", "sip:a@b")', True),
        ('cmp_uri("sip:a@b:5060", "sip:a@b")', False),
        ('cmp_uri("nothing", "nothing")', False),
        ('cmp_aor("sip:a@b:5070;x=1", "sip:a@B")', True),
        ('cmp_aor("sip:a@b", "sip:A@b")', False),
        ('is_gruu("sip:a@b;gr")', True),
        ('is_gruu("sip:a@b")', False),
    ],
)
def test_texts(call: str, true: bool) -> None:
    assert answer(call, OPTIONS, "siputils") is true


def test_kinds_of_gruu() -> None:
    assert value('is_gruu("sip:a@b;gr=urn:uuid:1")', OPTIONS, "siputils") == 1
    assert value('is_gruu("sip:a@b;gr")', OPTIONS, "siputils") == 2


# RFC 3261 19.1.4's own examples, and a few that stand between them.
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", True),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", True),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            True,
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            True,
        ),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", False),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", False),
        ("sip:a@b", "sips:a@b", False),
        ("sip:a:x@b", "sip:a@b", False),
        ("tel:+1-555-1234", "tel:+15551234", True),
        ("tel:+15551234", "sip:+15551234@a", False),
        ("urn:service:sos", "urn:service:SOS", True),
    ],
)
def test_same_uri(one: str, other: str, same: bool) -> None:
    assert same_uri(parse_uri(one.encode()), parse_uri(other.encode())) is same
    assert same_uri(parse_uri(other.encode()), parse_uri(one.encode())) is same


def test_tel_becomes_sip() -> None:
    lines = sent_lines("tel2sip();", make_request(uri="tel:+1-(555).1234;EXT=7"), "uri")
    assert lines[0] == "OPTIONS sip:+15551234;ext=7@example.org;user=phone SIP/2.0"
    assert answer("tel2sip()", OPTIONS, "uri")
    calls = 'tel2sip("tel:+1555", "gw.example.com", "$var(x)"); sl_reply("200", "$var(x)");'
    assert load(calls, "siputils", "pv").send(OPTIONS).reason == "sip:+1555@gw.example.com;user=phone"


def test_parts_of_a_uri_in_a_variable() -> None:
    calls = """
        $var(u) = "sip:a:pw@b:5070;lr";
        set_uri_user("$var(u)", "c"); set_uri_host("$var(u)", "d.example");
        set_uri_host("$var(u)", "not a host");
        sl_reply("200", "$var(u)");
    """
    assert load(calls, "siputils", "pv").send(OPTIONS).reason == "sip:c@d.example:5070;lr"


def test_parameter_into_a_variable() -> None:
    calls = 'if (get_uri_param("x", "$var(v)")) sl_reply("200", "$var(v)"); else sl_reply("404", "none");'
    run = load(calls, "siputils", "pv")
    assert run.send(make_request(uri="sip:a@example.com;x=7")).reason == "7"
    assert run.send(make_request(uri="sip:a@example.com")).reason == "none"


OURS = make_request(uri="sip:192.0.2.1")


@pytest.mark.parametrize(
    ("module", "parameters", "headers"),
    [
        ("siputils", "", ["Accept: */*", "Accept-Language: en"]),
        ("options", "", ["Accept: */*", "Accept-Language: en"]),
        (
            "options",
            (
                'modparam("options", "accept", "application/sdp") modparam("options", "accept_encoding", "gzip")'
                'modparam("options", "accept_language", "") modparam("options", "supported", "path")'
                'modparam("options", "contact", "<sip:us@example.com>")'
            ),
            ["Accept: application/sdp", "Accept-Encoding: gzip", "Supported: path", "Contact: <sip:us@example.com>"],
        ),
        (
            "siputils",
            (
                'modparam("siputils", "options_accept", "") modparam("siputils", "options_accept_encoding", "gzip")'
                'modparam("siputils", "options_accept_language", "de") modparam("siputils", "options_support", "path")'
            ),
            ["Accept-Encoding: gzip", "Accept-Language: de", "Supported: path"],
        ),
    ],
)
def test_options_are_answered(module: str, parameters: str, headers: list[str]) -> None:
    outcome = run_script(f'loadmodule "{module}"\n{parameters}\nroute {{ options_reply(); }}', OURS)
    assert outcome.status == 200
    lines = outcome.sent[0].text.split("\r\n")
    assert [line for line in lines if line.startswith(("Accept", "Supported", "Contact"))] == headers


@pytest.mark.parametrize("uri", ["sip:bob@192.0.2.1", "sip:elsewhere.example", "tel:1"])
def test_options_for_others_are_not_answered(uri: str) -> None:
    assert value("options_reply()", make_request(uri=uri), "siputils") == -1


def test_only_options_are_answered() -> None:
    assert value("options_reply()", make_request("INVITE", "sip:192.0.2.1"), "siputils") == -1


ENCODED = "sip:p*alice*192.0.2.9*5070*@203.0.113.1"


@pytest.mark.parametrize(
    ("contact", "encoded"),
    [
        ("<sip:alice@192.0.2.9:5070>", f"<{ENCODED}>"),
        ('"A" <sip:alice@192.0.2.9:5070>;expires=60', f'"A" <{ENCODED}>;expires=60'),
        ("sip:alice@192.0.2.9:5070", f"<{ENCODED}>"),
        ("<sip:a*b;c@[2001:db8::1]>", "<sip:p*a%2Ab%3Bc*%5B2001%3Adb8%3A%3A1%5D**@203.0.113.1>"),
        ("<sip:192.0.2.9;transport=tcp>, <sip:b@c>", "<sip:p**192.0.2.9**tcp@203.0.113.1>, <sip:p*b*c**@203.0.113.1>"),
    ],
)
def test_contact_is_put_away_and_comes_back(contact: str, encoded: str) -> None:
    message = INVITE.replace(b"<sip:alice@192.0.2.9:5070>", contact.encode())
    assert f"Contact: {encoded}" in sent_lines('encode_contact("p", "203.0.113.1");', message, "siputils")
    both = 'encode_contact("p", "203.0.113.1"); decode_contact_header();'
    [back] = [line for line in sent_lines(both, message, "siputils") if line.startswith("Contact")]
    uris = [value.partition("<")[2].partition(">")[0] or value for value in contact.split(", ")]
    assert all(uri.replace("*", "%2A") in back.replace("*", "%2A") for uri in uris)


def test_request_uri_comes_back() -> None:
    message = make_request("INVITE", "sip:p*alice*192.0.2.9*5070*tcp@203.0.113.1")
    assert (
        sent_lines("decode_contact();", message, "siputils")[0]
        == "INVITE sip:alice@192.0.2.9:5070;transport=tcp SIP/2.0"
    )
    more = 'modparam("siputils", "contact_flds_separator", "!")'
    other = make_request("INVITE", "sip:p!alice!192.0.2.9!!@203.0.113.1")
    assert sent_lines("decode_contact();", other, "siputils", more=more)[0] == "INVITE sip:alice@192.0.2.9 SIP/2.0"


@pytest.mark.parametrize(
    "user", ["bob", "p*a*b*c", "p*a*b%20c*5070*", "p*a*b*99999*", "p*a*b**sctp", "p*a%0D%0AX%3A1*b**", "p*a*b@**"]
)
def test_uri_without_another_in_it_stays(user: str) -> None:
    message = make_request("INVITE", f"sip:{user.replace('@', '%40')}@203.0.113.1")
    assert value("decode_contact()", message, "siputils") == -1


@pytest.mark.parametrize(
    ("contact", "encoded"),
    [
        ("<sip:alice@192.0.2.9:5070>", "<sip:203.0.113.1;lr;ctp=c2lwOmFsaWNlQDE5Mi4wLjIuOTo1MDcw>"),
        ('"A" <sip:a@b>;expires=60', '"A" <sip:203.0.113.1;lr;ctp=c2lwOmFAYg>;expires=60'),
        ("<sip:a@b>, <sip:c@d>", "<sip:203.0.113.1;lr;ctp=c2lwOmFAYg>, <sip:203.0.113.1;lr;ctp=c2lwOmNAZA>"),
    ],
)
def test_contact_is_kept_in_a_parameter_and_comes_back(contact: str, encoded: str) -> None:
    message = INVITE.replace(b"<sip:alice@192.0.2.9:5070>", contact.encode())
    encode = 'contact_param_encode("ctp", "sip:203.0.113.1;lr");'
    assert f"Contact: {encoded}" in sent_lines(encode, message, "siputils")
    assert f"Contact: {contact}" in sent_lines(encode + 'contact_param_decode("CTP");', message, "siputils")
    there = INVITE.replace(b"<sip:alice@192.0.2.9:5070>", encoded.encode())
    assert f"Contact: {contact}" in sent_lines('contact_param_decode("ctp");', there, "siputils")
    bare = encoded.replace(";ctp=c2lwOmFsaWNlQDE5Mi4wLjIuOTo1MDcw", "")
    bare = bare.replace(";ctp=c2lwOmFAYg", "").replace(";ctp=c2lwOmNAZA", "")
    assert f"Contact: {bare}" in sent_lines('contact_param_rm("ctp");', there, "siputils")
    assert answer('contact_param_check("ctp")', there, "siputils")
    assert not answer('contact_param_check("ctp")', message, "siputils")
    for call in ('contact_param_decode("ctp")', 'contact_param_rm("ctp")'):
        assert value(call, message, "siputils") == -1


def test_request_uri_comes_back_from_a_parameter() -> None:
    call = 'contact_param_decode_ruri("ctp")'
    message = make_request("INVITE", "sip:203.0.113.1;ctp=c2lwOmFAYg")
    assert sent_lines(f"{call};", message, "siputils")[0] == "INVITE sip:a@b SIP/2.0"
    filled = make_request("INVITE", "sip:203.0.113.1;ctp=c2lwOmFAYg..")
    assert sent_lines(f"{call};", filled, "siputils")[0] == "INVITE sip:a@b SIP/2.0"
    for text in ("", "c2lwOmFAYg0KWDogMQ", "dGVsOjE", "_", "c2lw"):  # nothing, a CRLF, tel:, no base64, no URI
        assert value(call, make_request("INVITE", f"sip:203.0.113.1;ctp={text or 'x'}"), "siputils") == -1


@pytest.mark.parametrize("call", ['contact_param_check("a b")', 'contact_param_encode("a", "tel:1")'])
def test_parameter_that_can_be_none_is_refused(call: str) -> None:
    with pytest.raises(AssertionError, match="argument"):
        load(f"{call};", "siputils")


def test_remote_party() -> None:
    calls = '$avp(s:rpid) = "sip:+1555@example.com"; append_rpid_hf();'
    line = "Remote-Party-ID: <sip:+1555@example.com>;party=calling;id-type=subscriber;screen=yes"
    assert line in sent_lines(calls, INVITE, "siputils", "pv")
    calls = '$avp(x) = "+1555\\r\\nX: 1"; append_rpid_hf("<tel:", ">");'
    more = 'modparam("siputils", "rpid_avp", "$avp(s:x)")'
    assert "Remote-Party-ID: <tel:+1555 X: 1>" in sent_lines(calls, INVITE, "siputils", "pv", more=more)
    assert value("append_rpid_hf()", INVITE, "siputils") == -1
    for number, true in (("+15551234", True), ("sip:+15551234@a", True), ("sip:bob@a", False)):
        calls = f'$avp(s:rpid) = "{number}"; if (is_rpid_user_e164()) sl_reply("200", "OK"); else drop;'
        assert (load(calls, "siputils", "pv").send(INVITE).status == 200) is true


@pytest.mark.parametrize("module", ["siputils", "uri"])
def test_user_is_proved_by_verified_credentials_only(module: str) -> None:
    credentials = 'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:a", response="0"'
    message = make_request("INVITE", "sip:bob@example.com", credentials)
    assert not answer('is_user("bob")', message, module)
    run = load('if (is_user("bob")) sl_reply("200", "OK"); drop;', module)
    run.send(message)
    ctx = run.outcome.ctx
    found = run.loaded.named(module)
    assert ctx is not None
    assert isinstance(found, SiputilsModule | UriModule)
    ctx.note(AUTHORIZED, lambda: parse_credentials(credentials.partition(": ")[2].encode()))
    assert (found.is_user(ctx, "bob"), found.is_user(ctx, "alice")) == (1, -1)
