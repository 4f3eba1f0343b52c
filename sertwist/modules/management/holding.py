"""`Holding`: what a running call holds, to be given back when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.rpc.audit.token import Token
    from sertwist.rpc.policy.verdict import Bound

__all__ = ["NOTHING_HELD", "Holding"]


@dataclass(frozen=True, slots=True)
class Holding:
    """Of one call.

    Attributes:
        bounds: that it counts for.
        token: of its record; None when it has none.
    """

    bounds: tuple[Bound, ...]
    token: Token | None


NOTHING_HELD: Final = Holding((), None)
