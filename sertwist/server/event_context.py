"""Event routes: how they are entered, and `EventContext`, which they run on where nothing was received (4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.logger import Logger

from sertwist.modules.core.happenings import HAPPENING, TKV, Happening
from sertwist.server.sip_context import SipContext
from sertwist.sip.message import Request, parse_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.script.context import Environment, RouteContext
    from sertwist.script.program import Program
    from sertwist.server.host import ServerHost

__all__ = ["EventContext", "ReceivedContext", "enter_event", "tell_happening"]

log = Logger("sertwist")

_LOOPBACK: Final = ("127.0.0.1", 5060)
_OPTIONS: Final = (
    b"OPTIONS sip:event@localhost SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-event\r\n"
    b"From: <sip:event@localhost>;tag=event\r\nTo: <sip:event@localhost>\r\nCall-ID: event@localhost\r\n"
    b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


class EventContext(SipContext):
    """An OPTIONS request that nobody sent, and that can't be answered or sent on."""

    __slots__ = ()

    def __init__(
        self,
        environment: Environment,
        protocol: str = "UDP",
        source: tuple[str, int] = _LOOPBACK,
        local: tuple[str, int] = _LOOPBACK,
    ) -> None:
        """The addresses are those of what brought the event about, if something did."""
        request = parse_message(_OPTIONS)
        assert isinstance(request, Request)  # noqa: S101 (a constant)
        SipContext.__init__(self, environment, request, protocol, source, local)

    def reply(self, _status: int, _reason: str, _headers: tuple[tuple[str, str], ...] = ()) -> bool:
        """Nobody would get it."""
        return False


class ReceivedContext(EventContext):
    """What came and was not read yet, in `event_route[core:msg-received]`."""

    __slots__ = ("_received",)

    def __init__(
        self, environment: Environment, data: bytes, protocol: str, source: tuple[str, int], local: tuple[str, int]
    ) -> None:
        """`data` is one message as it came."""
        EventContext.__init__(self, environment, protocol, source, local)
        self._received = data

    @property
    def raw(self) -> bytes:
        """See `RouteContext.raw`."""
        return self._received

    @property
    def message_length(self) -> int:
        """See `RouteContext.message_length`."""
        return len(self._received)


def tell_happening(host: ServerHost, happening: Happening, *came: Any) -> None:
    """Raise `core:tkv` if the script looks at it; `came` are protocol, source and local address of what is behind it.

    What goes wrong in the event's own route raises nothing.
    """
    if TKV in host.program.events:
        context = EventContext(host.environment, *came)
        host.begin(host.raise_event(TKV, context, {HAPPENING: happening}))


async def enter_event(
    environment: Environment,
    program: Program,
    name: str,
    ctx: RouteContext | None = None,
    notes: Mapping[object, Any] | None = None,
) -> RouteContext | None:
    """Run `event_route[name]` of `program`; see `sertwist.modules.host.Host.raise_event`."""
    entry = program.events.get(name)
    if entry is None:
        return None
    if ctx is None:
        ctx = EventContext(environment)
    if notes:
        ctx.notes = {**(ctx.notes or {}), **notes}
    around, ctx.at_end = ctx.at_end, None  # the event may be raised within a script that runs with the same context
    try:
        rest = entry.run(ctx)
        if entry.waits:
            await rest
    except Exception:  # noqa: BLE001 (an error while deciding is a refusal)
        ctx.dropped = True
        environment.count("internal_errors")
        log.failure("event_route[{name}] failed", name=name)
    finally:
        ctx.at_end = around
    return ctx
