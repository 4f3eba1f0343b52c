"""`FakeHost`: what module tls needs of the running server; its threads and turns are done at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred, execute

from sertwist.limits import Limits
from sertwist.script.context import Environment
from tests.unit.tls.kit import AT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

__all__ = ["FakeHost", "result_of"]


class FakeHost:
    """A server that does nothing by itself.

    Attributes:
        rows: its connections.
        timers: seconds to call, as given to `every`.
        lines: what was logged: level and text.
        now: seconds since the epoch.
    """

    def __init__(self, *rows: Any) -> None:
        self.now = AT
        self.environment = Environment(wall_clock=lambda: self.now)
        self.limits = Limits()
        self.rows = rows
        self.timers: list[tuple[float, Any]] = []
        self.lines: list[tuple[str, str]] = []

    def connections(self) -> Any:
        return self.rows

    def every(self, seconds: float, call: Any) -> None:
        self.timers.append((seconds, call))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        result_of(work)

    def in_turns(self, work: Iterator[None]) -> None:
        for _ in work:
            pass

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        return execute(call)

    def log(self, level: str, text: str, **fields: object) -> None:
        self.lines.append((level, text.format(**fields)))


def result_of(work: Coroutine[Any, Any, Any]) -> Any:
    """The value of `work`, which must not have to wait, or its exception."""
    outcome: list[Any] = []
    ensureDeferred(work).addBoth(outcome.append)
    [value] = outcome
    if hasattr(value, "raiseException"):
        value.raiseException()
    return value
