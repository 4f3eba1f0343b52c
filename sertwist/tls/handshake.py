"""What one handshake leaves behind: the record its verification writes, and the session made from it.

Verdicts come from this record alone, never from OpenSSL's verify result or verified chain: a callback that
returns true turns every error into OK there (reference tls 2.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.tls.certificate import CertificateView, view_certificate
from sertwist.tls.identity import PeerIdentity
from sertwist.tls.session import TlsSession
from sertwist.tls.verification import CERT_HAS_EXPIRED, Fault

if TYPE_CHECKING:
    from cryptography import x509
    from OpenSSL import SSL, crypto

    from sertwist.tls.revocation import RevocationSource

__all__ = ["HandshakeRecord", "finish", "record_verification"]

MAX_FAULTS: Final = 64  # faults kept of one handshake; the first decides
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")


class HandshakeRecord:
    """What verification said while one handshake ran.

    Attributes:
        faults: (code, depth) in order, at most `MAX_FAULTS`.
        leaf_passed: OpenSSL came to the end of the chain's checks on this connection with the leaf.
        expired_on: date of the expired certificate, `2026-01-02`; empty when none is.
    """

    __slots__ = ("expired_on", "faults", "leaf_passed")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.leaf_passed = False
        self.expired_on = ""

    def note(self, code: int, depth: int, *, passed: bool) -> None:
        """Write down one result of verification."""
        if not passed:
            if len(self.faults) < MAX_FAULTS:
                self.faults.append((code, depth))
        elif depth == 0:
            self.leaf_passed = True


def record_verification(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Write one verification result to the connection's record; true only if that could be done.

    It must not raise: an exception would leave `do_handshake` as itself instead of as a TLS error.
    """
    try:
        record = connection.get_app_data()
        record.note(code, depth, passed=bool(ok))
        if code == CERT_HAS_EXPIRED and not ok:
            record.expired_on = f"{certificate.to_cryptography().not_valid_after_utc:%Y-%m-%d}"
    except Exception:  # noqa: BLE001 (what can't be recorded is refused)
        return False
    return True


def finish(
    connection: SSL.Connection,
    *,
    source: RevocationSource,
    my: CertificateView | None,
    domain_name: str,
    generation: int,
) -> TlsSession:
    """Make the session of `connection`, whose handshake is done; its app data is the record."""
    record: HandshakeRecord = connection.get_app_data()
    group = connection.get_group_name()
    alpn = connection.get_alpn_proto_negotiated()
    return TlsSession(
        version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        bits=connection.get_cipher_bits() or 0,
        group=group,
        sni=_host_name(connection.get_servername()),
        alpn=alpn.decode("ascii", "backslashreplace") or None,
        domain_name=domain_name,
        generation=generation,
        peer=_identify(connection, record, source),
        my=my,
    )


def _identify(connection: SSL.Connection, record: HandshakeRecord, source: RevocationSource) -> PeerIdentity:
    presented, chain = _certificates(connection, record)
    return PeerIdentity(
        certificate=chain[0] if chain else None,
        presented=presented,
        proved=record.leaf_passed,
        chain=chain,
        faults=record.faults,
        source=source,
    )


def _certificates(connection: SSL.Connection, record: HandshakeRecord) -> tuple[bool, tuple[CertificateView, ...]]:
    """Whether a certificate was sent, and the verified chain; of an unverified peer the leaf alone."""
    try:
        certificates: list[x509.Certificate] | None = None
        if record.leaf_passed and not record.faults:
            certificates = connection.get_verified_chain(as_cryptography=True)
        if certificates is None:
            leaf = connection.get_peer_certificate(as_cryptography=True)
            certificates = [] if leaf is None else [leaf]
        return bool(certificates), tuple(view_certificate(certificate) for certificate in certificates)
    except Exception:  # noqa: BLE001 (a certificate that OpenSSL reads and cryptography does not)
        return True, ()


def _host_name(sni: bytes | None) -> str | None:
    if sni is None:
        return None
    name = sni.decode("ascii", "replace")
    return name if _HOST_NAME.fullmatch(name) else None
