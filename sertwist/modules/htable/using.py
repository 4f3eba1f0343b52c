"""`$sht` and its relatives, and the functions that read, write and lock one key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sertwist.limits import TableLimits
from sertwist.modules.declare import Module, function
from sertwist.modules.htable.definition import read_definition
from sertwist.modules.htable.store import Budget
from sertwist.modules.htable.table import Table, make_table
from sertwist.modules.script_locks import ScriptLocks
from sertwist.script.declare import Argument, Function, Kind, Parameter, RouteKind, Variable
from sertwist.script.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext

__all__ = ["PLACE", "TABLE", "Place", "Using"]

#: Arguments of these names are looked up when the script is loaded.
PLACE = Argument(name="table=>key")
TABLE = Argument(name="table")
_DEFAULTS = TableLimits()


class Place(NamedTuple):
    """A key of a table."""

    table: Table
    key: str


class Using(Module):
    """The tables.

    Attributes:
        tables: by name.
        locks: of single keys.
    """

    host: Host
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="htable",
            accumulates=True,
            help="A table: `name=>size=8;autoexpire=120;initval=0;updateexpire=1`.",
        ),
        Parameter(
            name="max_entries",
            kind=Kind.NUMBER,
            default=_DEFAULTS.max_entries,
            minimum=1,
            maximum=100_000_000,
            unit="entries",
            help="Of one table; more are refused.",
        ),
        Parameter(
            name="max_bytes",
            kind=Kind.NUMBER,
            default=_DEFAULTS.max_bytes,
            minimum=1_024,
            maximum=2**40,
            unit="bytes",
            help="Of the entries of all tables together.",
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.tables: dict[str, Table] = {}
        self.locks = ScriptLocks()

    def set_up(self, setup: Setup) -> None:
        """Make the tables."""
        super().set_up(setup)
        limits = replace(_DEFAULTS, max_entries=self.settings["max_entries"], max_bytes=self.settings["max_bytes"])
        budget = Budget(limits.max_bytes)
        for each in self.settings["htable"]:
            try:
                definition = read_definition(str(each.value))
            except ValueError as error:
                setup.error("bad-table", each, f"htable: {error}")
                continue
            for option, why in definition.ignored:
                setup.warning("setting-ignored", each, f"option {option!r} has no effect here: {why}")
            if definition.name in self.tables:
                setup.error("duplicate-table", each, f"table {definition.name!r} is declared twice")
            elif len(self.tables) >= limits.max_tables:
                setup.error("bad-table", each, f"there are more than {limits.max_tables} tables")
            else:
                self.tables[definition.name] = make_table(definition, limits, budget)

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    def table(self, name: str) -> Table:
        """The table `name`.

        Raises:
            ValueError: there is none.
        """
        found = self.tables.get(name.strip())
        if found is None:
            near = did_you_mean(name, self.tables)
            raise ValueError(f"unknown table {name!r}{'; ' + near if near else ''}")
        return found

    def begins(self, text: str) -> None:
        """Look at the beginning of `table=>key`.

        Raises:
            ValueError: it names a table, and there is none of this name.
        """
        name, arrow, _ = text.partition("=>")
        if arrow:
            self.table(name)

    def place_behind(self, text: str) -> Callable[[str], Place] | None:
        """What makes a `Place` of the rest of `table=>key`, where `text` is its beginning; None without the arrow.

        Raises:
            ValueError: as of `begins`.
        """
        name, arrow, first = text.partition("=>")
        if not arrow:
            return None
        table = self.table(name)

        def place(rest: str) -> Place:
            if not (first or rest):
                raise ValueError("the key is empty")
            return Place(table, first + rest)

        return place

    def place(self, text: str) -> Place:
        """What `table=>key` means; blanks around the key are part of it.

        Raises:
            ValueError: it is nothing of the kind, or there is no such table.
        """
        name, arrow, key = text.partition("=>")
        if not arrow or not key:
            raise ValueError("write table=>key")
        return Place(self.table(name), key)

    def functions(self) -> list[Function]:
        """See `Module.functions`; tables and keys are looked up when the script is loaded."""
        ours = {
            PLACE.name: replace(PLACE, prepare=self.place, begins=self.begins),
            TABLE.name: replace(TABLE, prepare=self.table),
        }
        return [
            replace(each, arguments=tuple(ours.get(argument.name, argument) for argument in each.arguments))
            for each in super().functions()
        ]

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""

        def variable(name: str, get: Callable[..., object], text: str, **more: Any) -> Variable:
            return Variable(
                variable=name,
                get=get,
                argument=self.place,
                begins=self.place_behind,
                module="htable",
                help=text,
                **more,
            )

        return [
            *super().variables(),
            variable(
                "sht",
                self._get,
                "The value of a key; its table's `initval` without an entry.",
                kind=Kind.ANY,
                put=self._put,
            ),
            variable(
                "shtex",
                self._seconds_left,
                "Seconds until an entry expires, 0 for never; writing lets it expire then.",
                kind=Kind.NUMBER,
                put=self._live_for,
            ),
            variable("shtinc", self._increase, "Adds 1 to a key and is the sum.", kind=Kind.NUMBER),
            variable("shtdec", self._decrease, "Takes 1 from a key and is the rest.", kind=Kind.NUMBER),
        ]

    def _get(self, _ctx: RouteContext, place: Place) -> str | int | None:
        table, key = place
        return table.get(key, self.host.clock())

    def _put(self, ctx: RouteContext, place: Place, value: str | int | None) -> None:
        if value is None:
            place.table.remove(place.key)
        else:
            self.write(ctx, place.table, place.key, value)

    def write(
        self, ctx: RouteContext, table: Table, key: str, value: str | int, *, lifetime: int | None = None
    ) -> bool:
        """Write a key; what is refused is counted."""
        written = table.put(key, value, self.host.clock(), lifetime=lifetime)
        if not written:
            ctx.environment.count("htable.refused")
        return written

    def _seconds_left(self, _ctx: RouteContext, place: Place) -> int:
        return place.table.seconds_left(place.key, self.host.clock())

    def _live_for(self, _ctx: RouteContext, place: Place, value: str | int | None) -> None:
        if isinstance(value, int):
            place.table.live_for(place.key, value, self.host.clock())

    def _increase(self, _ctx: RouteContext, place: Place) -> int | None:
        return place.table.add(place.key, 1, self.host.clock())

    def _decrease(self, _ctx: RouteContext, place: Place) -> int | None:
        return place.table.add(place.key, -1, self.host.clock())

    @function("sht_inc", PLACE, routes=RouteKind.ANY)
    def increase(self, ctx: RouteContext, place: Place) -> int:
        """Add 1 to a key. Returns the sum when it is more than 0; -255 when it is not or there is no number."""
        return _result(self._increase(ctx, place))

    @function("sht_dec", PLACE, routes=RouteKind.ANY)
    def decrease(self, ctx: RouteContext, place: Place) -> int:
        """Take 1 from a key. Returns the rest when it is more than 0; -255 when it is not or there is no number."""
        return _result(self._decrease(ctx, place))

    @function("sht_lock", PLACE, routes=RouteKind.ANY)
    async def lock(self, ctx: RouteContext, place: Place) -> int:
        """Wait until no other message holds this key, and hold it until `sht_unlock`, ten seconds at most.

        Returns -1 when too many wait already.
        """
        return await self.locks.lock(ctx, f"{place.table.definition.name}=>{place.key}")

    @function("sht_unlock", PLACE, routes=RouteKind.ANY)
    def unlock(self, ctx: RouteContext, place: Place) -> int:
        """Give the key back. Returns -1 when this message does not hold it."""
        return self.locks.unlock(ctx, f"{place.table.definition.name}=>{place.key}")

    @function(
        "sht_setxs",
        TABLE,
        Argument(name="key"),
        Argument(name="value"),
        Argument(name="seconds", kind=Kind.NUMBER),
        routes=RouteKind.ANY,
    )
    def set_text(self, ctx: RouteContext, table: Table, key: str, value: str, seconds: int) -> int:
        """Write a text that expires in `seconds`, 0 for never. Returns -1 when there is no room."""
        return 1 if self.write(ctx, table, key, value, lifetime=seconds) else -1

    @function(
        "sht_setxi",
        TABLE,
        Argument(name="key"),
        Argument(name="value", kind=Kind.NUMBER),
        Argument(name="seconds", kind=Kind.NUMBER),
        routes=RouteKind.ANY,
    )
    def set_number(self, ctx: RouteContext, table: Table, key: str, value: int, seconds: int) -> int:
        """Write a number that expires in `seconds`, 0 for never. Returns -1 when there is no room."""
        return 1 if self.write(ctx, table, key, value, lifetime=seconds) else -1

    @function("sht_reset", TABLE, routes=RouteKind.ANY)
    def reset(self, _ctx: RouteContext, table: Table) -> int:
        """Forget all entries of a table."""
        table.clear()
        return 1

    @function("sht_rm", TABLE, Argument(name="key"), routes=RouteKind.ANY)
    def remove(self, _ctx: RouteContext, table: Table, key: str) -> int:
        """Forget the entry of a key, if there is one."""
        table.remove(key)
        return 1

    @function("sht_print", routes=RouteKind.ANY)
    def show(self, _ctx: RouteContext) -> int:
        """Write how many entries each table has to the log; `htable.dump` shows them."""
        for name, table in self.tables.items():
            self.host.log("info", "htable: {table} has {count} entries", table=name, count=len(table))
        return 1


def _result(value: int | None) -> int:
    """A sum as what a function returns: 0 would end the script."""
    return value if value is not None and value > 0 else -255
