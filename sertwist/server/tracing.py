"""`Tracing`: what the script does with messages, told while the server runs.

Management calls are always judged by a program that is compiled to be traced, so that each can be explained; it is
compiled in a thread, and calls that come before it is ready are judged by the other one. All other messages run it for
as long as somebody asks (`core.trace`): a trace costs everybody some microseconds a message, and is bounded in messages
and in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred

from sertwist.errors import UnavailableError
from sertwist.modules.host import TracedMessage
from sertwist.script.compile import compile_script
from sertwist.script.trace import Trace, trace_lines

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.program import Program
    from sertwist.server.configuration import Configuration
    from sertwist.server.host import ServerHost
    from sertwist.server.receive import Receiver

__all__ = ["Tracing"]

_SMALL_SCRIPT: Final = 20_000  # characters: compiled in some 50 ms


def _compile_traced(configuration: Configuration) -> Program:
    return compile_script(configuration.script, configuration.loaded.catalogue, configuration.dialect, trace=True)


@dataclass(slots=True)
class _Asked:
    """One `core.trace` that waits.

    Attributes:
        source: address of the messages that it is about; empty: everybody's.
        count: how many more of them it waits for.
        seen: who sent each, method and URI, and what the script did with it.
        done: fires when it has them all.
        end: the timer that ends it.
    """

    source: str
    count: int
    seen: list[tuple[str, str, Trace]]
    done: Deferred[None]
    end: Any = None


class Tracing:
    """Puts programs in force, and traced ones in their place while somebody asks."""

    def __init__(self, host: ServerHost, reactor: Any, configuration: Configuration, receiver: Receiver) -> None:
        self._host = host
        self._reactor = reactor
        self._configuration = configuration
        self._receiver = receiver
        self._asked: _Asked | None = None
        self._traced: Program | None = None

    def start(self) -> None:
        """Get ready to explain management calls: at once when that takes no time that anybody notices."""
        if not self._receiver.carries_calls:
            return
        configuration = self._configuration
        if len(configuration.script.source.text) > _SMALL_SCRIPT:
            self._host.begin(self._ready())
        else:
            self._traced = _compile_traced(configuration)
            self._receiver.use(configuration.program, self._traced)

    def use(self, configuration: Configuration) -> None:
        """Put the program of `configuration` in force; a trace of the one before ends with what it has."""
        self._configuration, self._traced = configuration, None
        if self._asked is not None:
            self._finish(self._asked)
        self._receiver.use(configuration.program)
        self.start()

    async def _ready(self) -> Program:
        """The program in force, compiled to be traced; management calls are judged by it from then on."""
        while self._traced is None:
            configuration = self._configuration
            program = await self._host.in_thread(partial(_compile_traced, configuration))
            if self._configuration is configuration and self._traced is None:
                self._traced = program
                if self._receiver.carries_calls:
                    self._receiver.use(configuration.program, program)
        return self._traced

    async def trace(self, source: str, count: int, seconds: float) -> list[TracedMessage]:
        """See `Tracer.trace`."""
        if self._asked is not None:
            raise UnavailableError("another trace is waiting", code="trace-busy")
        asked = self._asked = _Asked(source, count, [], Deferred())
        try:
            program = await self._ready()
        except BaseException:
            self._asked = None
            raise
        if program is self._traced:
            watched = program.watched(self._look)
            self._receiver.use(watched, watched)
            asked.end = self._reactor.callLater(seconds, self._finish, asked)
            await asked.done
        return [TracedMessage(who, what, tuple(trace_lines(trace))) for who, what, trace in asked.seen]

    def _look(self, ctx: RouteContext) -> None:
        asked = self._asked
        if asked is None or not asked.count or (asked.source and ctx.source_ip != asked.source):
            return
        asked.count -= 1
        if ctx.trace is None:
            ctx.trace = Trace()
        asked.seen.append(
            (f"{ctx.protocol.lower()}:{ctx.source_ip}:{ctx.source_port}", f"{ctx.method} {ctx.uri}", ctx.trace)
        )
        if not asked.count:  # once the script is through with it
            self._reactor.callLater(0, self._finish, asked)

    def _finish(self, asked: _Asked) -> None:
        if self._asked is not asked:
            return
        self._asked = None
        self._receiver.use(self._configuration.program, self._traced)
        if asked.end is not None and asked.end.active():
            asked.end.cancel()
        asked.done.callback(None)
