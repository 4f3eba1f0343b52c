"""The `htable.*` RPC methods (reference rpc 10.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import method
from sertwist.modules.htable.using import Using
from sertwist.modules.htable.wish import Wish
from sertwist.modules.pages import AFTER, FIELDS, LIMIT, page
from sertwist.rpc.declare import Cost, Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.modules.host import Host
    from sertwist.modules.htable.table import Table

__all__ = ["TableMethods"]

_TABLE = Param(name="table", type=Type.STRING)
_KEY = Param(name="key", type=Type.STRING)
_SECONDS = Param(name="seconds", type=Type.INT, minimum=0, help="until it expires; 0 for never")
_MOST_ENTRIES: Final = 10_000  # of one answer
_NO_TABLE: Final = (500, "No such htable")
_NO_KEY: Final = (404, "Key not found in htable.")
_STALE: Final = (409, "Conflict")
_NO_ROOM: Final = (500, "No room for it in the htable.")
_DRY: Final = Param(name="dry_run", type=Type.BOOLEAN, optional=True, help="tell what would be, change nothing")
_IF: Final = Param(
    name="if_generation", type=Type.INT, optional=True, help="only when the table has not changed since `htable.list`"
)
_SET: Final = "Ok. Key set to new value."


class TableMethods(Using):
    """What an operator asks of tables."""

    @method("htable.get", _TABLE, _KEY, result=Type.STRUCT)
    def get_entry(self, _request: object, table: str, key: str) -> dict[str, Any]:
        """One entry: name, value, flags (1 for a text), seconds until it expires (0 for never)."""
        found, now = self._named(table), self.host.clock()
        entry = found.entry(key, now)
        if entry is None:
            raise Fault(500, "Key name doesn't exist in htable.")
        flags = int(isinstance(entry.value, str))
        item = {"name": key, "value": entry.value, "flags": flags, "expire": found.seconds_left(key, now)}
        return {"item": item}

    @method(
        "htable.sets",
        _TABLE,
        _KEY,
        Param(name="value", type=Type.STRING),
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.WRITE,
        errors=(_NO_TABLE, _NO_ROOM, _STALE),
    )
    def set_text_entry(
        self,
        _request: object,
        table: str,
        key: str,
        value: str,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Write a text. With `dry_run` or `if_generation` the answer is a struct: old, new, generation, dry_run."""
        return self._write(table, key, value, None, Wish(dry_run, if_generation))

    @method(
        "htable.seti",
        _TABLE,
        _KEY,
        Param(name="value", type=Type.INT),
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.WRITE,
        errors=(_NO_TABLE, _NO_ROOM, _STALE),
    )
    def set_number_entry(
        self,
        _request: object,
        table: str,
        key: str,
        value: int,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Write a number; see `htable.sets`."""
        return self._write(table, key, value, None, Wish(dry_run, if_generation))

    @method(
        "htable.setex",
        _TABLE,
        _KEY,
        _SECONDS,
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.WRITE,
        errors=(_NO_TABLE, _NO_KEY, _STALE),
    )
    def set_expiry(
        self,
        _request: object,
        table: str,
        key: str,
        seconds: int,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Let an entry expire in `seconds`; old and new are seconds, see `htable.sets`."""
        found, now = self._named(table), self.host.clock()
        if found.entry(key, now) is None:
            raise Fault(*_NO_KEY)
        wish = Wish(dry_run, if_generation)
        old = found.seconds_left(key, now)
        if wish.does(found):
            found.live_for(key, seconds, now)
        return wish.answer(found, _SET, old, seconds)

    @method(
        "htable.setxs",
        _TABLE,
        _KEY,
        Param(name="value", type=Type.STRING),
        _SECONDS,
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.WRITE,
        errors=(_NO_TABLE, _NO_ROOM, _STALE),
    )
    def set_text_until(
        self,
        _request: object,
        table: str,
        key: str,
        value: str,
        seconds: int,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Write a text that expires in `seconds`; see `htable.sets`."""
        return self._write(table, key, value, seconds, Wish(dry_run, if_generation))

    @method(
        "htable.setxi",
        _TABLE,
        _KEY,
        Param(name="value", type=Type.INT),
        _SECONDS,
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.WRITE,
        errors=(_NO_TABLE, _NO_ROOM, _STALE),
    )
    def set_number_until(
        self,
        _request: object,
        table: str,
        key: str,
        value: int,
        seconds: int,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Write a number that expires in `seconds`; see `htable.sets`."""
        return self._write(table, key, value, seconds, Wish(dry_run, if_generation))

    @method(
        "htable.delete",
        _TABLE,
        _KEY,
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.DESTRUCTIVE,
        errors=(_NO_TABLE, _NO_KEY, _STALE),
    )
    def delete_entry(
        self,
        _request: object,
        table: str,
        key: str,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Forget an entry; see `htable.sets`, without new."""
        found = self._named(table)
        entry = found.entry(key, self.host.clock())
        if entry is None:
            raise Fault(*_NO_KEY)
        wish = Wish(dry_run, if_generation)
        if wish.does(found):
            found.remove(key)
        return wish.answer(found, "Ok. Key deleted.", entry.value)

    @method(
        "htable.flush",
        _TABLE,
        _DRY,
        _IF,
        result=Type.ANY,
        effect=Effect.DESTRUCTIVE,
        errors=(_NO_TABLE, _STALE),
    )
    def flush(
        self,
        _request: object,
        table: str,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
        if_generation: int | None = None,
    ) -> Any:
        """Forget all entries of a table; see `htable.sets`: old is how many there were, new 0."""
        found = self._named(table)
        wish, old = Wish(dry_run, if_generation), len(found)
        if wish.does(found):
            found.clear()
        return wish.answer(found, "Ok. Htable flushed.", old, 0)

    @method("htable.reload", _TABLE, effect=Effect.WRITE)
    def reload(self, _request: object, table: str) -> str:
        """Fill a table from its database again: a fault, no database fills tables in this version."""
        return self._by_database(table)

    @method("htable.store", _TABLE, effect=Effect.WRITE)
    def store(self, _request: object, table: str) -> str:
        """Write a table to its database: a fault, there is none in this version."""
        return self._by_database(table)

    @method("htable.dump", _TABLE, result=Type.ARRAY)
    def dump(self, _request: object, table: str) -> list[dict[str, Any]]:
        """All entries of a table by slot; of one with more than 10,000 `htable.list` shows them in pieces."""
        found, now = self._named(table), self.host.clock()
        if len(found) > _MOST_ENTRIES:
            raise Fault(500, f"Too many entries ({len(found)}): use htable.list")
        slots = ((number, found.slot(number, now)) for number in range(found.slots))
        return [
            {"entry": number, "size": len(items), "slot": [_row(key, entry.value) for key, entry in items]}
            for number, items in slots
            if items
        ]

    @method("htable.list", _TABLE, LIMIT, AFTER, FIELDS, result=Type.STRUCT, cost=Cost.LISTS, errors=(_NO_TABLE,))
    async def list_entries(
        self,
        _request: object,
        table: str,
        limit: int | None = None,
        after: str | None = None,
        fields: tuple[Any, ...] | None = None,
    ) -> dict[str, Any]:
        """Entries of a table: items {name, value, type}, total_estimate, generation; `next` when there are more.

        An entry that is there all the time is shown once on all pages together; one that comes or goes meanwhile may be
        missed.
        """
        found = self._named(table)
        slot, _, name = (after or "0").partition(":")
        if not (slot.isascii() and slot.isdigit() and len(slot) < 10):
            raise Fault(400, "Invalid Parameter Value: after is `next` of the page before")
        rows = _rows(found, int(slot), name, self.host)
        shown = await page(self.host, rows, limit, fields)
        return shown | {"total_estimate": len(found), "generation": found.generation}

    @method("htable.listTables", result=Type.ARRAY)
    def list_tables(self, _request: object) -> list[dict[str, Any]]:
        """The tables: name, seconds until entries expire, whether an update renews them, number of slots."""
        return [
            {
                "name": name,
                "dbtable": "",
                "dbmode": 0,
                "expire": table.definition.lifetime,
                "updateexpire": int(table.definition.renews),
                "size": table.slots,
                "dmqreplicate": 0,
            }
            for name, table in self.tables.items()
        ]

    @method("htable.stats", result=Type.ARRAY)
    def stats(self, _request: object) -> list[dict[str, Any]]:
        """Of each table: slots, entries in all, fewest and most of a slot, and writes that found no room."""
        rows: list[dict[str, Any]] = []
        for name, table in self.tables.items():
            counts = table.counts()
            row = {"name": name, "slots": len(counts), "all": sum(counts), "min": min(counts), "max": max(counts)}
            rows.append(row | {"refused": table.refused})
        return rows

    def _by_database(self, name: str) -> str:
        self._named(name)
        raise Fault(500, "No htable db_url: tables that a database fills are not available yet in this version")

    def _named(self, name: str) -> Table:
        table = self.tables.get(name)
        if table is None:
            raise Fault(500, "No such htable")
        return table

    def _write(self, table: str, key: str, value: str | int, lifetime: int | None, wish: Wish) -> Any:
        found, now = self._named(table), self.host.clock()
        old = found.entry(key, now)
        if wish.does(found) and not found.put(key, value, now, lifetime=lifetime):
            raise Fault(*_NO_ROOM)
        return wish.answer(found, _SET, None if old is None else old.value, value)


def _rows(table: Table, slot: int, after: str, host: Host) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Entries from `slot` on, of that itself only those behind the key `after`, each with where it is."""
    for number in range(slot, table.slots):
        yield f"{number}:", None
        for key, entry in sorted(table.slot(number, host.clock()), key=lambda each: each[0]):
            if key > after or number > slot:
                yield f"{number}:{key}", _row(key, entry.value)


def _row(key: str, value: str | int) -> dict[str, Any]:
    return {"name": key, "value": value, "type": "str" if isinstance(value, str) else "int"}
