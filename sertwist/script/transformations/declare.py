"""`Change`: one transformation, as the table names it (reference language 8.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sertwist.record import record
from sertwist.script.declare import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Change", "Changed"]

Changed: TypeAlias = "str | int | None"


@record(kw_only=True)
class Change:
    """What `{name,argument,...}` does.

    Attributes:
        name: as written.
        apply: pure: `apply(text, *arguments)`; None when the text can't be changed so, which makes it undefined.
        arguments: TEXT or NUMBER of each.
        needed: how many must be there.
        kind: of what it gives.
        prepare: takes the only argument as it stands, once when the script is loaded; `ValueError` says what is wrong.
        of_undefined: `apply` is called for what is undefined, too, and receives None.
        help: for the documentation.
    """

    name: str
    apply: Callable[..., Changed]
    arguments: tuple[Kind, ...] = ()
    needed: int | None = None
    kind: Kind = Kind.TEXT
    prepare: Callable[[str], object] | None = None
    of_undefined: bool = False
    help: str = ""

    @property
    def least(self) -> int:
        """How many arguments must be there."""
        return len(self.arguments) if self.needed is None else self.needed
