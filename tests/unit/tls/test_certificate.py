"""Names, dates and serial numbers of certificates, odd ones among them (reference tls 1.3, 1.4, 11.1)."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from sertwist.limits import MAX_CERTIFICATE
from sertwist.pki.authority import Profile, make_ec_key
from sertwist.tls.certificate import MAX_NAME, CertificateView, date_text, serial_hex, view_certificate
from tests.fuzz.der import build, parse
from tests.unit.tls.kit import BOB, NOW, ROOT, SERVER, make_domain, shake


def view(**profile: object) -> CertificateView:
    return view_certificate(ROOT.issue(Profile(**{"common_names": ("Bob",), **profile})).certificate)


def view_of_cn(value: str, encoding: _ASN1Type = _ASN1Type.UTF8String) -> CertificateView:
    return view(subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, value, encoding)]))


@pytest.mark.parametrize("value", ["Bob\0.evil", "Bob\r\nX: y", "Bob\x7f", "Bob\x85", "Bob\u2028x", "\tBob"])
def test_certificate_is_bad_named_when_a_name_has_a_control_character(value: str) -> None:
    bad = view_of_cn(value)
    assert bad.defect == "bad-name"
    assert bad.common_name is None
    assert bad.unique_common_name is None
    assert bad.subject.dn is None


@pytest.mark.parametrize("kind", [x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name])
def test_certificate_is_bad_named_when_an_alternative_name_has_a_nul(kind: type[x509.GeneralName]) -> None:
    bad = view(alternative_names=[kind("sip:a\0b")])
    assert bad.defect == "bad-name"
    assert (*bad.dns, *bad.uri, *bad.email) == (None,)


def test_peer_is_unverified_when_its_certificate_is_bad_named() -> None:
    client = ROOT.issue(Profile(common_names=("Bob\0.evil",)))
    assert shake(make_domain(), client).verdict() == (False, "bad-name")


@pytest.mark.parametrize(
    "encoding",
    [
        _ASN1Type.UTF8String,
        _ASN1Type.PrintableString,
        _ASN1Type.BMPString,
        _ASN1Type.UniversalString,
        _ASN1Type.T61String,
    ],
)
def test_name_is_the_same_text_in_every_string_encoding(encoding: _ASN1Type) -> None:
    assert view_of_cn("Bob", encoding).unique_common_name == "Bob"


@pytest.mark.parametrize("value", ["bob", "Bob ", "B\u043eb"])
def test_name_differs_when_case_blank_or_script_does(value: str) -> None:
    assert view_of_cn(value).unique_common_name == value != "Bob"


def test_first_name_is_printed_and_none_compared_when_there_are_two() -> None:
    two = view(common_names=("Bob", "SER-Killer"))
    assert two.common_name == "Bob"
    assert two.unique_common_name is None


def test_name_is_absent_when_the_subject_is_empty() -> None:
    none = view(common_names=(), alternative_names=[x509.DNSName("bob.example.com")])
    assert none.common_name is None
    assert none.dns == ("bob.example.com",)
    assert none.defect == ""


def test_name_is_absent_when_one_byte_longer_than_the_bound() -> None:
    # A URI, because the library does not make common names of more than 64 characters.
    uri = "sip:" + "a" * (MAX_NAME - 4)
    assert view(alternative_names=[x509.UniformResourceIdentifier(uri)]).uri == (uri,)
    assert view(alternative_names=[x509.UniformResourceIdentifier(uri + "a")]).uri == (None,)


def test_alternative_names_are_told_apart_by_kind() -> None:
    names = [
        x509.DNSName("xn--bcher-kva.example"),
        x509.UniformResourceIdentifier("sip:example.com:5061"),
        x509.RFC822Name("bob@example.com"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
    ]
    seen = view(alternative_names=names)
    assert seen.dns == ("xn--bcher-kva.example",)
    assert seen.uri == ("sip:example.com:5061",)
    assert seen.email == ("bob@example.com",)
    assert seen.ip == ("192.0.2.7", "2001:db8::7")


def test_five_hundred_alternative_names_are_all_there() -> None:
    many = [x509.DNSName(f"host{n}.example.com") for n in range(500)]
    assert len(view(alternative_names=many).dns) == 500


@pytest.mark.parametrize("serial", [1, 2**64 + 1, 2**64 + 2, 2**159 - 1])
def test_serial_is_exact_whatever_its_size(serial: int) -> None:
    assert view(serial=serial).serial == serial


@pytest.mark.parametrize(("serial", "text"), [(0, "00"), (10, "0A"), (0x123, "0123"), (-5, "-05")])
def test_serial_in_hex_has_even_length(serial: int, text: str) -> None:
    assert serial_hex(serial) == text


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2005, 6, 17, 15, 3, 20, tzinfo=UTC), "Jun 17 15:03:20 2005 GMT"),
        (datetime(2005, 6, 7, 15, 3, 20, tzinfo=UTC), "Jun  7 15:03:20 2005 GMT"),
        (datetime(2051, 12, 31, 0, 0, 0, tzinfo=UTC), "Dec 31 00:00:00 2051 GMT"),
    ],
)
def test_date_is_english_and_padded_with_a_blank(when: datetime, text: str) -> None:
    assert date_text(when) == text


def test_dates_are_read_when_they_need_generalized_time() -> None:
    far = view(not_after=datetime(2050, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert far.not_after_text == "Jan  2 03:04:05 2050 GMT"


def test_version_is_as_encoded() -> None:
    assert view().version == 2


def test_views_are_shared_while_one_is_held() -> None:
    first = view_certificate(BOB.certificate)
    again = x509.load_der_x509_certificate(first.der)
    assert view_certificate(again) is first
    assert view_certificate(SERVER.certificate) is not first


def test_fingerprints_are_those_of_the_library() -> None:
    seen = view_certificate(BOB.certificate)
    assert seen.fingerprint == BOB.certificate.fingerprint(hashes.SHA256()).hex()
    assert seen.fingerprint_sha1 == BOB.certificate.fingerprint(hashes.SHA1()).hex()
    assert seen.pem.startswith("-----BEGIN CERTIFICATE-----\n")
    assert "\n" not in seen.urlencoded
    renewed = ROOT.issue(Profile(common_names=("Bob",), key=BOB.key)).certificate
    assert view_certificate(renewed).spki_fingerprint == seen.spki_fingerprint


def _with_bytes(old: bytes, new: bytes) -> x509.Certificate:
    """Bob's like with some bytes of his alternative name replaced: the signature does not matter here."""
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("192.0.2.7"))])
    key = make_ec_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bob")])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 4660, NOW, NOW + timedelta(days=1))
    der = bytes(CertificateView(made.add_extension(name, critical=False).sign(key, hashes.SHA256()), b"").der)
    assert der.count(old) == 1
    return x509.load_der_x509_certificate(der.replace(old, new))


