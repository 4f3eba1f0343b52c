"""`sertwist fmt`, as a user runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sertwist.server.cli import main

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = b"route{f();\xff}".replace(b"\xff", b'g("\xff");')
LAID_OUT = b'route {\n    f();\n    g("\xff");\n}\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "ser.cfg"
    path.write_bytes(WRITTEN)
    path.chmod(0o640)
    return path


def test_result_goes_to_standard_output(script: Path) -> None:
    result = CliRunner().invoke(main, ["fmt", str(script)])
    assert (result.exit_code, result.stdout_bytes) == (0, LAID_OUT)
    assert script.read_bytes() == WRITTEN


def test_dash_is_standard_input() -> None:
    result = CliRunner().invoke(main, ["fmt", "-"], input=WRITTEN)
    assert result.stdout_bytes == LAID_OUT


def test_in_place_keeps_permissions_and_leaves_nothing_else(script: Path) -> None:
    for _ in range(2):
        result = CliRunner().invoke(main, ["fmt", "-i", str(script)])
        assert (result.exit_code, result.stdout_bytes) == (0, b"")
    assert script.read_bytes() == LAID_OUT
    assert script.stat().st_mode & 0o777 == 0o640
    assert list(script.parent.iterdir()) == [script]


def test_check_says_what_would_change_and_changes_nothing(script: Path) -> None:
    result = CliRunner().invoke(main, ["fmt", "--check", str(script)])
    assert (result.exit_code, result.stdout) == (1, f"{script}: would be laid out\n")
    assert script.read_bytes() == WRITTEN
    script.write_bytes(LAID_OUT)
    result = CliRunner().invoke(main, ["fmt", "--check", str(script)])
    assert (result.exit_code, result.stdout) == (0, "")


def test_difference_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text("debug=3\n")
    result = CliRunner().invoke(main, ["fmt", "--diff", str(path)])
    assert result.stdout == f"--- {path}\n+++ {path}\n@@ -1 +1 @@\n-debug=3\n+debug = 3\n"


def test_script_that_cannot_be_read_or_cut_is_named_and_left_alone(script: Path, tmp_path: Path) -> None:
    script.write_text('debug=1\n"x')
    result = CliRunner().invoke(main, ["fmt", "-i", str(script), str(tmp_path / "none.cfg")])
    assert result.exit_code == 1
    assert result.stderr.split("\n") == [
        f"{script}:2: error: a string is never closed",
        f"{tmp_path}/none.cfg: cannot read the script: No such file or directory",
        "",
    ]
    assert script.read_text() == 'debug=1\n"x'
