"""Functions and variables that concern many entries of a table: removing, finding, counting."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sertwist.modules.declare import function
from sertwist.modules.htable.selecting import OPERATORS, Wanted, test_of, test_of_text
from sertwist.modules.htable.using import TABLE, Using
from sertwist.script.declare import Argument, Function, Kind, RouteKind, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.htable.table import Table
    from sertwist.script.context import RouteContext

__all__ = ["Removing"]

_PATTERN = Argument(name="table=>pattern", literal=True)
_OPERATOR = Argument(name="operator", words=OPERATORS)
_VALUE = Argument(name="value", literal=True, prepare=Wanted, dynamic=partial(Wanted, is_escaped=True))


class Chosen(NamedTuple):
    """Entries of a table: those whose key or value passes a test."""

    table: Table
    test: Callable[[str | int], bool]


class Removing(Using):
    """Many entries at once. All are looked at in one go: a table of 100,000 takes some 20 ms."""

    def functions(self) -> list[Function]:
        """See `Module.functions`; patterns are made when the script is loaded."""
        return [
            replace(each, arguments=tuple(self._prepared(argument) for argument in each.arguments))
            for each in super().functions()
        ]

    def _prepared(self, argument: Argument) -> Argument:
        if argument.name != _PATTERN.name:
            return argument
        return replace(argument, prepare=self._by_pattern, begins=self.begins)

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        counts = (("shtcn", self._count_keys, "keys"), ("shtcv", self._count_values, "values"))
        return [
            *super().variables(),
            *(
                Variable(
                    variable=name,
                    get=get,
                    kind=Kind.NUMBER,
                    argument=self._by_text,
                    begins=self.begins,
                    literal=True,
                    module="htable",
                    help=f"How many {what} match: `table=>~~pattern`, `~%beginning`, `==text`, `eqnumber`, `*`.",
                )
                for name, get, what in counts
            ),
        ]

    def _by_pattern(self, text: str) -> Chosen:
        name, _, pattern = text.partition("=>")
        if not pattern:
            raise ValueError("write table=>pattern")
        return Chosen(self.table(name), test_of("re", Wanted(pattern)))

    def _by_text(self, text: str) -> Chosen:
        name, _, which = text.partition("=>")
        if not which:
            raise ValueError("write table=>~~pattern, table=>~%beginning, table=>==text or table=>*")
        return Chosen(self.table(name), test_of_text(which))

    def _count_keys(self, _ctx: RouteContext, chosen: Chosen) -> int:
        return len(self._keys(chosen))

    def _count_values(self, _ctx: RouteContext, chosen: Chosen) -> int:
        return len(self._keys(chosen, by_value=True))

    def _keys(self, chosen: Chosen, *, by_value: bool = False) -> list[str]:
        items = chosen.table.items(self.host.clock())
        return [key for key, entry in items if chosen.test(entry.value if by_value else key)]

    def _remove(self, chosen: Chosen, *, by_value: bool = False) -> int:
        for key in self._keys(chosen, by_value=by_value):
            chosen.table.remove(key)
        return 1

    def _exists(self, chosen: Chosen, *, by_value: bool = False) -> int:
        items = chosen.table.items(self.host.clock())
        return 1 if any(chosen.test(entry.value if by_value else key) for key, entry in items) else -1

    @staticmethod
    def _with(ctx: RouteContext, table: Table, operator: str, wanted: Wanted, do: Callable[[Chosen], int]) -> int:
        """What `do` makes of the entries chosen; -1 when the pattern can't be used, which is logged."""
        try:
            return do(Chosen(table, test_of(operator, wanted)))
        except ValueError as error:
            ctx.environment.complain(f"htable: {error}")
            return -1

    @function("sht_rm_name_re", _PATTERN, routes=RouteKind.ANY)
    def remove_keys_like(self, _ctx: RouteContext, chosen: Chosen) -> int:
        """Forget all entries whose key matches the pattern."""
        return self._remove(chosen)

    @function("sht_rm_value_re", _PATTERN, routes=RouteKind.ANY)
    def remove_values_like(self, _ctx: RouteContext, chosen: Chosen) -> int:
        """Forget all entries whose value matches the pattern."""
        return self._remove(chosen, by_value=True)

    @function("sht_rm_name", TABLE, _OPERATOR, _VALUE, routes=RouteKind.ANY)
    def remove_keys(self, ctx: RouteContext, table: Table, operator: str, wanted: Wanted) -> int:
        """Forget all entries whose key is equal to (`eq`), starts (`sw`), ends (`ew`) with, holds (`in`) `value`."""
        return self._with(ctx, table, operator, wanted, self._remove)

    @function("sht_rm_value", TABLE, _OPERATOR, _VALUE, routes=RouteKind.ANY)
    def remove_values(self, ctx: RouteContext, table: Table, operator: str, wanted: Wanted) -> int:
        """The same by the entries' values."""
        return self._with(ctx, table, operator, wanted, partial(self._remove, by_value=True))

    @function("sht_match_name", TABLE, _OPERATOR, _VALUE, aliases=("sht_has_name",), routes=RouteKind.ANY)
    def has_key(self, ctx: RouteContext, table: Table, operator: str, wanted: Wanted) -> int:
        """Whether there is an entry whose key is equal to (`eq`), other than (`ne`), starts with (`sw`) `value` ..."""
        return self._with(ctx, table, operator, wanted, self._exists)

    @function("sht_match_str_value", TABLE, _OPERATOR, _VALUE, aliases=("sht_has_str_value",), routes=RouteKind.ANY)
    def has_value(self, ctx: RouteContext, table: Table, operator: str, wanted: Wanted) -> int:
        """Whether there is an entry whose value is so."""
        return self._with(ctx, table, operator, wanted, partial(self._exists, by_value=True))
