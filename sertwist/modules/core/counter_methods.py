"""`stats.*` and `cnt.*`: the server's counters (reference rpc 10.11).

A counter's group is the module that counts; `tls.failed.expired` is `failed.expired` of group `tls`. Beside what is
counted there are values of this moment, `tcp` and `shmem`, by the names that exporters ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import Module, method
from sertwist.modules.process_memory import read_memory
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.modules.host import Host

__all__ = ["CounterMethods"]

_WHICH: Final = Param(name="which", type=Type.STRING, rest=True, optional=True, help="`all`, `group:`, or names")
_GROUP: Final = Param(name="group", type=Type.STRING)
_NAME: Final = Param(name="name", type=Type.STRING)
_UNKNOWN: Final = (400, "non-existent counter")


class CounterMethods(Module):
    """What an operator asks of counters."""

    host: Host

    @method("stats.get_statistics", _WHICH, result=Type.ARRAY)
    def get_statistics(self, _request: object, *which: str) -> list[str]:
        """Counters, a text `group:name = value` each; a name that there is not is left out."""
        return [f"{group}:{name} = {value}" for group, name, value in self._chosen(which)]

    @method("stats.fetch", _WHICH, result=Type.STRUCT)
    def fetch(self, _request: object, *which: str) -> dict[str, str]:
        """Counters as texts by `group.name`."""
        return {f"{group}.{name}": str(value) for group, name, value in self._chosen(which)}

    @method("stats.fetchn", _WHICH, result=Type.STRUCT)
    def fetch_numbers(self, _request: object, *which: str) -> dict[str, int]:
        """Counters as numbers by `group.name`."""
        return {f"{group}.{name}": value for group, name, value in self._chosen(which)}

    @method(
        "stats.reset_statistics",
        _WHICH,
        result=Type.ARRAY,
        effect=Effect.WRITE,
        aliases=("stats.clear_statistics",),
    )
    def reset_statistics(self, _request: object, *which: str) -> list[str]:
        """Let counters begin at 0 again: `group:name = new (old)` each. Values of this moment stay."""
        counters, shown = self.host.environment.counters, []
        for group, name, value in self._chosen(which):
            if f"{group}.{name}" in counters:
                counters[f"{group}.{name}"] = 0
                shown.append(f"{group}:{name} = 0 ({value})")
        return shown

    @method("cnt.list_groups", result=Type.ARRAY, aliases=("cnt.grps_list",))
    def list_groups(self, _request: object) -> list[str]:
        """The groups that have counters."""
        return sorted({group for group, _, _ in self._all()})

    @method("cnt.list_vars", _GROUP, result=Type.ARRAY, aliases=("cnt.var_list",), errors=(_UNKNOWN,))
    def list_counters(self, _request: object, group: str) -> list[str]:
        """The names of a group's counters."""
        return list(self._counters_of(group))

    @method(
        "cnt.get",
        _GROUP,
        Param(name="name", type=Type.STRING, optional=True, help="all of the group"),
        result=Type.ANY,
        errors=(_UNKNOWN,),
    )
    def get_counter(self, _request: object, group: str, name: str | None = None) -> int | dict[str, int]:
        """A counter's value; without a name those of the group, as a struct."""
        return self._counters_of(group) if name is None else self._counter(group, name)

    @method("cnt.get_raw", _GROUP, _NAME, result=Type.I8, errors=(_UNKNOWN,))
    def get_raw(self, _request: object, group: str, name: str) -> int:
        """A counter's value."""
        return self._counter(group, name)

    @method("cnt.get_vars", _GROUP, result=Type.STRUCT, aliases=("cnt.grp_get_all",), errors=(_UNKNOWN,))
    def get_group(self, _request: object, group: str) -> dict[str, int]:
        """All counters of a group."""
        return self._counters_of(group)

    @method("cnt.reset", _GROUP, _NAME, result=Type.STRUCT, effect=Effect.WRITE, errors=(_UNKNOWN,))
    def reset_counter(self, _request: object, group: str, name: str) -> dict[str, int]:
        """Let a counter begin at 0 again: old, new. A value of this moment stays what it is."""
        old = self._counter(group, name)
        if f"{group}.{name}" not in self.host.environment.counters:
            raise Fault(488, "Not a counter: it is a value of this moment")
        self.host.environment.counters[f"{group}.{name}"] = 0
        return {"old": old, "new": 0}

    @method("cnt.help", _GROUP, _NAME, errors=(_UNKNOWN,))
    def help_of(self, _request: object, group: str, name: str) -> str:
        """What a counter is."""
        self._counter(group, name)
        if f"{group}.{name}" in self.host.environment.counters:
            return f"Counted by {group} since the start."
        return "A value of this moment."

    def _all(self) -> Iterator[tuple[str, str, int]]:
        """Group, name and value of each, in order."""
        counted = [(*name.partition(".")[::2], value) for name, value in self.host.environment.counters.items()]
        yield from sorted((*counted, *self._moments()))

    def _moments(self) -> Iterator[tuple[str, str, int]]:
        rows = list(self.host.connections())
        yield "tcp", "current_opened_connections", len(rows)
        yield "tcp", "current_write_queue_size", sum(row.queued_bytes for row in rows)
        memory = read_memory()
        yield "shmem", "total_size", memory.total
        yield "shmem", "used_size", memory.resident
        yield "shmem", "real_used_size", memory.resident
        yield "shmem", "max_used_size", memory.most
        yield "shmem", "free_size", max(0, memory.total - memory.resident)
        yield "shmem", "fragments", 0

    def _chosen(self, which: tuple[str, ...]) -> list[tuple[str, str, int]]:
        """Those that `which` names; all when it is empty."""
        every = list(self._all())
        if not which or "all" in which:
            return every
        groups = {each[:-1] for each in which if each.endswith(":")}
        names = {each.replace(":", ".", 1) for each in which}
        return [row for row in every if row[0] in groups or row[1] in names or f"{row[0]}.{row[1]}" in names]

    def _counters_of(self, wanted: str) -> dict[str, int]:
        found = {name: value for group, name, value in self._all() if group == wanted}
        if not found:
            raise Fault(400, f"non-existent group {ascii(wanted)[:66]}")
        return found

    def _counter(self, group: str, name: str) -> int:
        value = self._counters_of(group).get(name)
        if value is None:
            raise Fault(400, "non-existent counter")
        return value
