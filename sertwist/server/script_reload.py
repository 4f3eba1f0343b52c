"""`ScriptReloads`: another version of the script put in force while the server runs, or nothing changed at all.

The new file is read, checked and compiled in a thread, bound to the modules that run: what they keep (tables, TLS
domains, connections) stays. So what a module was started with, most settings and the sockets, can't change this way:
such a change is one of the reasons why nothing is. Settings that can be changed while the server runs do change.
Requests in progress finish on the routes that they began with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from sertwist.errors import ConfigError
from sertwist.modules.host import ScriptOutcome, ScriptState
from sertwist.modules.log_levels import scale_of
from sertwist.script.compile import compile_script
from sertwist.script.diagnostic import Severity, headline
from sertwist.server.configuration import Configuration, load_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.modules.groups import Groups
    from sertwist.modules.settings import SettingValue
    from sertwist.server.host import ServerHost

__all__ = ["ScriptReloads"]

_RESTART = "restart the server for that"


class ScriptReloads:
    """The script in force, and how it is followed by another.

    Attributes:
        configuration: that the server runs by; its modules are those that it was started with.
        generation: 1 at the start, one more with each reload that was taken.
        since: when the script was put in force, seconds since the epoch.
    """

    def __init__(self, host: ServerHost, configuration: Configuration, use: Callable[[Configuration], None]) -> None:
        """`use` puts a script in force."""
        self.configuration = configuration
        self.generation = 1
        self.since = host.started_at
        self._host = host
        self._use = use
        self._digest = configuration.digest
        self._waiting: list[Deferred[ScriptOutcome]] | None = None

    def state(self) -> ScriptState:
        """What is in force."""
        configuration = self.configuration
        return ScriptState(
            path=str(configuration.path),
            digest=self._digest,
            generation=self.generation,
            since=self.since,
            routes=configuration.program.route_names,
        )

    async def is_current(self) -> bool:
        """Whether the files are still what is in force; a script that can't be read is not."""
        running = self.configuration
        try:
            read = await self._host.in_thread(lambda: load_configuration(running.path, running.reading))
        except ConfigError:
            return False
        return read.digest == self._digest

    async def reload(self, *, take: bool = True) -> ScriptOutcome:
        """Read the script again; callers who ask meanwhile share the outcome.

        Args:
            take: put it in force when it has no error; else only tell what would happen.
        """
        if not take:
            return (await self._read())[1]
        if self._waiting is not None:
            shared: Deferred[ScriptOutcome] = Deferred()
            self._waiting.append(shared)
            return await shared
        self._waiting = []
        try:
            outcome = await self._taken()
        except BaseException as error:
            for each in self._end_wait():
                each.errback(error)
            raise
        for each in self._end_wait():
            each.callback(outcome)
        return outcome

    def _end_wait(self) -> list[Deferred[ScriptOutcome]]:
        waiting, self._waiting = self._waiting or [], None
        return waiting

    async def _taken(self) -> ScriptOutcome:
        read, outcome = await self._read()
        if read is None:
            return outcome
        configuration, groups = read
        self.configuration = configuration
        self._digest = configuration.digest
        self.generation += 1
        self.since = self._host.environment.wall_clock()
        self.configuration.loaded.groups.follow(groups)
        self._host.environment.log_scale = scale_of(configuration.dialect)
        self._use(configuration)
        return replace(outcome, taken=True, generation=self.generation)

    async def _read(self) -> tuple[tuple[Configuration, Groups] | None, ScriptOutcome]:
        """The script as it is now, bound to the running modules, and its settings; None when it can't be used."""
        running = self.configuration
        try:
            read = await self._host.in_thread(
                lambda: _rebound(load_configuration(running.path, running.reading), running)
            )
        except ConfigError as error:
            return None, self._outcome((str(error),), usable=False)
        return read, self._outcome(read[0].findings, usable=True)

    def _outcome(self, findings: tuple[str, ...], *, usable: bool) -> ScriptOutcome:
        """That of a script which is not taken, or not yet."""
        return ScriptOutcome(usable=usable, taken=False, generation=self.generation, findings=findings)


def _rebound(new: Configuration, running: Configuration) -> tuple[Configuration, Groups]:
    """`new` with its routes bound to the modules of `running`, and its own settings.

    Raises:
        ConfigError: it differs in something that modules or sockets are started with; the text holds every difference.
    """
    reasons = list(_differences(new, running))
    if reasons:
        raise ConfigError("\n".join(reasons), code="script-restart")
    program = compile_script(new.script, running.loaded.catalogue, new.dialect)
    return new.bound_to(running.loaded, program), new.loaded.groups


def _differences(new: Configuration, running: Configuration) -> Iterator[str]:
    place = str(new.path)

    def line(text: str) -> str:
        return headline(place, Severity.ERROR, text, _RESTART)

    if new.addresses != running.addresses:
        yield line("the listen lines are others than those that the server was started with")
    before = {module.name: module for module in running.loaded.modules}
    after = {module.name: module for module in new.loaded.modules}
    for name in before.keys() - after.keys():
        yield line(f"module {name!r} is no longer loaded")
    for name in after.keys() - before.keys():
        yield line(f"module {name!r} was not loaded when the server was started")
    for name in sorted(before.keys() & after.keys()):
        for setting in _changed_lists(before[name].settings, after[name].settings):
            yield line(f"the setting {setting!r}{_owner(name)} has changed")
    for changed in running.loaded.groups.restarts(new.loaded.groups):
        group, _, setting = changed.partition(".")
        if setting:
            yield line(f"the setting {setting!r}{_owner(group)} has changed")
        elif group not in before.keys() ^ after.keys():
            yield line(f"the group {group!r} has other settings than when the server was started")


def _changed_lists(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Settings that keep every value given, and were given others."""
    return [name for name, value in now.items() if isinstance(value, list) and _plain(was[name]) != _plain(value)]


def _owner(module: str) -> str:
    return "" if module == "core" else f" of module {module!r}"


def _plain(values: list[SettingValue]) -> list[object]:
    """Values without the places in the file that they came from."""
    return [each.value for each in values]
