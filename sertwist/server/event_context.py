"""`EventContext`: what an event route runs on where nothing was received (reference language 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.server.sip_context import SipContext
from sertwist.sip.message import Request, parse_message

if TYPE_CHECKING:
    from sertwist.script.context import Environment

__all__ = ["EventContext"]

_LOOPBACK: Final = ("127.0.0.1", 5060)
_OPTIONS: Final = (
    b"OPTIONS sip:event@localhost SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-event\r\n"
    b"From: <sip:event@localhost>;tag=event\r\nTo: <sip:event@localhost>\r\nCall-ID: event@localhost\r\n"
    b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


class EventContext(SipContext):
    """An OPTIONS request that nobody sent, and that can't be answered or sent on."""

    __slots__ = ()

    def __init__(self, environment: Environment) -> None:
        request = parse_message(_OPTIONS)
        assert isinstance(request, Request)  # noqa: S101 (a constant)
        SipContext.__init__(self, environment, request, "UDP", _LOOPBACK, _LOOPBACK)

    def reply(self, _status: int, _reason: str, _headers: tuple[tuple[str, str], ...] = ()) -> bool:
        """Nobody would get it."""
        return False
