"""What the script's `event_route[tls:connection-out]` comes to, and what it sees."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred

from sertwist.script.context import Environment, RouteContext
from sertwist.script.program import Entry
from sertwist.server.opened import OpenedContext, OpenedJudge

CONNECTION: Any = SimpleNamespace(
    protocol="TLS", source=("192.0.2.9", 5061), local=("192.0.2.1", 40_000), tls=object(), connection_id=7
)


class Route:
    """An event route, which waits if told to; keeps what it saw and what failed."""

    def __init__(self, does: Any, *, waits: bool) -> None:
        self.does, self.waits = does, waits
        self.gate: Deferred[None] = Deferred()
        self.seen: list[RouteContext] = []
        self.failures: list[Exception] = []

    def event(self, name: str) -> Entry | None:
        assert name == "tls:connection-out"
        return Entry(self._later if self.waits else self._now, self.waits)

    def failed(self, error: Exception) -> str:
        self.failures.append(error)
        return "incident"

    def _now(self, context: RouteContext) -> int:
        self.seen.append(context)
        self.does(context)
        return 0

    async def _later(self, context: RouteContext) -> int:
        await self.gate
        return self._now(context)


def _verdict(route: Route) -> bool:
    receiver: Any = route
    verdict = OpenedJudge(Environment(wall_clock=float), receiver).admits(CONNECTION)
    if isinstance(verdict, bool):
        return verdict
    found: list[bool] = []
    ensureDeferred(verdict).addCallback(found.append)
    assert found == []
    route.gate.callback(None)
    return found[0]


def _drop(context: RouteContext) -> None:
    context.dropped = True


def _fail(_context: RouteContext) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("does", "admitted", "failures"), [(lambda _context: None, True, 0), (_drop, False, 0), (_fail, False, 1)]
)
def test_connection_is_used_unless_the_route_drops_it_or_fails(
    does: Any, admitted: bool, failures: int, waits: bool
) -> None:
    route = Route(does, waits=waits)
    assert _verdict(route) is admitted
    assert len(route.failures) == failures


def test_connection_is_used_when_the_script_has_no_such_route() -> None:
    receiver: Any = SimpleNamespace(event=lambda _name: None)
    assert OpenedJudge(Environment(wall_clock=float), receiver).admits(CONNECTION) is True


def test_route_sees_the_connection_and_no_message() -> None:
    route = Route(lambda _context: None, waits=False)
    _verdict(route)
    (context,) = route.seen
    assert isinstance(context, OpenedContext)
    assert (context.tls, context.protocol, context.connection_id) == (CONNECTION.tls, "TLS", 7)
    assert (context.source_ip, context.source_port, context.local_port) == ("192.0.2.9", 5061, 40_000)
    assert (context.message, context.uri, context.uri_host, context.message_length) == (None, "", None, 0)
    assert context.reply(200, "OK") is False
