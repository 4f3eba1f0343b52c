"""docs/security.md names tests that are there."""

from __future__ import annotations

import re

from tests.unit.docs.documents import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = [line for line in PAGE.partition("## Threat by threat")[2].splitlines() if line.startswith("| **")]


def test_every_threat_has_a_test_that_is_there() -> None:
    assert len(ROWS) >= 18
    for row in ROWS:
        threat, _, tests = row.strip("| ").split(" | ")
        named = re.findall(r"`((?:system|unit)/[\w/.]+)`", tests)
        assert named, threat
        for name in named:
            path = ROOT / "tests" / name
            files = [path] if path.is_file() else list(path.glob("test_*.py"))
            assert any("def test_" in each.read_text() for each in files), name
