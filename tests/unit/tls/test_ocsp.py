"""OCSP: whom to ask what, and which answers may be stapled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from hypothesis import given
from hypothesis import strategies as st

from sertwist.errors import ConfigError, PeerError
from sertwist.pki.authority import Authority, Profile, make_rsa_key
from sertwist.tls.ocsp import Answer, build_request, find_issuer, must_staple, read_answer, responder_url
from tests.unit.tls.kit import AT, DAY, NOW, OTHER_ROOT, ROOT, SERVER, make_root
from tests.unit.tls.responder import make_leaf, make_response, responder_certificate

LEAF = make_leaf(ROOT).certificate
DELEGATED = responder_certificate(ROOT)
GOOD = make_response(LEAF, ROOT)


def read(der: bytes, leaf: x509.Certificate = LEAF, now: float = AT, authority: Authority = ROOT) -> Answer:
    return read_answer(der, leaf, authority.certificate, now)


def refusal(der: bytes, **more: object) -> str:
    with pytest.raises(PeerError) as caught:
        read(der, **more)
    return caught.value.code


def test_request_asks_for_the_certificate_by_its_issuer() -> None:
    request = ocsp.load_der_ocsp_request(build_request(LEAF, ROOT.certificate))
    assert request.serial_number == LEAF.serial_number
    assert list(request.extensions) == []


def test_answer_of_the_ca_itself_is_good() -> None:
    assert read(GOOD) == Answer(
        GOOD, (NOW - timedelta(hours=1)).timestamp(), (NOW + timedelta(days=7, hours=-1)).timestamp()
    )


@pytest.mark.parametrize("encoding", list(ocsp.OCSPResponderEncoding))
def test_answer_of_a_delegated_responder_is_good(encoding: ocsp.OCSPResponderEncoding) -> None:
    der = make_response(LEAF, ROOT, signer=DELEGATED, certificates=[DELEGATED.certificate], encoding=encoding)
    assert read(der).der == der


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_certificate_may_be_identified_by_another_hash(algorithm: hashes.HashAlgorithm) -> None:
    assert read(make_response(LEAF, ROOT, identified_by=algorithm))


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_signature_of_another_kind_of_key_is_good(kind: str) -> None:
    key = make_rsa_key() if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    signer = responder_certificate(ROOT, key=key)
    assert read(make_response(LEAF, ROOT, signer=signer, certificates=[signer.certificate]))


def _signed_by(**more: object) -> bytes:
    signer = responder_certificate(ROOT, **more)
    return make_response(LEAF, ROOT, signer=signer, certificates=[signer.certificate])


def _signed_with_sha1() -> bytes:
    """The builders make none: the algorithm's number and the signature of a good one are replaced."""
    signer = responder_certificate(ROOT, key=make_rsa_key())
    der = make_response(LEAF, ROOT, signer=signer, certificates=[signer.certificate])
    response = ocsp.load_der_ocsp_response(der)
    signature = signer.key.sign(response.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA1())
    number = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
    forged = der.replace(response.signature, signature).replace(number + b"\x0b", number + b"\x05")
    assert ocsp.load_der_ocsp_response(forged).signature_hash_algorithm.name == "sha1"
    return forged


