"""`KnownPeers`: whom full handshakes of one context have verified, so that a resumed session can be judged again.

A session carries the peer's certificate but not the chain that verified it (reference tls 9.2); without its record a
resumed peer is nobody.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.tls.certificate import CertificateView

__all__ = ["KnownPeers"]

MAX_KNOWN: Final = 16_384  # peers whose sessions can be resumed; 200 bytes each, the least recent goes first
MAX_READ: Final = 64  # certificates kept read: reading one costs a tenth of a handshake


class KnownPeers:
    """Verified peers of one context; strangers fill nothing."""

    __slots__ = ("_issuers", "_read")

    def __init__(self) -> None:
        self._issuers: OrderedDict[bytes, tuple[CertificateView, ...]] = OrderedDict()
        self._read: deque[CertificateView] = deque(maxlen=MAX_READ)

    def remember(self, chain: tuple[CertificateView, ...], *, resumable: bool) -> None:
        """Take in the chain of a peer that a full handshake verified, leaf first."""
        leaf = chain[0]
        if leaf not in self._read:
            self._read.append(leaf)
        if resumable:
            self._issuers[leaf.sha256] = chain[1:]
            self._issuers.move_to_end(leaf.sha256)
            if len(self._issuers) > MAX_KNOWN:
                self._issuers.popitem(last=False)

    def chain_of(self, leaf: CertificateView) -> tuple[CertificateView, ...]:
        """The chain that verified `leaf` in a full handshake; empty when none is known."""
        issuers = self._issuers.get(leaf.sha256)
        return () if issuers is None else (leaf, *issuers)
