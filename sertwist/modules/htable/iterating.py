"""`sht_iterator_start` and the like: look at a table's entries one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.htable.using import TABLE, Using
from sertwist.script.declare import Argument, Kind, RouteKind, Variable

if TYPE_CHECKING:
    from sertwist.modules.htable.store import Entry
    from sertwist.modules.htable.table import Table
    from sertwist.script.context import RouteContext

__all__ = ["Iterating"]

_NAME = Argument(name="iterator")
_KEY = object()  # of what is noted for a message


class _Iterator:
    """Where one is: a slot is copied when it is reached."""

    __slots__ = ("entry", "key", "rest", "slot", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.slot = 0
        self.rest: list[tuple[str, Entry]] = []
        self.key: str | None = None
        self.entry: Entry | None = None

    def move(self, now: float) -> bool:
        """To the next entry that has not gone meanwhile; False behind the last."""
        self.key = self.entry = None
        while True:
            if self.rest:
                key = self.rest.pop()[0]
                entry = self.table.entry(key, now)
                if entry is not None:
                    self.key, self.entry = key, entry
                    return True
            elif self.slot < self.table.slots:
                self.rest = self.table.slot(self.slot, now)
                self.slot += 1
            else:
                return False


def _iterators(ctx: RouteContext) -> dict[str, _Iterator]:
    return ctx.note(_KEY, dict)


class Iterating(Using):
    """Iterators have names of their own and end with the message."""

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        return [
            *super().variables(),
            Variable(
                variable="shtitkey", get=_key, argument=str, module="htable", help="The key that an iterator is at."
            ),
            Variable(
                variable="shtitval",
                get=_value,
                kind=Kind.ANY,
                argument=str,
                module="htable",
                help="The value of that key.",
            ),
        ]

    @function("sht_iterator_start", _NAME, TABLE, routes=RouteKind.ANY)
    def begin(self, ctx: RouteContext, name: str, table: Table) -> int:
        """Begin to look at the entries of a table; `sht_iterator_next` goes to the first."""
        _iterators(ctx)[name] = _Iterator(table)
        return 1

    @function("sht_iterator_next", _NAME, routes=RouteKind.ANY)
    def move(self, ctx: RouteContext, name: str) -> int:
        """Go to the next entry. Returns -1 when there is none, and when the iterator was not started."""
        iterator = _iterators(ctx).get(name)
        return 1 if iterator is not None and iterator.move(self.host.clock()) else -1

    @function("sht_iterator_end", _NAME, routes=RouteKind.ANY)
    def end(self, ctx: RouteContext, name: str) -> int:
        """Be done with an iterator."""
        return 1 if _iterators(ctx).pop(name, None) is not None else -1

    @function("sht_iterator_rm", _NAME, routes=RouteKind.ANY)
    def remove_here(self, ctx: RouteContext, name: str) -> int:
        """Forget the entry that an iterator is at."""
        at = _iterators(ctx).get(name)
        return 1 if at is not None and at.key is not None and at.table.remove(at.key) else -1

    @function("sht_iterator_sets", _NAME, Argument(name="value"), routes=RouteKind.ANY)
    def set_text_here(self, ctx: RouteContext, name: str, value: str) -> int:
        """Write a text to the entry that an iterator is at."""
        return self._set(ctx, name, value)

    @function("sht_iterator_seti", _NAME, Argument(name="value", kind=Kind.NUMBER), routes=RouteKind.ANY)
    def set_number_here(self, ctx: RouteContext, name: str, value: int) -> int:
        """Write a number to the entry that an iterator is at."""
        return self._set(ctx, name, value)

    @function("sht_iterator_setex", _NAME, Argument(name="seconds", kind=Kind.NUMBER), routes=RouteKind.ANY)
    def live_for_here(self, ctx: RouteContext, name: str, seconds: int) -> int:
        """Let the entry that an iterator is at expire in `seconds`, never for 0."""
        at = _iterators(ctx).get(name)
        return 1 if at is not None and at.key and at.table.live_for(at.key, seconds, self.host.clock()) else -1

    def _set(self, ctx: RouteContext, name: str, value: str | int) -> int:
        at = _iterators(ctx).get(name)
        return 1 if at is not None and at.key is not None and self.write(ctx, at.table, at.key, value) else -1


def _key(ctx: RouteContext, name: str) -> str | None:
    at = _iterators(ctx).get(name)
    return None if at is None else at.key


def _value(ctx: RouteContext, name: str) -> str | int | None:
    at = _iterators(ctx).get(name)
    return None if at is None or at.entry is None else at.entry.value
