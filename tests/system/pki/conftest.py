"""`sertwist pki` as an operator runs it, and openssl, which reads what it wrote."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from sertwist.server.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Result]


def run_pki(*arguments: object) -> Result:
    """`sertwist pki` with `arguments`, in this process."""
    return CliRunner().invoke(main, ["pki", *map(str, arguments)])


def openssl(*arguments: object) -> str:
    """What openssl prints, names without blanks as 3.2 and newer do; fails unless it ends with status 0."""
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.replace(" = ", "=")


@pytest.fixture
def done() -> Run:
    """Run a command that has to succeed."""

    def run(*arguments: object) -> Result:
        result = run_pki(*arguments)
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture
def refused() -> Run:
    """Run a command that has to fail with one line on standard error, exit status 1, and no traceback."""

    def run(*arguments: object) -> Result:
        result = run_pki(*arguments)
        assert result.exit_code == 1, (result.output, result.exception)
        assert isinstance(result.exception, SystemExit)
        assert result.stderr.startswith("Error: ")
        assert result.stderr.removesuffix("\n").isprintable()
        return result

    return run


@pytest.fixture
def ca(tmp_path: Path, done: Run) -> Path:
    """A root."""
    folder = tmp_path / "ca"
    done("ca", "new", folder, "--name", "Example Root")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder for what is issued."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
