"""docs/pki.md shows what its commands print: they are run, in order, in an empty folder."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

from click.testing import CliRunner

from sertwist.server.cli import main
from tests.unit.docs.documents import ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = ROOT / "docs" / "pki.md"
# What differs from one run to the next: digests, serial numbers, dates, days.
VARIABLE = re.compile(
    r"\b[0-9a-f]{64}\b|\b[0-9A-F]{30,40}\b|\b\d{30,50}\b|\d{4}-\d\d-\d\d(?: \d\d:\d\d)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT|\b-?\d+ days\b|\b\d{3}\b"
)


def run(command: str) -> str:
    words = shlex.split(command)
    if words[0] == "sertwist":
        return CliRunner().invoke(main, words[1:]).output
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def test_transcript_is_what_the_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ser.cfg").write_text(blocks(PAGE, "sercfg")[0])
    steps = [step for block in blocks(PAGE, "console") for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    assert len(steps) >= 8
    for step in steps:
        command, _, shown = step.partition("\n")
        assert VARIABLE.sub("...", run(command)) == VARIABLE.sub("...", shown), command
