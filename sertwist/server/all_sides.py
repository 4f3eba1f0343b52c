"""`examine_all_sides`: a script examined with each condition of its preprocessor read both ways (language 13, 20)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from sertwist.limits import MAX_SIDES
from sertwist.server.examination import Examined, examine, read_script

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.server.finding import Finding
    from sertwist.server.reading import Reading

__all__ = ["examine_all_sides"]


def examine_all_sides(path: Path, reading: Reading, *, with_tls: bool = True) -> Examined:
    """What `examine` finds, and behind it what is found only on the other side of a condition.

    A condition is turned for all the lines that ask for its name, and the others stay as they are. One that stands on
    the other side of another is turned together with that. `MAX_SIDES` conditions are looked at.

    Raises:
        ConfigError: the script can't be read, or a definition of `reading` is none.
    """
    first = examine(read_script(path), reading, with_tls=with_tls)
    known = {each.text for each in first.findings}
    more: list[Finding] = []
    seen = dict(first.script.conditions)
    waiting: deque[tuple[str, ...]] = deque((name,) for name in seen)
    while waiting and len(seen) <= MAX_SIDES:
        turned = waiting.popleft()
        how = replace(reading, other_sides=frozenset(turned))
        other = examine(read_script(path), how, with_tls=with_tls)
        words = ", ".join(_in_words(name, held=seen[name]) for name in turned)
        more += [_told_with(each, words) for each in other.findings if each.text not in known]
        known |= {each.text for each in other.findings}
        new = {name: held for name, held in other.script.conditions.items() if name not in seen}
        seen |= new
        waiting.extend((*turned, name) for name in new)
    return replace(first, findings=(*first.findings, *more))


def _in_words(condition: str, *, held: bool) -> str:
    if not condition.isidentifier():
        return f"on the other side of {condition!r}"
    return f"{'without' if held else 'with'} {condition}"


def _told_with(finding: Finding, words: str) -> Finding:
    """`finding` with the conditions that it depends on."""
    headline, newline, rest = finding.text.partition("\n")
    return replace(finding, message=f"{finding.message} ({words})", text=f"{headline} ({words}){newline}{rest}")
