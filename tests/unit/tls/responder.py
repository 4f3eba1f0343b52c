"""OCSP responses of every kind, good and bad, made with the builders of `cryptography`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from sertwist.pki.authority import SERVER_AUTH, Authority, Credential, Profile
from tests.unit.tls.kit import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MUST_STAPLE", "make_leaf", "make_response", "responder_certificate"]

MUST_STAPLE = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)


def make_leaf(
    authority: Authority, url: str = "http://ocsp.example.com/", *, must_staple: bool = False, **more: object
) -> Credential:
    """A server's certificate that names the responder `url`; empty: none."""
    extra = [MUST_STAPLE] if must_staple else []
    if url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
        extra.append((x509.AuthorityInformationAccess([access]), False))
    return authority.issue(Profile(common_names=("alice",), usages=(SERVER_AUTH,), extra=extra, **more))


def responder_certificate(authority: Authority, **more: object) -> Credential:
    """A certificate of a delegated responder (RFC 6960 4.2.2.2)."""
    profile = {"common_names": ("responder",), "usages": (ExtendedKeyUsageOID.OCSP_SIGNING,)} | more
    return authority.issue(Profile(**profile))


def make_response(
    leaf: x509.Certificate,
    authority: Authority,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    signer: Credential | None = None,
    certificates: Sequence[x509.Certificate] = (),
    this_update: datetime | None = None,
    next_update: datetime | str | None = "",
    encoding: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.HASH,
    algorithm: hashes.HashAlgorithm | None = None,
    identified_by: hashes.HashAlgorithm | None = None,
) -> bytes:
    """A response about `leaf`; what is not given comes out right: by the CA's key, from an hour ago, for a week."""
    signer = signer or authority.credential
    this_update = this_update or NOW - timedelta(hours=1)
    if isinstance(next_update, str):
        next_update = this_update + timedelta(days=7)
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf,
            issuer=authority.certificate,
            algorithm=identified_by or hashes.SHA1(),
            cert_status=status,
            this_update=this_update,
            next_update=next_update,
            revocation_time=this_update if revoked else None,
            revocation_reason=None,
        )
        .responder_id(encoding, signer.certificate)
    )
    if certificates:
        builder = builder.certificates(list(certificates))
    own_hash = isinstance(signer.key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    response = builder.sign(signer.key, None if own_hash else algorithm or hashes.SHA256())
    return response.public_bytes(Encoding.DER)
