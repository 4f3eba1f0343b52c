"""Every script of the corpus: what the checker says, and how those that can run behave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.rehearsal.runner import case_files, run_file
from tests.scripts.corpus import FOLDER, findings, golden, has_errors, scripts

if TYPE_CHECKING:
    from pathlib import Path

ALL = scripts()


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def test_there_are_enough() -> None:
    assert len(ALL) >= 200


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_findings_are_those_that_were_reviewed(path: Path) -> None:
    assert findings(path) == golden(path)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_only_broken_scripts_have_errors(path: Path) -> None:
    assert has_errors(golden(path)) is (path.parent.name == "broken")


@pytest.mark.parametrize("path", case_files(FOLDER), ids=name_of)
def test_behaviour(path: Path) -> None:
    problems = [f"{result.name}: {each}" for result in run_file(path) for each in result.problems]
    assert not problems, "\n".join(problems)
