"""House rule for patterns: no possessive repeat of a group, whose backtracking is wrong in CPython up to 3.11.4."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "sertwist"
POSSESSIVE_GROUP = re.compile(r"\)(?:[*?+]|\{[0-9,]+\})\+|\(\?>")


def test_no_pattern_repeats_a_group_possessively() -> None:
    found = [
        f"{path.name}:{number}"
        for path in SOURCES.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if POSSESSIVE_GROUP.search(line.split("# ")[0]) and "CPython" not in line
    ]
    assert found == []
