"""The old programs' names."""

from __future__ import annotations

import pytest

from sertwist.serctl import old_names


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    lines: list[list[str]] = []

    def note(arguments: list[str]) -> int:
        lines.append(arguments)
        return 0

    monkeypatch.setattr(old_names, "main", note)
    return lines


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-s", "https://a", "core.ps"], ["-s", "https://a", "call", "core.ps"]),
        (["-t", "--", "core.echo", "-1", "--", "x"], ["-t", "call", "core.echo", "-1", "--", "x"]),
        (["core.echo", "-t"], ["call", "core.echo", "-t"]),
        ([], ["call", "--help"]),
    ],
)
def test_ser_rpc_calls_a_method(given: list[list[str]], words: list[str], line: list[str]) -> None:
    assert old_names.ser_rpc(words) == 0
    assert given == [line]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["up"], ["uptime"]),
        (["-c", "lab", "vers"], ["-c", "lab", "version"]),
        (["ps"], ["ps"]),
        (["c"], ["c"]),  # several begin so: serctl tells which are there
        (["--nonsense", "x"], ["--nonsense", "x"]),
    ],
)
def test_ser_ctl_takes_commands_that_are_cut(given: list[list[str]], words: list[str], line: list[str]) -> None:
    assert old_names.ser_ctl(words) == 0
    assert given == [line]
