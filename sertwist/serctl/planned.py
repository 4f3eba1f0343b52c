"""A call that a command wants made, before anybody was asked whether it may."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.rpc.call import Value

__all__ = ["DESTRUCTIVE", "READ", "WRITE", "Planned", "farthest", "guessed_effect"]

READ: Final = "read"
WRITE: Final = "write"
DESTRUCTIVE: Final = "destructive"

EFFECTS: Final = ("", READ, WRITE, DESTRUCTIVE)

# Names that end something, for servers that do not say what their methods do.
ENDING: Final = re.compile(
    r".*\.(kill|rm|rm_\w+|del|del_\w+|delete|delete_\w+|remove|end_dlg|terminate_dlg|cancel)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One call.

    Attributes:
        method: name.
        params: in order.
        named: by name, after those.
        effect: how far it reaches, as far as the command knows; empty: the server is asked.
        others: the same thing on servers that do not have the method, the best first.
    """

    method: str
    params: tuple[Value, ...] = ()
    named: Mapping[str, Value] = field(default_factory=dict)
    effect: str = ""
    others: tuple[Planned, ...] = ()

    @property
    def words(self) -> str:
        """It as a person would write it, cut when it is long."""
        parts = [*(f"{each!r}" for each in self.params), *(f"{name}={each!r}" for name, each in self.named.items())]
        text = f"{self.method}({', '.join(parts)})"
        return text if len(text) <= 200 else f"{text[:197]}..."


def guessed_effect(method: str) -> str:
    """`destructive` when the name of `method` says that it ends something; else nothing."""
    return DESTRUCTIVE if ENDING.fullmatch(method) else ""


def farthest(*effects: str) -> str:
    """The one of `effects` that reaches farthest."""
    return max(effects, key=EFFECTS.index)
