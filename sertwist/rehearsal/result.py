"""`Result`: how one case ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """How one case ended.

    Attributes:
        file: of the case.
        name: of the case.
        problems: what was otherwise than expected, or kept it from running; empty when it passed.
        seconds: that it took.
    """

    file: Path
    name: str
    problems: tuple[str, ...]
    seconds: float
