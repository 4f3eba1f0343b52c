"""`Caller`: who makes a call, as the way it came by has proved it; policy, rates, audit and log see the same.

A certificate counts only while it is verified at the moment of the call (reference rpc 14.10): a connection that
outlives its certificate's revocation carries nobody's calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.tls.certificate import CertificateView
    from sertwist.tls.session import TlsSession

__all__ = ["Caller", "tls_caller"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One caller at one moment.

    Attributes:
        source: address and port it calls from; empty and 0 for a Unix socket.
        protocol: `TLS`, `TCP`, `UDP` or `UNIX`.
        certificate: its certificate, verified now; None without.
        chain: the verified chain, leaf to trust anchor; empty without.
        uid: the user that the kernel says is at the other end of a Unix socket; None otherwise.
        user: `user@realm` of digest credentials that were checked; empty otherwise.
        words: who that is, or why nobody was proved, for the log: what a peer chose in it is quoted and cut.
    """

    source: tuple[str, int] = ("", 0)
    protocol: str = "TCP"
    certificate: CertificateView | None = None
    chain: tuple[CertificateView, ...] = ()
    uid: int | None = None
    user: str = ""
    words: str = "nobody"

    @property
    def key(self) -> str:
        """One text for one identity; empty when nobody was proved.

        `cert:` and the SHA-256 fingerprint, `uid:` and the number, or `user:` and the digest user.
        """
        if self.certificate is not None:
            return f"cert:{self.certificate.fingerprint}"
        if self.uid is not None:
            return f"uid:{self.uid}"
        return f"user:{self.user}" if self.user else ""


def tls_caller(source: tuple[str, int], protocol: str, tls: TlsSession | None, now: float) -> Caller:
    """The caller at the other end of a stream connection at `now`, seconds since the epoch; `tls` None: without TLS."""
    if tls is None:
        return Caller(source=source, protocol=protocol, words="no TLS")
    peer = tls.peer
    words = peer.describe(now)
    if not peer.verdict(now).verified:
        return Caller(source=source, protocol=protocol, words=words)
    return Caller(source=source, protocol=protocol, certificate=peer.certificate, chain=peer.chain, words=words)
