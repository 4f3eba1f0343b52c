"""OCSP for our own certificates: what to ask whom, and whether an answer may be stapled (RFC 6960, RFC 5019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from sertwist.errors import ConfigError, PeerError
from sertwist.tls.extensions import read_extension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

__all__ = ["Answer", "build_request", "find_issuer", "must_staple", "read_answer", "responder_url"]

SKEW: Final = 300.0  # seconds that the responder's clock may be ahead of ours
_WEAK: Final = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that says that a certificate is good.

    Attributes:
        der: as it is stapled.
        this_update: seconds since the epoch from which it holds.
        next_update: likewise, until which.
    """

    der: bytes
    this_update: float
    next_update: float


def responder_url(certificate: x509.Certificate) -> str:
    """Where to ask about `certificate`; empty when it names no responder (RFC 5280 4.2.2.1).

    Only plain HTTP counts: what comes is signed, and a fetch over TLS would need a certificate judged to judge another.
    """
    urls = (
        each.access_location.value
        for each in read_extension(certificate, x509.AuthorityInformationAccess) or ()
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    )
    return next((url for url in urls if url.lower().startswith("http://")), "")


def must_staple(certificate: x509.Certificate) -> bool:
    """Whether clients refuse `certificate` without a stapled response (RFC 7633)."""
    features = read_extension(certificate, x509.TLSFeature)
    return features is not None and x509.TLSFeatureType.status_request in features


def find_issuer(certificate: x509.Certificate, candidates: Iterable[x509.Certificate]) -> x509.Certificate:
    """The one of `candidates` that issued `certificate`.

    Raises:
        ConfigError: none did (`ocsp-issuer`).
    """
    for each in candidates:
        if each.subject == certificate.issuer and _issued(each, certificate):
            return each
    text = "its issuer's certificate is not known: append it to the certificate's file, or name it in ca_list"
    raise ConfigError(text, code="ocsp-issuer")


def build_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The request about `certificate`, by SHA-1 hashes, which every responder knows (RFC 5019 2.1.1), without nonce."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def read_answer(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: float) -> Answer:
    """What `der` says about `certificate`, if it may be stapled at `now`, seconds since the epoch.

    Raises:
        PeerError: it is no OCSP response, says anything but "good", is about another certificate, not in date, or not
            signed by whom it must be; the code is a stable word for each.
    """
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            status = response.response_status.name.lower().replace("_", " ")
            raise PeerError(f"the responder answers: {status}", code="ocsp-status")
        single = _about(response, certificate, issuer)
        answer = _in_date(der, single, now)
        _check_signature(response, issuer, now)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PeerError("what came is no OCSP response", code="ocsp-garbage", detail=str(error)) from None
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise PeerError("the CA has REVOKED this certificate: replace it", code="ocsp-revoked")
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise PeerError("the responder does not know this certificate", code="ocsp-unknown")
    return answer


def _about(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        wanted = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
        if _subject(single) == _subject(wanted):
            return single
    raise PeerError("the response is about another certificate", code="ocsp-other-certificate")


def _subject(each: ocsp.OCSPSingleResponse | ocsp.OCSPRequest) -> tuple[int, bytes, bytes]:
    return each.serial_number, each.issuer_name_hash, each.issuer_key_hash


def _in_date(der: bytes, single: ocsp.OCSPSingleResponse, now: float) -> Answer:
    begins, ends = single.this_update_utc.timestamp(), single.next_update_utc
    if begins > now + SKEW:
        raise PeerError(f"the response holds only from {_text(single.this_update_utc)}", code="ocsp-early")
    if ends is None:  # RFC 5019 4: a client refuses it
        raise PeerError("the response does not say how long it holds", code="ocsp-endless")
    if ends.timestamp() <= now:
        raise PeerError(f"the response has expired {_text(ends)}", code="ocsp-expired")
    return Answer(der, begins, ends.timestamp())


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: float) -> None:
    """By the issuer's own key, or that of a responder which the issuer itself certified for this (RFC 6960 4.2.2.2)."""
    for signer in (issuer, *(each for each in response.certificates if _may_answer(each, issuer, now))):
        if _is_responder(response, signer) and _signed(response, signer):
            return
    raise PeerError("the response is not signed by the CA or its responder", code="ocsp-signature")


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate, now: float) -> bool:
    usage = read_extension(responder, x509.ExtendedKeyUsage)
    in_date = (
        responder.not_valid_before_utc.timestamp() <= now + SKEW and now < responder.not_valid_after_utc.timestamp()
    )
    may = usage is not None and ExtendedKeyUsageOID.OCSP_SIGNING in usage
    return may and in_date and _issued(issuer, responder)


def _is_responder(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == signer.subject
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest


def _signed(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    algorithm, key = response.signature_hash_algorithm, signer.public_key()
    signature, data = response.signature, response.tbs_response_bytes
    if algorithm is not None and algorithm.name in _WEAK:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, data)
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _text(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
