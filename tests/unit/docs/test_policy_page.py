"""The policy of docs/policy.md is the one in conf/, and its commands answer as shown."""

from __future__ import annotations

import shlex
import tomllib
from typing import TYPE_CHECKING

from click.testing import CliRunner

from sertwist.server.cli import main
from tests.unit.docs.documents import ROOT, blocks
from tests.unit.rpc.policy.making import read

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = ROOT / "docs" / "policy.md"
WRONG = """[role.a]
who = [{ cn = "Bob" }]
[[allow]]
roles = ["a"]
methods = ["core.*"]
method = "core.ps"
"""


def test_the_policy_shown_is_the_one_in_conf() -> None:
    shown, _ = blocks(PAGE, "toml")
    assert tomllib.loads(shown) == tomllib.loads((ROOT / "conf" / "policy.toml").read_text())


def test_the_cases_shown_pass(tmp_path: Path) -> None:
    _, cases = blocks(PAGE, "toml")
    path = tmp_path / "policy.test.toml"
    path.write_text(cases)
    result = CliRunner().invoke(main, ["policy", "test", str(ROOT / "conf" / "policy.toml"), str(path)])
    assert (result.exit_code, result.output) == (0, "2 cases, 0 failed\n")


def test_the_commands_shown_answer_as_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(WRONG)
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    monkeypatch.chdir(tmp_path)
    (shown,) = (each for each in PAGE.read_text().split("```\n") if each.startswith("$ "))
    for asked in shown.split("$ ")[1:]:
        command, _, answer = asked.partition("\n")
        assert CliRunner().invoke(main, shlex.split(command)[1:]).output == answer, command


UNKNOWN = "zzzzzzzz = 1"
TABLES = f"""
{UNKNOWN}
[ca.x]
{UNKNOWN}
[role.a]
{UNKNOWN}
who = [{{ {UNKNOWN} }}]
each = {{ {UNKNOWN} }}
[[allow]]
{UNKNOWN}
when = {{ {UNKNOWN} }}
[[confirm]]
{UNKNOWN}
"""


def test_every_key_is_described() -> None:
    findings = [each.fix for each in read(TABLES).findings if "unknown key" in each.message]
    known = {key for fix in findings for key in fix.removeprefix("known: ").split(", ")}
    assert len(findings) == 8
    assert len(known) > 35
    text = PAGE.read_text()
    assert not {key for key in known if f"`{key}`" not in text and f"[{key}." not in text and f"[[{key}]]" not in text}
