"""The `htable` module's class: parameters, its tables, what expires; functions and methods are its mixins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sertwist.modules.htable.counting import warn_of_counting
from sertwist.modules.htable.iterating import Iterating
from sertwist.modules.htable.methods import TableMethods
from sertwist.modules.htable.removing import Removing
from sertwist.modules.htable.using import Using
from sertwist.script.declare import Event, Kind, Parameter, RouteKind, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext

__all__ = ["HtableModule"]

_RECORD = object()  # of what is noted for an event: the entry that has expired
_EXPIRED = "htable:expired:"  # and the table's name
_DATABASE = "tables that a database fills are not available yet in this version"
_REPLICATION = "there is no replication between servers"


class HtableModule(Iterating, Removing, TableMethods, Using):
    """Tables that all messages share."""

    name = "htable"
    help = "Tables of keys and values that all messages share, with expiry."
    events: ClassVar[tuple[Event, ...]] = (
        Event(name="htable:mod-init", help="Once at the start, before anything is received."),
        Event(name="htable:expired", takes_name=True, help="An entry of the table named has expired."),
    )
    parameters: ClassVar[tuple[Parameter, ...]] = (
        *Using.parameters,
        Parameter(
            name="timer_interval",
            kind=Kind.NUMBER,
            default=20,
            minimum=1,
            maximum=3_600,
            unit="seconds",
            help="Between two looks for expired entries; one that has expired can't be read at once.",
        ),
        *(
            Parameter(name=name, kind=Kind.TEXT, ignored=_DATABASE)
            for name in (
                "db_url",
                "key_name_column",
                "key_type_column",
                "value_type_column",
                "key_value_column",
                "expires_column",
                "array_size_suffix",
                "fetch_rows",
                "db_expires",
            )
        ),
        *(
            Parameter(name=name, ignored="events run the script's own event routes")
            for name in ("event_callback", "event_callback_mode")
        ),
        *(Parameter(name=name, kind=Kind.TEXT, ignored=_REPLICATION) for name in ("enable_dmq", "dmq_init_sync")),
        *(
            Parameter(name=name, kind=Kind.TEXT, ignored="one timer serves all tables")
            for name in ("timer_procs", "timer_mode")
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._sweeping = False

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`; an event of a table that does not exist is never raised."""
        super().set_up(setup)
        warn_of_counting(setup, self.tables)
        for route in setup.script.routes:
            if route.kind is RouteKind.EVENT and (route.name or "").startswith(_EXPIRED):
                try:
                    self.table(str(route.name).removeprefix(_EXPIRED))
                except ValueError as error:
                    setup.diagnostics.error("bad-table", route.name_span, str(error))

    def start(self, host: Host) -> None:
        """See `Module.start`; `event_route[htable:mod-init]` fills the tables before anything is received."""
        super().start(host)
        host.every(self.settings["timer_interval"], self._sweep)
        self.locks.start(host)
        host.begin(host.raise_event("htable:mod-init"))

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        record = Variable(
            variable="shtrecord",
            get=_record,
            kind=Kind.ANY,
            words=("key", "value"),
            module="htable",
            help="In `event_route[htable:expired:NAME]`: what the entry that has expired was.",
        )
        return [*super().variables(), record]

    def _sweep(self) -> None:
        """Look through all tables, with turns of everybody else between; not twice at once."""
        if not self._sweeping:
            self._sweeping = True
            self.host.in_turns(self._expire())

    def _expire(self) -> Iterator[None]:
        try:
            for name, table in self.tables.items():
                for number in range(table.slots):
                    for key, value in table.take_expired(number, self.host.clock()):
                        notes = {_RECORD: {"key": key, "value": value}}
                        self.host.begin(self.host.raise_event(_EXPIRED + name, notes=notes))
                    yield
        finally:
            self._sweeping = False


def _record(ctx: RouteContext, part: str) -> str | int | None:
    record: dict[str, str | int] = ctx.note(_RECORD, dict)
    return record.get(part)