REFUSED = {
    "other serial": (make_response(SERVER.certificate, ROOT), "ocsp-other-certificate"),
    "other issuer": (
        make_response(OTHER_ROOT.issue(Profile(serial=LEAF.serial_number)).certificate, OTHER_ROOT),
        "ocsp-other-certificate",
    ),
    "expired": (
        make_response(LEAF, ROOT, this_update=NOW - 8 * DAY, next_update=NOW - timedelta(seconds=1)),
        "ocsp-expired",
    ),
    "from the future": (make_response(LEAF, ROOT, this_update=NOW + timedelta(seconds=301)), "ocsp-early"),
    "endless": (make_response(LEAF, ROOT, next_update=None), "ocsp-endless"),
    "revoked": (make_response(LEAF, ROOT, status=ocsp.OCSPCertStatus.REVOKED), "ocsp-revoked"),
    "unknown": (make_response(LEAF, ROOT, status=ocsp.OCSPCertStatus.UNKNOWN), "ocsp-unknown"),
    "garbage": (b"<html>no such page</html>", "ocsp-garbage"),
    "nothing": (b"", "ocsp-garbage"),
    "cut": (GOOD[:-10], "ocsp-garbage"),
    "error": (
        ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER),
        "ocsp-status",
    ),
    "signed by a stranger": (
        make_response(LEAF, ROOT, signer=OTHER_ROOT.credential, certificates=[OTHER_ROOT.certificate]),
        "ocsp-signature",
    ),
    "signed by a server's certificate": (
        make_response(LEAF, ROOT, signer=SERVER, certificates=[SERVER.certificate]),
        "ocsp-signature",
    ),
    "responder of another CA": (
        make_response(
            LEAF, ROOT, signer=(stranger := responder_certificate(OTHER_ROOT)), certificates=[stranger.certificate]
        ),
        "ocsp-signature",
    ),
    "responder's certificate left out": (make_response(LEAF, ROOT, signer=DELEGATED), "ocsp-signature"),
    "responder expired": (_signed_by(not_after=NOW - DAY), "ocsp-signature"),
    "responder not yet valid": (_signed_by(not_before=NOW + DAY), "ocsp-signature"),
    "named as the CA": (
        make_response(
            LEAF,
            ROOT,
            signer=make_root().credential,  # the same name, another key
            encoding=ocsp.OCSPResponderEncoding.NAME,
        ),
        "ocsp-signature",
    ),
    "SHA-1": (_signed_with_sha1(), "ocsp-signature"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_answer_is_refused_when_it_is(case: str) -> None:
    der, code = REFUSED[case]
    assert refusal(der) == code


def test_every_bit_of_the_signed_part_counts() -> None:
    at = GOOD.index(b"\x18\x0f")  # a GeneralizedTime
    assert refusal(GOOD[: at + 5] + b"0" + GOOD[at + 6 :]) == "ocsp-signature"


def test_dates_are_exact_to_the_second() -> None:
    der = make_response(LEAF, ROOT, this_update=NOW, next_update=NOW + DAY)
    assert read(der, now=AT - 300)
    assert refusal(der, now=AT - 301) == "ocsp-early"
    assert read(der, now=AT + 86_399)
    assert refusal(der, now=AT + 86_400) == "ocsp-expired"


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_bytes_of_any_kind_are_refused_in_order(junk: bytes, at: int) -> None:
    for der in (junk, GOOD[:at] + junk + GOOD[at + len(junk) :]):
        if der != GOOD:
            with pytest.raises(PeerError):
                read(der)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://ocsp.example.com/x", "http://ocsp.example.com/x"),
        ("HTTP://ocsp.example.com", "HTTP://ocsp.example.com"),
        ("https://ocsp.example.com/", ""),
        ("ldap://ocsp.example.com/", ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_responder_is_the_first_one_over_plain_http(url: str, found: str) -> None:
    assert responder_url(make_leaf(ROOT, url).certificate) == found


def test_address_of_the_issuers_certificate_is_no_responder() -> None:
    access = [
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://example.com/ca.crt")
        ),
        x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.example.com/")
        ),
    ]
    leaf = ROOT.issue(Profile(extra=[(x509.AuthorityInformationAccess(access), False)]))
    assert responder_url(leaf.certificate) == "http://ocsp.example.com/"


def test_must_staple_is_read_from_the_certificate() -> None:
    assert must_staple(make_leaf(ROOT, must_staple=True).certificate)
    assert not must_staple(LEAF)


def test_issuer_is_known_by_its_key_and_not_by_its_name_alone() -> None:
    namesake = make_root().certificate
    assert find_issuer(LEAF, [namesake, OTHER_ROOT.certificate, ROOT.certificate]) == ROOT.certificate
    with pytest.raises(ConfigError, match="append it"):
        find_issuer(LEAF, [namesake, OTHER_ROOT.certificate])
