"""`Wish`: whether an operator's change of a table is to be made (reference rpc 10.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.htable.table import Table

__all__ = ["Wish"]


class Wish(NamedTuple):
    """Whether a change is to be made, and only of what somebody has seen (reference rpc 10.16)."""

    dry_run: bool | None
    generation: int | None

    def does(self, table: Table) -> bool:
        """Whether to make it.

        Raises:
            Fault: 409, `table` has changed since.
        """
        if self.generation is not None and self.generation != table.generation:
            raise Fault(409, f"Conflict: the htable has generation {table.generation} now")
        return not self.dry_run

    def answer(self, table: Table, text: str, old: str | int | None, new: str | int | None = None) -> Any:
        """`text` for those who only change; else a struct, in which what there was not is not."""
        if self.dry_run is None and self.generation is None:
            return text
        values = {name: value for name, value in (("old", old), ("new", new)) if value is not None}
        return values | {"generation": table.generation, "dry_run": bool(self.dry_run)}
