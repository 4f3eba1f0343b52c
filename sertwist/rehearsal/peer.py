"""A TLS session for a peer that is only said to be there: verified, by a certificate made for the occasion or given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sertwist.tls.certificate import view_certificate
from sertwist.tls.identity import PeerIdentity
from sertwist.tls.revocation import RevocationSet
from sertwist.tls.session import TlsSession

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["certificate_named", "read_certificate", "tls_session"]

_LIFE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _NothingRevoked:
    """A revocation source without lists."""

    revocations: RevocationSet


def certificate_named(name: str, now: float) -> x509.Certificate:
    """A certificate whose only name is the CN `name`, good at `now` (seconds since the epoch)."""
    at = dt.datetime.fromtimestamp(now, dt.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=at - _LIFE,
        not_valid_after=at + _LIFE,
    )
    return builder.sign(key, hashes.SHA256())


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file.

    Raises:
        OSError: it can't be read.
        ValueError: there is none in it.
    """
    return x509.load_pem_x509_certificate(path.read_bytes())


def tls_session(certificate: x509.Certificate | None, *, verified: bool = True) -> TlsSession:
    """A session of the default domain whose peer showed `certificate`, or none."""
    view = None if certificate is None else view_certificate(certificate)
    chain = (view,) if view is not None and verified else ()
    identity = PeerIdentity(
        certificate=view,
        presented=view is not None,
        unproved="" if verified else "not-verified",
        chain=chain,
        source=_NothingRevoked(RevocationSet(any_anchor=True)),
    )
    return TlsSession(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        bits=128,
        group="X25519",
        sni=None,
        alpn=None,
        domain_name="server default",
        generation=1,
        peer=identity,
        my=None,
    )
