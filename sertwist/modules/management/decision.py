"""What a script decides about a management request: a value, done after its route has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DISPATCH", "Answer", "Decision", "Dispatch", "PlainStatus"]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The script lets the call run."""


DISPATCH: Final = Dispatch()


@dataclass(frozen=True, slots=True)
class Answer:
    """The script answers itself: a fault for codes of 300 and more, otherwise the result 1 (reference rpc 4.1)."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PlainStatus:
    """The script used a SIP reply function: an HTTP status with a line of text."""

    code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


Decision = Dispatch | Answer | PlainStatus
