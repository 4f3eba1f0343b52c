"""The scripts and the policy in conf/ behave as the cases beside them say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sertwist.rehearsal.runner import case_files, run_file

CONF = Path(__file__).parents[3] / "conf"


@pytest.mark.parametrize("path", case_files(CONF), ids=lambda path: path.name)
def test_cases(path: Path) -> None:
    problems = [f"{result.name}: {each}" for result in run_file(path) for each in result.problems]
    assert not problems, "\n".join(problems)


def test_every_script_and_policy_has_cases() -> None:
    tried = {path.stem for path in CONF.glob("*.cfg")} - {"tls"} | {"policy"}
    assert tried == {path.name.removesuffix(".test.toml") for path in case_files(CONF)}