def test_certificate_is_bad_when_an_address_has_a_wrong_length() -> None:
    broken = _with_bytes(b"\x87\x04\xc0\x00\x02\x07", b"\x87\x03\xc0\x00\x02\x82\x01"[:6])
    assert CertificateView(broken, b"").defect == "bad-certificate"


@pytest.mark.filterwarnings("ignore")
def test_certificate_is_bad_when_its_serial_is_negative() -> None:
    negative = CertificateView(_with_bytes(b"\x02\x02\x12\x34", b"\x02\x02\x92\x34"), b"")
    assert negative.defect == "bad-certificate"


def _of_size(size: int) -> x509.Certificate:
    """A certificate of exactly `size` bytes: its signature's length differs each time."""
    unknown = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
    filling = size - 600
    while True:
        extension = x509.UnrecognizedExtension(unknown, bytes(filling))
        made = ROOT.issue(Profile(common_names=("Bob",), key=BOB.key, extra=[(extension, False)])).certificate
        missing = size - len(made.public_bytes(Encoding.DER))
        if not missing:
            return made
        filling += missing


def test_certificate_is_too_large_when_one_byte_above_the_bound() -> None:
    assert view_certificate(_of_size(MAX_CERTIFICATE)).defect == ""
    large = view_certificate(_of_size(MAX_CERTIFICATE + 1))
    assert large.defect == "too-large"
    assert large.common_name is None


def test_serial_of_more_than_80_digits_is_not_readable() -> None:
    """Python does not print numbers of more than 4,300 digits: such a peer would be an error in every script."""
    nodes = parse(SERVER.certificate.public_bytes(Encoding.DER))
    serial = nodes[0].children[0].children[1]
    for number, expected in ((10**80 - 1, (10**80 - 1, "")), (10**80, (-1, "bad-certificate"))):
        serial.value = number.to_bytes(34)
        seen = view_certificate(x509.load_der_x509_certificate(build(nodes)))
        assert (seen.serial, seen.defect) == expected


def test_key_of_an_unknown_kind_has_no_fingerprint() -> None:
    nodes = parse(SERVER.certificate.public_bytes(Encoding.DER))
    key = nodes[0].children[0].children[6]
    key.children[0].children[0].value = bytes.fromhex("2a8648ce3d0263")
    seen = view_certificate(x509.load_der_x509_certificate(build(nodes)))
    assert (seen.spki_fingerprint, seen.defect) == (None, "")
