"""Every `@tls` select in every spelling, row by row, on real certificates."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL

from sertwist.pki.authority import Profile
from sertwist.script.declare import Kind
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import OwnCertificate
from tests.unit.tls.kit import BOB, DAY, NOW, OTHER_ROOT, ROOT, Outcome, client_context, connect, make_domain
from tests.unit.tls.scripted import SELECTS, compared, months, rich, value

if TYPE_CHECKING:
    from sertwist.pki.authority import Credential

CAROL = rich()
DAVE = rich(serial=7)


def met(client: Credential | None, server: Credential | None = None, version: int | None = None) -> Outcome:
    """A connection of `client` to a server with the certificate `server`."""
    domain = make_domain()
    if server is not None:
        domain = replace(domain, own=(OwnCertificate(chain=(server.certificate,), private_key=server.key),))
    context = client_context(client, version=version)
    if version == SSL.TLS1_2_VERSION:
        context.set_cipher_list(b"ECDHE-ECDSA-AES256-GCM-SHA384")
    return connect(ServerContextFactory(domain), context, sni=b"dave.example.com")


@pytest.fixture(scope="module")
def both() -> Outcome:
    """Carol at a server that is Dave, over TLS 1.2 with a known suite."""
    return met(CAROL, DAVE, SSL.TLS1_2_VERSION)


@pytest.fixture(scope="module")
def mallory() -> Outcome:
    """A stranger's certificate with Carol's names."""
    names = Profile(subject=CAROL.certificate.subject, alternative_names=[x509.DNSName("carol.example.com")])
    return met(OTHER_ROOT.issue(names))


DESCRIPTION = "ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH Au=ECDSA Enc=AESGCM(256) Mac=AEAD"
#: Spellings below `@tls`, and the value.
CONNECTION = [
    (["", ".desc", ".description"], DESCRIPTION),
    ([".version"], "TLSv1.2"),
    ([".cipher"], "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ([".cipher.bits"], 256),
    ([".server_name", ".serverName"], "dave.example.com"),
    ([".resumed"], False),
    ([".alpn"], None),
    ([".domain"], "server:default"),
    ([".generation"], 1),
    ([".peer.verified"], True),
    ([".peer.revoked"], False),
    ([".peer.expired"], False),
    ([".peer.self_signed"], False),
    ([".peer.not_yet_valid"], False),
    ([".peer.presented"], True),
    ([".peer.reason"], None),
    ([".peer.domains[0]"], "example.net"),
    ([".peer.domains[1]", ".peer.domains[-1]"], None),
]
CN = ["cn", "commonName", "common_name", "name"]
SUBJECT = ["subject", "subj"]
#: Spellings of the components, the subject's value, the issuer's.
COMPONENTS = [
    (CN, "Carol", "Test Root"),
    (["locality", "l", "localityName", "locality_name"], "Praha", None),
    (["country", "c", "countryName", "country_name"], "CZ", None),
    (["state", "st", "stateOrProvinceName", "state_or_province_name"], "Bohemia", None),
    (["organization", "o", "organizationName", "organization_name"], "iptel", None),
    (["unit", "ou", "organizationalUnitName", "organizational_unit_name"], "devel", None),
    (["uid", "uniqueIdentifier", "unique_identifier"], "carol1", None),
]
#: Spellings of alternative names, and all that the certificate has.
ALTERNATIVE = [
    (["email", "emailAddress", "email_address"], ["carol@example.com", "carol@example.net"]),
    (["host", "hostname", "dns"], ["carol.example.com", "carol.example.net", "xn--bcher-kva.example"]),
    (["uri", "url", "urn"], ["sip:carol@example.com", "sip:example.net"]),
    (["ip", "IPAddress", "ip_address"], ["192.0.2.7", "2001:db8::7"]),
]


def certificate_rows(certificate: x509.Certificate) -> list[tuple[list[str], object]]:
    """Spellings below `@tls.peer` or `@tls.my`, and the value."""
    pem = certificate.public_bytes(Encoding.PEM).decode()
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    sha256 = certificate.fingerprint(hashes.SHA256()).hex()
    digits = f"{certificate.serial_number:X}"
    serials = ["sn", "serialNumber", "serial_number"]
    rows: list[tuple[list[str], object]] = [
        (["version"], 2),
        (serials, str(certificate.serial_number)),
        ([f"{each}.hex" for each in serials], digits.zfill(len(digits) + len(digits) % 2)),
        (["not_before", "notBefore"], months(certificate.not_valid_before_utc)),
        (["not_after", "notAfter"], months(certificate.not_valid_after_utc)),
        (["count.DNS"], 3),
        (["count.URI"], 2),
        (["count.EMAIL"], 2),
        (["count.IP"], 2),
        (["raw_cert", "rawCert"], pem),
        (["urlencoded_cert", "URLEncodedCert"], quote(pem, safe="")),
        (["fingerprint", "fingerprint.sha256"], sha256),
        (["fingerprint.sha1"], hashlib.sha1(certificate.public_bytes(Encoding.DER)).hexdigest()),
        (["fingerprint.spki"], hashlib.sha256(key).hexdigest()),
        ([f"{each}.dn" for each in SUBJECT], certificate.subject.rfc4514_string()),
        (["issuer.dn"], "CN=Test Root"),
        (["", *SUBJECT], "Carol"),
        (["issuer"], "Test Root"),
    ]
    for spellings, of_subject, of_issuer in COMPONENTS:
        rows.append(([f"{name}.{part}" for name in SUBJECT for part in spellings] + spellings, of_subject))
        rows.append(([f"issuer.{part}" for part in spellings], of_issuer))
    for spellings, values in ALTERNATIVE:
        rows.append((spellings, values[0]))
        for index, each in enumerate(values):
            rows.append(([f"{name}[{index}]" for name in spellings], each))
        rows.append(([f"{name}[{index}]" for name in spellings for index in (-1, len(values), 999_999_999)], None))
    return rows


ROWS = [([f"@tls{each}" for each in spellings], wanted) for spellings, wanted in CONNECTION]
PEMS = [each.certificate.public_bytes(Encoding.PEM).decode() for each in (CAROL, ROOT.credential)]
ROWS += [([f"@tls.peer.verified_cert_chain[{index}]"], pem) for index, pem in (*enumerate(PEMS), (2, None), (-1, None))]
for prefixes, credential in ((["peer", "peer.unverified"], CAROL), (["my", "me", "myself"], DAVE)):
    below = [f"@tls.{each}" for each in prefixes]
    ROWS += [
        ([f"{prefix}.{each}".rstrip(".") for prefix in below for each in spellings], wanted)
        for spellings, wanted in certificate_rows(credential.certificate)
    ]


@pytest.mark.parametrize(("spellings", "wanted"), ROWS, ids=[spellings[0][1:] for spellings, _ in ROWS])
def test_select_has_its_value_in_every_spelling(spellings: list[str], wanted: object, both: Outcome) -> None:
    for written in spellings:
        for spelt in (written, written.lower(), written.upper()):
            assert value(spelt, both) == wanted, spelt


def test_every_select_has_a_row() -> None:
    rows = {each.partition("[")[0].lower() for spellings, _ in ROWS for each in spellings}
    assert {each.name for each in SELECTS.values()} - rows == {"@tls.group"}


def test_group_is_that_of_the_key_exchange(both: Outcome) -> None:
    assert value("@tls.group", met(BOB)) in {"X25519MLKEM768", "x25519", "X25519"}


def test_description_names_the_suite_of_tls_1_3_without_blanks_and_line_end() -> None:
    outcome = met(BOB, version=SSL.TLS1_3_VERSION)
    assert value("@tls", outcome) == "TLS_AES_256_GCM_SHA384 TLSv1.3 Kx=any Au=any Enc=AESGCM(256) Mac=AEAD"
    assert value("@tls.version", outcome) == "TLSv1.3"


def test_kind_of_every_select_fits_its_value(both: Outcome) -> None:
    types = {Kind.TEXT: str, Kind.NUMBER: int, Kind.BOOLEAN: bool}
    for spellings, wanted in ROWS:
        for written in spellings:
            declared = SELECTS[tuple(written[1:].lower().partition("[")[0].split("."))]
            assert wanted is None or type(wanted) is types[declared.kind], written


def test_state_is_false_and_all_else_absent_without_tls() -> None:
    for spellings, _ in ROWS:
        for written in spellings:
            wanted = False if written.startswith("@tls.peer.") and value(written, None) is False else None
            assert value(written, None) is wanted, written
    states = {each.path[2] for each in SELECTS.values() if each.kind is Kind.BOOLEAN and each.path[1:2] == ("peer",)}
    assert states == {"verified", "revoked", "expired", "not_yet_valid", "self_signed", "presented"}


#: What is said of a peer that is not verified.
ALWAYS = {
    "@tls.peer.verified": False,
    "@tls.peer.revoked": False,
    "@tls.peer.expired": False,
    "@tls.peer.not_yet_valid": False,
    "@tls.peer.self_signed": False,
    "@tls.peer.presented": True,
    "@tls.peer.reason": "untrusted",
}


def test_nothing_is_said_of_an_unverified_peer_but_why(mallory: Outcome) -> None:
    for spellings, _ in ROWS:
        for written in spellings:
            if not written.startswith("@tls.peer") or written.startswith("@tls.peer.unverified"):
                continue
            if written in {"@tls.peer.raw_cert", "@tls.peer.rawCert"}:
                assert str(value(written, mallory)).startswith("-----BEGIN CERTIFICATE-----\n")
            else:
                assert value(written, mallory) == ALWAYS.get(written), written
    assert value("@tls.peer.unverified.subject", mallory) == "Carol"
    assert value("@tls.peer.unverified.host", mallory) == "carol.example.com"


def test_peer_without_a_certificate_has_a_reason_and_nothing_else() -> None:
    outcome = met(None)
    said = {w for spellings, _ in ROWS for w in spellings if w.startswith("@tls.peer") and value(w, outcome)}
    assert said == {"@tls.peer.reason"}
    assert value("@tls.peer.reason", outcome) == "no-certificate"


@pytest.mark.parametrize(
    ("profile", "state", "reason"),
    [
        (Profile(common_names=("Bob",), not_after=NOW - DAY), "expired", "expired"),
        (Profile(common_names=("Bob",), not_before=NOW + DAY), "not_yet_valid", "not-yet-valid"),
    ],
)
def test_state_tells_which_date_is_wrong(profile: Profile, state: str, reason: str) -> None:
    outcome = met(ROOT.issue(profile))
    states = ("verified", "revoked", "expired", "not_yet_valid", "self_signed")
    assert {each: value(f"@tls.peer.{each}", outcome) for each in states} == dict.fromkeys(states, False) | {
        state: True
    }
    assert value("@tls.peer.reason", outcome) == reason


def test_identity_goes_when_the_certificate_ends_on_its_connection(both: Outcome) -> None:
    later = CAROL.certificate.not_valid_after_utc.timestamp() + 1
    for written in ("@tls.peer", "@tls.peer.host[1]", "@tls.peer.fingerprint", "@tls.peer.domains[0]"):
        assert value(written, both) is not None
        assert value(written, both, later) is None
    assert value("@tls.peer.verified_cert_chain[0]", both, later) is None
    assert value("@tls.peer.reason", both, later) == "expired"
    assert value("@tls.my", both, later) == "Carol"


def test_name_equals_nothing_when_the_subject_has_two() -> None:
    outcome = met(ROOT.issue(Profile(common_names=("Bob", "SER-Killer"))))
    for name in ["@tls.peer", *(f"@tls.peer.{each}" for each in (*SUBJECT, *CN)), *(f"@tls.peer.subj.{e}" for e in CN)]:
        assert value(name, outcome) == "Bob"
        assert compared(name, outcome) is None


def test_name_is_compared_when_it_is_the_only_one(both: Outcome) -> None:
    assert compared("@tls.peer", both) == compared("@tls.peer.subject.cn", both) == "Carol"


@pytest.mark.parametrize("serial", [1, 255, 2**63, 2**64 + 5, 2**159 - 1])
def test_serial_of_any_size_is_exact(serial: int) -> None:
    outcome = met(ROOT.issue(Profile(common_names=("Bob",), serial=serial)))
    assert value("@tls.peer.sn", outcome) == str(serial)
    assert int(str(value("@tls.peer.sn.hex", outcome)), 16) == serial
    assert len(str(value("@tls.peer.sn.hex", outcome))) % 2 == 0


def test_value_of_1024_bytes_is_shown_and_a_longer_one_is_absent() -> None:
    names = [x509.DNSName("a" * 1024), x509.DNSName("b" * 1025), x509.DNSName("c.example.com")]
    outcome = met(ROOT.issue(Profile(common_names=("Bob",), alternative_names=names)))
    assert value("@tls.peer.host[0]", outcome) == "a" * 1024
    assert value("@tls.peer.host[1]", outcome) is None
    assert value("@tls.peer.host[2]", outcome) == "c.example.com"
    assert value("@tls.peer.count.dns", outcome) == 3
