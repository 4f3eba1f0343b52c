"""`ServerHost`: the running server as modules see it (`sertwist.modules.host.Host`)."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import cooperate, deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import Logger, LogLevel

from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.script.route_kind import RouteKind
from sertwist.server.event_context import enter_event
from sertwist.server.fetch import Fetcher
from sertwist.server.log_tail import LogTail
from sertwist.server.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping

    from twisted.python.failure import Failure

    from sertwist.limits import Limits
    from sertwist.modules.declare import Module
    from sertwist.modules.host import ConnectionRow, Forwarder, ListenerRow, LogLine, Names, Scripts, TimerRow, Tracer
    from sertwist.rpc.audit.log import AuditLog
    from sertwist.script.context import Environment, RouteContext
    from sertwist.script.program import Program
    from sertwist.server.exposition import Exposition
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.log_share import LogShare

__all__ = ["ServerHost"]

log = Logger("sertwist")
_T = TypeVar("_T")


class ServerHost:
    """What modules may ask of the server.

    Attributes:
        environment: shared by all messages.
        registry: every RPC method of the loaded modules and `system.*`.
        limits: all bounds in force.
        forwarder: what sends requests on; set before the modules are started.
        names: host names that were looked up; likewise.
        tail: the last lines of the log.
        scripts: the script in force; likewise.
        tracer: tells what it does with messages to come; likewise.
        started_at: seconds since the epoch.
        program: the script in force, as what receives set it.
        fetcher: gets what modules ask for over HTTP.
        audit: the record of management calls; set before the modules are started.
        phase: `starting`, `running` or `stopping`.
    """

    audit: AuditLog
    forwarder: Forwarder
    names: Names
    program: Program
    scripts: Scripts
    tracer: Tracer

    def __init__(
        self,
        environment: Environment,
        limits: Limits,
        modules: tuple[Module, ...],
        table: ConnectionTable,
        reactor: Any,
    ) -> None:
        self.environment = environment
        self.limits = limits
        self.started_at = environment.wall_clock()
        self.registry = Registry()
        self.listening: list[ListenerRow] = []
        self.fetcher = Fetcher(reactor)
        self.tail = LogTail()
        self.on_stop: Callable[[str], None] = lambda _why: None
        self.on_signal: Callable[[int], None] = lambda _number: None
        self._reactor = reactor
        self._modules = modules
        self._table = table
        self._timers: list[Timer] = []
        self.phase = "starting"
        self._date = (0, b"")
        self._exposition: Exposition | None = None
        environment.complain = self._complain
        for method in system_methods(self.registry):
            self.registry.add(method)
        for module in modules:
            for method in module.methods():
                self.registry.add(method)

    @property
    def module_names(self) -> tuple[str, ...]:
        """Loaded modules, in order."""
        return tuple(module.name for module in self._modules)

    @property
    def log_share(self) -> LogShare:
        """How many log lines peers may cause."""
        return self._table.log_share

    def clock(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Done after `seconds`."""
        return deferLater(self._reactor, seconds)

    def connections(self) -> Iterable[ConnectionRow]:
        """Stream connections that are open now."""
        return self._table

    def listeners(self) -> Iterable[ListenerRow]:
        """Listening sockets."""
        return self.listening

    def stop(self, why: str) -> None:
        """Begin the orderly end of the server."""
        self.on_stop(why)

    def every(self, seconds: float, call: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        """Call `call` each `seconds`, once the last one is done; an exception is logged and the next turn comes."""
        timer = Timer(seconds, call)
        self._timers.append(timer)
        timer.start()

    def timers(self) -> list[TimerRow]:
        """See `sertwist.modules.host.Host.timers`."""
        return [each.row() for each in self._timers]

    def log_tail(self, count: int) -> list[LogLine]:
        """See `sertwist.modules.host.Host.log_tail`."""
        return self.tail.last(count)

    def signal(self, number: int) -> None:
        """See `sertwist.modules.host.Host.signal`."""
        self.on_signal(number)

    async def raise_event(
        self, name: str, ctx: RouteContext | None = None, notes: Mapping[object, Any] | None = None
    ) -> RouteContext | None:
        """See `sertwist.modules.host.Host.raise_event`."""
        return await enter_event(self.environment, self.program, name, ctx, notes)

    def has_event(self, name: str) -> bool:
        """Whether the script has a block `event_route[name]`."""
        return name in self.program.events

    def has_route(self, name: str) -> bool:
        """Whether the script has a block `route[name]`."""
        return self.program.enter(RouteKind.REQUEST, name) is not None

    async def run_route(self, name: str, ctx: RouteContext) -> int:
        """The value of `route[name]`, run for `ctx`."""
        return await self.program.call(name, ctx)

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do `work`; an exception is logged."""
        ensureDeferred(work).addErrback(_log_failure)

    def in_turns(self, work: Iterator[None]) -> None:
        """Run `work` from one yield to the next, with turns of everybody else between; an exception is logged."""
        cooperate(work).whenDone().addErrback(_log_failure)

    def in_thread(self, call: Callable[[], _T]) -> Awaitable[_T]:
        """Run `call` in a thread of the reactor's pool; its result or exception."""
        return deferToThread(call)

    def stop_timers(self) -> None:
        """End what `every` began."""
        for timer in self._timers:
            timer.stop()

    def log(self, level: str, text: str, **fields: object) -> None:
        """Write a log line."""
        log.emit(LogLevel.levelWithName(level), text, **fields)

    def _complain(self, line: str) -> None:
        """Say what a script could not do, as often as the log has room for what peers cause."""
        if self.log_share.has_room():
            log.warn("script: {line}", line=line)

    async def fetch(self, url: str, *, body: bytes, content_type: str, bound: int, seconds: float) -> bytes:
        """See `sertwist.modules.host.Host.fetch`."""
        return await self.fetcher.fetch(url, body=body, content_type=content_type, bound=bound, seconds=seconds)

    @property
    def exposition(self) -> Exposition:
        """The server's numbers for Prometheus, whose library is imported when they are first asked for."""
        if self._exposition is None:
            from sertwist.server.exposition import Exposition  # noqa: PLC0415 (see above)

            self._exposition = Exposition(self, self._modules)
        return self._exposition

    def metrics_text(self) -> str:
        """See `sertwist.modules.host.Host.metrics_text`."""
        return self.exposition.written("")[0].decode()

    def why_not_ready(self) -> str:
        """Why no more work should be sent to this server; empty when it should."""
        if self.phase != "running":
            return self.phase
        return f"audit log: {self.audit.spool.failure}" if self.audit.spool.failure else ""

    def http_date(self) -> bytes:
        """The Date header's value (RFC 9110 6.6.1), made once a second."""
        second = int(self.environment.wall_clock())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True).encode("ascii"))
        return self._date[1]


def _log_failure(failure: Failure) -> None:
    log.failure("a module's work failed", failure=failure)
