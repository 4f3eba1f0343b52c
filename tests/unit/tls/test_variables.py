"""`$tls_*` against the selects that they are, and whole names on one line."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from sertwist.pki.authority import Profile
from sertwist.tls.certificate import NameView
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.name_line import name_line
from tests.unit.tls.kit import OTHER_ROOT, ROOT, Outcome, client_context, connect, make_domain
from tests.unit.tls.scripted import VARIABLES, compared, rich, subject, value

CAROL = rich()
LINE = "/CN=Carol/L=Praha/C=CZ/ST=Bohemia/O=iptel/OU=devel/UID=carol1/serialNumber=SN-1"


@pytest.fixture(scope="module")
def carol() -> Outcome:
    return connect(ServerContextFactory(make_domain()), client_context(CAROL), sni=b"alice.example.com")


@pytest.fixture(scope="module")
def mallory() -> Outcome:
    stranger = OTHER_ROOT.issue(Profile(subject=CAROL.certificate.subject))
    return connect(ServerContextFactory(make_domain()), client_context(stranger))


SAME = {
    "$tls_version": "@tls.version",
    "$tls_description": "@tls",
    "$tls_cipher_info": "@tls.cipher",
    "$tls_cipher_bits": "@tls.cipher.bits",
    "$tls_peer_server_name": "@tls.server_name",
    "$tls_peer_verified": "@tls.peer.verified",
    "$tls_peer_revoked": "@tls.peer.revoked",
    "$tls_peer_expired": "@tls.peer.expired",
    "$tls_peer_selfsigned": "@tls.peer.self_signed",
    "$tls_peer_notBefore": "@tls.peer.not_before",
    "$tls_peer_notAfter": "@tls.peer.not_after",
    **{
        f"$tls_{side}_{name}": f"@tls.{side}.{path}"
        for side in ("peer", "my")
        for name, path in {
            "version": "version",
            "serial": "sn",
            "raw_cert": "raw_cert",
            "urlencoded_cert": "urlencoded_cert",
            "subject_uid": "subject.uid",
            "subject_cn": "subject.cn",
            "subject_locality": "subject.locality",
            "subject_country": "subject.country",
            "subject_state": "subject.state",
            "subject_organization": "subject.organization",
            "subject_unit": "subject.unit",
            "issuer_cn": "issuer.cn",
            "issuer_locality": "issuer.locality",
            "issuer_country": "issuer.country",
            "issuer_state": "issuer.state",
            "issuer_organization": "issuer.organization",
            "issuer_unit": "issuer.unit",
            "san_email": "email",
            "san_email[1]": "email[1]",
            "san_hostname": "host",
            "san_hostname[9]": "host[9]",
            "san_uri": "uri",
            "san_uri[1]": "uri[1]",
            "san_ip": "ip",
            "san_ip[-1]": "ip[-1]",
            "san_count(DNS)": "count.dns",
            "san_count(URI)": "count.uri",
            "san_count(EMAIL)": "count.email",
            "san_count(IP)": "count.ip",
        }.items()
    },
}
LINES = {
    "$tls_peer_subject": LINE,
    "$tls_peer_issuer": "/CN=Test Root",
    "$tls_my_subject": "/CN=alice",
    "$tls_my_issuer": "/CN=Test Root",
    "$tls(p_subject_line)": LINE,
    "$tls(p_issuer_line)": "/CN=Test Root",
    "$tls(m_subject_line)": "/CN=alice",
    "$tls(m_issuer_line)": "/CN=Test Root",
    "$tls_peer_subject_serial": "SN-1",
    "$tls_my_subject_serial": None,
}


@pytest.mark.parametrize("name", SAME)
def test_variable_is_the_select(name: str, carol: Outcome, mallory: Outcome) -> None:
    for outcome in (carol, mallory, None):
        assert value(name, outcome) == value(SAME[name], outcome)
        assert compared(name, outcome) == compared(SAME[name], outcome)


@pytest.mark.parametrize("name", LINES)
def test_whole_name_is_on_one_line(name: str, carol: Outcome) -> None:
    assert value(name, carol) == LINES[name]
    assert value(name, None) is None


def test_every_variable_is_tried() -> None:
    tried = {name[1:].partition("[")[0].partition("(")[0] for name in (*SAME, *LINES)}
    assert set(VARIABLES) == tried


def test_nothing_but_states_is_seen_of_an_unverified_peer(mallory: Outcome) -> None:
    states = {f"$tls_peer_{each}": False for each in ("verified", "revoked", "expired", "selfsigned")}
    for name in (n for n in (*SAME, *LINES) if "peer" in n or "(p_" in n):
        if name not in {"$tls_peer_server_name", "$tls_peer_raw_cert"}:
            assert value(name, mallory) is states.get(name), name


def line(*parts: tuple[str, str]) -> str | None:
    return name_line(NameView(subject(*parts)))


def test_values_that_could_deceive_are_escaped() -> None:
    assert line(("o", "x/CN=Bob"), ("cn", "Mallory")) == "/O=x\\/CN\\=Bob/CN=Mallory"
    assert line(("o", "a\\"), ("cn", "b")) == "/O=a\\\\/CN=b"
    assert line(("o", "x"), ("cn", "Bob")) != line(("o", "x/CN=Bob"))


def test_parts_keep_their_order_repetition_and_letters() -> None:
    assert line(("c", "CZ"), ("ou", "a"), ("ou", "b"), ("cn", "Žofie")) == "/C=CZ/OU=a/OU=b/CN=Žofie"
    assert line(("cn", "a"), ("email", "a@example.com")) == "/CN=a/emailAddress=a@example.com"


def test_unknown_part_is_named_by_its_number() -> None:
    name = x509.Name([x509.NameAttribute(ObjectIdentifier("1.2.3.4"), "x"), x509.NameAttribute(NameOID.TITLE, "y")])
    assert name_line(NameView(name)) == "/1.2.3.4=x/title=y"


@pytest.mark.parametrize("bad", ["Bob\0", "a\r\nb", "x\x7f", "x\u2028y"])
def test_name_with_a_control_character_is_absent(bad: str) -> None:
    assert line(("o", "x"), ("cn", bad)) is None
    peer = connect(ServerContextFactory(make_domain()), client_context(ROOT.issue(Profile(common_names=(bad,)))))
    assert value("$tls_peer_subject", peer) is None
    assert value("@tls.peer.reason", peer) == "bad-name"


def test_empty_name_and_one_that_is_too_long_are_absent() -> None:
    assert line() is None
    longest = [("cn", "x" * 60)] * 15
    assert len(line(*longest, ("cn", "x" * 60)) or "") == 1024
    assert line(*longest, ("cn", "x" * 61)) is None
