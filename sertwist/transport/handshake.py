"""`Handshake`: what a connection does before it carries messages, accepted or outbound, a step at a time."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.failure import Failure
    from sertwist.tls.session import TlsSession
    from sertwist.transport.channel import Channel

__all__ = ["Handshake", "Wanted"]


class Wanted(enum.Enum):
    """What a handshake needs before its next step."""

    READ = "read"
    WRITE = "write"
    PAUSE = "pause"  # readable, but nothing new has come: to be looked at again a little later


class Handshake(Protocol):
    """A handshake in progress; no step waits."""

    def step(self) -> Wanted | Failure | tuple[Channel, TlsSession | None]:
        """Go on as far as can be done now.

        Returns:
            What is wanted next, why it failed, or the channel to go on with and its TLS session, if it has one.
        """

    @property
    def domain(self) -> TLSDomain | None:
        """The TLS domain in use; None while none is chosen, and without TLS."""

    @property
    def has_answered(self) -> bool:
        """Whether an alert may be on its way to the peer, so that a reset would lose it."""
