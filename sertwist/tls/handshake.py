"""What one handshake leaves behind: the record its verification writes, and the session made from it.

Verdicts come from this record alone, never from OpenSSL's verify result or verified chain: a callback that
returns true turns every error into OK there (reference tls 2.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_LATER_MESSAGES
from sertwist.tls._ossl import der_of, is_resumed
from sertwist.tls.certificate import CertificateView, view_certificate, view_der
from sertwist.tls.identity import PeerIdentity
from sertwist.tls.session import TlsSession
from sertwist.tls.verification import CERT_HAS_EXPIRED, Fault

if TYPE_CHECKING:
    from OpenSSL import SSL, crypto

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.known_peers import KnownPeers
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
        later_messages: handshake messages since the handshake, or since the last data.
        broken: why the connection ends, when its peer breaks a rule after the handshake.
    """

    __slots__ = ("broken", "expired_on", "faults", "later_messages", "leaf_passed")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.leaf_passed = False
        self.expired_on = ""
        self.later_messages = 0
        self.broken = ""

    def note(self, code: int, depth: int, *, passed: bool) -> None:
        """Write down one result of verification."""
        if not passed:
            if len(self.faults) < MAX_FAULTS:
                self.faults.append((code, depth))
        elif depth == 0:
            self.leaf_passed = True

    def sees_message(self) -> bool:
        """Count a handshake message after the handshake; True when it is one too many."""
        self.later_messages += 1
        if self.later_messages > MAX_LATER_MESSAGES:
            self.broken = "key updates without end"
        return bool(self.broken)

    def sees_renegotiation(self) -> bool:
        """Renegotiation would let a peer change its identity: it ends the connection."""
        self.broken = "the peer asked for renegotiation, which is refused"
        return True


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
    known: KnownPeers,
    domain: TLSDomain,
    generation: int,
) -> TlsSession:
    """Make the session of `connection`, whose handshake is done; its app data is the record.

    Args:
        connection: of a context of `domain`.
        source: what the peer is judged by, now and later.
        known: whom that context's full handshakes have verified; added to.
        domain: the domain in use.
        generation: of its table.
    """
    record: HandshakeRecord = connection.get_app_data()
    group = connection.get_group_name()
    alpn = connection.get_alpn_proto_negotiated()
    resumed = domain.resumption and is_resumed(connection)
    return TlsSession(
        version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        bits=connection.get_cipher_bits() or 0,
        group=group,
        sni=_host_name(connection.get_servername()),
        alpn=alpn.decode("ascii", "backslashreplace") or None,
        domain_name=domain.name,
        generation=generation,
        peer=_identify_resumed(connection, known, source)
        if resumed
        else _identify(connection, record, known, source, domain),
        my=_own_certificate(connection, domain),
        resumed=resumed,
    )


def _identify(
    connection: SSL.Connection, record: HandshakeRecord, known: KnownPeers, source: RevocationSource, domain: TLSDomain
) -> PeerIdentity:
    presented, chain = _certificates(connection, record)
    if chain and record.leaf_passed and not record.faults:
        known.remember(chain, resumable=domain.resumption)
    return PeerIdentity(
        certificate=chain[0] if chain else None,
        presented=presented,
        unproved="" if record.leaf_passed else "not-verified",
        chain=chain,
        faults=record.faults,
        source=source,
    )


def _certificates(connection: SSL.Connection, record: HandshakeRecord) -> tuple[bool, tuple[CertificateView, ...]]:
    """Whether a certificate was sent, and the verified chain; of an unverified peer the leaf alone."""
    try:
        certificates = connection.get_verified_chain() if record.leaf_passed and not record.faults else None
        if certificates is None:
            leaf = connection.get_peer_certificate()
            certificates = [] if leaf is None else [leaf]
        return bool(certificates), tuple(view_der(der_of(each)) for each in certificates)
    except Exception:  # noqa: BLE001 (a certificate that OpenSSL reads and cryptography does not)
        return True, ()


def _identify_resumed(connection: SSL.Connection, known: KnownPeers, source: RevocationSource) -> PeerIdentity:
    """Nothing was verified on this connection: the peer is who a full handshake of this context proved, or nobody."""
    presented, leaf = _certificates(connection, HandshakeRecord())
    chain = known.chain_of(leaf[0]) if leaf else ()
    return PeerIdentity(
        certificate=leaf[0] if leaf else None,
        presented=presented,
        unproved="" if chain else "resumed-unknown",
        chain=chain,
        source=source,
        resumed=True,
    )


def _own_certificate(connection: SSL.Connection, domain: TLSDomain) -> CertificateView | None:
    """What we showed: asked of the library only where there is a choice."""
    if len(domain.own) == 1:
        return view_certificate(domain.own[0].chain[0])
    certificate = connection.get_certificate(as_cryptography=True) if domain.own else None
    return None if certificate is None else view_certificate(certificate)


def _host_name(sni: bytes | None) -> str | None:
    if sni is None:
        return None
    name = sni.decode("ascii", "replace")
    return name if _HOST_NAME.fullmatch(name) else None
