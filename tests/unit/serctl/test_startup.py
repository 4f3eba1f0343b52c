"""What serctl loads before it does anything: a shell waits for it at every key that completes something."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Each is 5 to 100 ms that most runs do without.
HEAVY = {"pathlib", "ssl", "http.client", "asyncio", "rich", "cryptography", "tomlkit", "concurrent.futures", "logging",
         "twisted", "random", "difflib", "csv", "tomllib", "readline", "sertwist.client.client"}  # fmt: skip
# What a call needs.
CALL = {"pathlib", "ssl", "http.client", "random", "sertwist.client.client", "tomllib"}


def loaded(*arguments: str) -> set[str]:
    code = (
        "import sys, json; from sertwist.serctl.cli import main; status = main(sys.argv[1:]); "
        "print('\\n' + json.dumps([status, *sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1])[1:])


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("ul", "add", "--help"), ("completion", "bash")])
def test_nothing_heavy_is_loaded_when_no_server_is_asked(arguments: tuple[str, ...]) -> None:
    # The completion script needs its program's settings only.
    allowed = CALL if arguments[0] == "completion" else set()
    assert sorted((loaded(*arguments) & HEAVY) - allowed) == []


def test_nothing_is_loaded_that_a_call_can_do_without() -> None:
    assert sorted((loaded("--url", "unix:/nowhere", "version") & HEAVY) - CALL) == []
