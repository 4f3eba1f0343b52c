"""`sides_of`: a script read with each condition of its preprocessor taken both ways (language 13, 20)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sertwist.limits import MAX_SIDES
from sertwist.server.examination import Examined, examine, read_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sertwist.server.finding import Finding
    from sertwist.server.reading import Reading

__all__ = ["Side", "examine_all_sides", "sides_of"]


class Side(NamedTuple):
    """A script, read with some conditions turned.

    Attributes:
        words: which ones, `without WITH_NAT`; empty where none is.
        examined: what was read.
    """

    words: str
    examined: Examined


def sides_of(path: Path, reading: Reading, *, with_tls: bool = True) -> Iterator[Side]:
    """The script as it stands, then with each condition of its preprocessor turned, one at a time.

    A condition is turned for all the lines that ask for its name, and the others stay as they are. One that stands on
    the other side of another is turned together with that. `MAX_SIDES` conditions are looked at.

    Raises:
        ConfigError: the script can't be read, or a definition of `reading` is none.
    """
    seen: dict[str, bool] = {}
    waiting: deque[tuple[str, ...]] = deque([()])
    while waiting and len(seen) <= MAX_SIDES:
        turned = waiting.popleft()
        words = ", ".join(_in_words(name, held=seen[name]) for name in turned)
        side = Side(
            words, examine(read_script(path), replace(reading, other_sides=frozenset(turned)), with_tls=with_tls)
        )
        yield side
        new = {name: held for name, held in side.examined.script.conditions.items() if name not in seen}
        seen |= new
        waiting.extend((*turned, name) for name in new)


def examine_all_sides(path: Path, reading: Reading) -> Examined:
    """What `examine` finds, and behind it what is found only where a condition is turned.

    Raises:
        ConfigError: as of `sides_of`.
    """
    sides = sides_of(path, reading)
    first = next(sides).examined
    known = {each.text for each in first.findings}
    more: list[Finding] = []
    for words, examined in sides:
        more += [_told_with(each, words) for each in examined.findings if each.text not in known]
        known |= {each.text for each in examined.findings}
    return replace(first, findings=(*first.findings, *more))


def _in_words(condition: str, *, held: bool) -> str:
    if not condition.isidentifier():
        return f"on the other side of {condition!r}"
    return f"{'without' if held else 'with'} {condition}"


def _told_with(finding: Finding, words: str) -> Finding:
    """`finding` with the conditions that it depends on."""
    headline, newline, rest = finding.text.partition("\n")
    return replace(finding, message=f"{finding.message} ({words})", text=f"{headline} ({words}){newline}{rest}")
