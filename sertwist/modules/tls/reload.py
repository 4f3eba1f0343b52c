"""`Reloads`: new generations while the server runs: `tls.reload`, changed CA and CRL files, renewed certificates.

Everything new is built and tried in a thread, then put in force in one step or not at all. One change is made at a
time; callers who ask while one is made get its outcome (reference tls 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.tls.loading.problem import Problem
from sertwist.tls.loading.trust import reload_trust
from sertwist.tls.watch import FileWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.defer import Deferred, DeferredLock

    from sertwist.modules.host import Host
    from sertwist.modules.tls.generation import Generation, GenerationSource

__all__ = ["ReloadOutcome", "Reloads"]

MOST_TRIES: Final = 4  # of reading files that change while they are read
_RESTLESS: Final = Problem(None, "error", "the files change while they are read", "ask again when they are written")


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """How a reload ended.

    Attributes:
        generation: number of the generation in force afterwards.
        taken: whether it is a new one.
        domains: how many domains that one has.
        problems: everything found; with an error among them nothing was changed.
    """

    generation: int
    domains: int
    taken: bool
    problems: tuple[Problem, ...]


class Reloads:
    """Makes the generations that follow the first.

    Attributes:
        in_force: the present generation.
        number: the last number given to a generation.
        locate: a problem's `where` as file and line.
        on_change: called when another generation was put in force.
    """

    def __init__(self, source: GenerationSource, first: Generation, locate: Callable[[object], str] = str) -> None:
        """Begin with `first`, which is adopted."""
        self.in_force = first
        self.number = first.table.generation
        self._source = source
        self.locate = locate
        self.on_change: Callable[[], None] = lambda: None
        source.adopt(first)
        self._watch = FileWatch(first.files)
        self._taken: DeferredLock | None = None
        self._waiting: list[Deferred[ReloadOutcome]] | None = None

    async def reload(self, host: Host) -> ReloadOutcome:
        """Read everything again; callers meanwhile share the outcome, which saw what they may have changed before."""
        if self._waiting is not None:
            from twisted.internet.defer import Deferred  # noqa: PLC0415 (as in `_lock`)

            shared: Deferred[ReloadOutcome] = Deferred()
            self._waiting.append(shared)
            return await shared
        self._waiting = []
        try:
            outcome = await self._alone(host)
        except BaseException as error:
            for each in self._end_wait():
                each.errback(error)
            raise
        for each in self._end_wait():
            each.callback(outcome)
        return outcome

    @property
    def _lock(self) -> DeferredLock:
        """One at a time; a script that is only checked does without Twisted."""
        if self._taken is None:
            from twisted.internet.defer import DeferredLock  # noqa: PLC0415 (see above)

            self._taken = DeferredLock()
        return self._taken

    def _end_wait(self) -> list[Deferred[ReloadOutcome]]:
        waiting, self._waiting = self._waiting or [], None
        return waiting

    async def _alone(self, host: Host) -> ReloadOutcome:
        await self._lock.acquire()
        try:
            generation, watch, problems = await self._read(host)
            if generation is not None:
                self._put_in_force(generation, watch)
            table = self.in_force.table
            return ReloadOutcome(table.generation, len(list(table)), generation is not None, tuple(problems))
        finally:
            self._lock.release()

    async def _read(self, host: Host) -> tuple[Generation | None, FileWatch, list[Problem]]:
        """A generation of files that were the same before and after they were read."""
        number, now, table = self.number + 1, host.environment.wall_clock(), self.in_force.table
        watch = FileWatch(self.in_force.files)
        problems: list[Problem] = []
        for _ in range(MOST_TRIES):
            generation, problems = await host.in_thread(lambda: self._source.build(number, now, table))
            named = watch.paths if generation is None else frozenset(generation.files)
            if named <= watch.paths and watch.is_unchanged():
                return generation, watch, problems
            watch = FileWatch(named)
        return None, watch, [*problems, _RESTLESS]

    def _put_in_force(self, generation: Generation, watch: FileWatch | None) -> None:
        self.number = generation.table.generation
        self.in_force = generation
        if watch is not None:
            self._watch = watch
        self._source.adopt(generation)
        self.on_change()

    def take_changed_files(self) -> frozenset[Path]:
        """Files of the generation in force that have changed since they were read or reported, and are written."""
        return self._watch.take_changes()

    async def refresh_trust(self, host: Host, changed: frozenset[Path]) -> None:
        """Read the CA certificates and CRLs again of each domain that has them from one of the `changed` files."""
        for name in [domain.name for domain in self.in_force.table if changed & {*domain.ca_files, *domain.crl_files}]:
            await self._lock.acquire()
            try:
                await self._refresh_domain(host, name)
            finally:
                self._lock.release()

    async def _refresh_domain(self, host: Host, name: str) -> None:
        factory = self.in_force.factory_of(name)
        if factory is None:
            return
        number, now = self.number + 1, host.environment.wall_clock()

        def renew() -> tuple[Generation, list[str]]:
            domain, warnings = reload_trust(factory.domain, now)
            return self.in_force.with_factory(factory.renewed(domain, generation=number), number), warnings

        try:
            generation, warnings = await host.in_thread(renew)
        except ConfigError as error:
            text = "tls domain {domain}: changed CA or CRL file not taken, the old data stays: {reason}"
            host.log("error", text, domain=name, reason=str(error))
            return
        self._put_in_force(generation, None)
        host.log("info", "tls domain {domain}: CA and CRL files read again", domain=name)
        for warning in warnings:
            host.log("warn", "tls domain {domain}: {warning}", domain=name, warning=warning)

    async def renew_contexts(self, host: Host) -> None:
        """New contexts of the same settings: the library's ticket keys live and die with a context."""
        await self._lock.acquire()
        try:
            number = self.number + 1
            self._put_in_force(await host.in_thread(lambda: self.in_force.renewed(number)), None)
        finally:
            self._lock.release()
