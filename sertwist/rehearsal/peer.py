"""A TLS session for a peer that is only said to be there: verified, by a certificate made for the occasion or given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sertwist.errors import ConfigError
from sertwist.tls.certificate import view_certificate
from sertwist.tls.identity import PeerIdentity
from sertwist.tls.revocation import RevocationSet
from sertwist.tls.session import TlsSession

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["certificates_named", "is_issued_by", "read_certificate", "shown_chain", "tls_session"]

_Key = ec.EllipticCurvePrivateKey
_LIFE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _NothingRevoked:
    """A revocation source without lists."""

    revocations: RevocationSet


def shown_chain(name: str, file: Path | None, ca: str, folder: Path, now: float) -> tuple[x509.Certificate, ...]:
    """The certificates of a peer, its own first, as people describe them; empty without one.

    Args:
        name: its common name, for one that is made for the occasion.
        file: it is in this file instead.
        ca: who issued it: for a `file` another file, otherwise the CA's name, `CN=Example CA`; empty: not said.
        folder: that files are relative to.
        now: seconds since the epoch.

    Raises:
        ConfigError: a file or the name can't be used.
    """
    if file is not None:
        leaf = _read(folder / file)
        issuer = _read(folder / ca) if ca else None
        if issuer is not None and not is_issued_by(leaf, issuer):
            raise ConfigError(f"{ca} has not issued {file}", code="rehearsal-certificate")
        return (leaf,) if issuer is None else (leaf, issuer)
    return certificates_named(name, now, ca) if name else ()


def _read(path: Path) -> x509.Certificate:
    try:
        return read_certificate(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no certificate: {error}", code="rehearsal-certificate") from None


def is_issued_by(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` has signed `leaf` and is called as its issuer."""
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def certificates_named(name: str, now: float, ca: str = "") -> tuple[x509.Certificate, ...]:
    """A certificate whose only name is the CN `name`, good at `now`, and the CA `ca` if one is named.

    Raises:
        ConfigError: `ca` is no name.
    """
    try:
        issuer = x509.Name.from_rfc4514_string(ca)
    except ValueError:
        raise ConfigError(f"{ca!r} is no name of a CA: write CN=Example CA", code="rehearsal-certificate") from None
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = ec.generate_private_key(ec.SECP256R1())
    if not ca:
        return (_certificate(subject, subject, now, signer, signer),)
    key = ec.generate_private_key(ec.SECP256R1())
    return (_certificate(subject, issuer, now, key, signer), _certificate(issuer, issuer, now, signer, signer))


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    now: float,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    at = dt.datetime.fromtimestamp(now, dt.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=at - _LIFE,
        not_valid_after=at + _LIFE,
    )
    return builder.sign(signer, hashes.SHA256())


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file.

    Raises:
        OSError: it can't be read.
        ValueError: there is none in it.
    """
    return x509.load_pem_x509_certificate(path.read_bytes())


def tls_session(shown: Sequence[x509.Certificate], *, verified: bool = True) -> TlsSession:
    """A session of the default domain whose peer showed these certificates, its own first, or none."""
    views = tuple(map(view_certificate, shown))
    view = views[0] if views else None
    chain = views if verified else ()
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
