"""The `htable.*` RPC methods (reference rpc 10.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import method
from sertwist.modules.htable.using import Using
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.htable.table import Table

__all__ = ["TableMethods"]

_TABLE = Param(name="table", type=Type.STRING)
_KEY = Param(name="key", type=Type.STRING)
_SECONDS = Param(name="seconds", type=Type.INT, minimum=0, help="until it expires; 0 for never")
_MOST_ENTRIES: Final = 10_000  # of one answer
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

    @method("htable.sets", _TABLE, _KEY, Param(name="value", type=Type.STRING), effect=Effect.WRITE)
    def set_text_entry(self, _request: object, table: str, key: str, value: str) -> str:
        """Write a text."""
        return self._write(table, key, value)

    @method("htable.seti", _TABLE, _KEY, Param(name="value", type=Type.INT), effect=Effect.WRITE)
    def set_number_entry(self, _request: object, table: str, key: str, value: int) -> str:
        """Write a number."""
        return self._write(table, key, value)

    @method("htable.setex", _TABLE, _KEY, _SECONDS, effect=Effect.WRITE)
    def set_expiry(self, _request: object, table: str, key: str, seconds: int) -> str:
        """Let an entry expire in `seconds`."""
        if not self._named(table).live_for(key, seconds, self.host.clock()):
            raise Fault(404, "Key not found in htable.")
        return _SET

    @method("htable.setxs", _TABLE, _KEY, Param(name="value", type=Type.STRING), _SECONDS, effect=Effect.WRITE)
    def set_text_until(self, _request: object, table: str, key: str, value: str, seconds: int) -> str:
        """Write a text that expires in `seconds`."""
        return self._write(table, key, value, seconds)

    @method("htable.setxi", _TABLE, _KEY, Param(name="value", type=Type.INT), _SECONDS, effect=Effect.WRITE)
    def set_number_until(self, _request: object, table: str, key: str, value: int, seconds: int) -> str:
        """Write a number that expires in `seconds`."""
        return self._write(table, key, value, seconds)

    @method("htable.delete", _TABLE, _KEY, effect=Effect.DESTRUCTIVE)
    def delete_entry(self, _request: object, table: str, key: str) -> str:
        """Forget an entry."""
        if not self._named(table).remove(key):
            raise Fault(404, "Key not found in htable.")
        return "Ok. Key deleted."

    @method("htable.flush", _TABLE, effect=Effect.DESTRUCTIVE)
    def flush(self, _request: object, table: str) -> str:
        """Forget all entries of a table."""
        self._named(table).clear()
        return "Ok. Htable flushed."

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

    @method(
        "htable.list",
        _TABLE,
        Param(name="limit", type=Type.INT, optional=True, minimum=1, maximum=_MOST_ENTRIES),
        Param(
            name="slot", type=Type.INT, optional=True, minimum=0, help="the first slot to look at: an answer's `next`"
        ),
        result=Type.STRUCT,
    )
    def list_entries(self, _request: object, table: str, limit: int = 1_000, slot: int = 0) -> dict[str, Any]:
        """Entries of a table, `limit` and the rest of the last slot; `next` is where to go on, if there is more."""
        found, now = self._named(table), self.host.clock()
        rows: list[dict[str, Any]] = []
        while slot < found.slots and len(rows) < limit:
            rows += [_row(key, entry.value) for key, entry in found.slot(slot, now)]
            slot += 1
        return {"rows": rows} | ({"next": slot} if slot < found.slots else {})

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

    def _write(self, table: str, key: str, value: str | int, lifetime: int | None = None) -> str:
        if not self._named(table).put(key, value, self.host.clock(), lifetime=lifetime):
            raise Fault(500, "No room for it in the htable.")
        return _SET


def _row(key: str, value: str | int) -> dict[str, Any]:
    return {"name": key, "value": value, "type": "str" if isinstance(value, str) else "int"}
