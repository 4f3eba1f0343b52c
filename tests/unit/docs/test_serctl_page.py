"""docs/serctl.md: its command lines are ones that serctl takes, and its Python is right."""

from __future__ import annotations

import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import click
import pytest

from sertwist import client
from sertwist.serctl.cli import serctl
from sertwist.serctl.context import check_setting

PAGE = (Path(__file__).parents[3] / "docs" / "serctl.md").read_text()
LINES = [line.strip() for line in PAGE.splitlines() if line.startswith("    serctl ")]


@pytest.mark.parametrize("line", LINES)
def test_command_line_is_one_that_serctl_takes(line: str) -> None:
    words = shlex.split(line.partition(" >>")[0])[1:]
    root = serctl.make_context("serctl", words)
    command: click.Command = serctl
    context, rest = root, [*root._protected_args, *root.args]
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, found.make_context(name or "", rest, parent=context)
        rest = [*context._protected_args, *context.args]
    assert command.callback is not None


def test_every_command_is_named() -> None:
    named = set(re.findall(r"`([a-z-]+)[ `]", PAGE.partition("## Arguments")[0]))
    named |= set(re.findall(r"`[a-z-]+(?:\|[a-z-]+)*`", PAGE))
    for name in serctl.commands:
        assert name in named, name


def test_contexts_are_ones_that_are_read() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    for settings in tomllib.loads(text)["context"].values():
        for key, value in settings.items():
            check_setting(key, value, "page")


def test_python_is_right_and_its_exceptions_are_there() -> None:
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    compile(textwrap.dedent(text), "docs/serctl.md", "exec")
    for name in re.findall(r"`(\w+Error|Client|AsyncClient|Options|Failure)`", PAGE):
        assert name in client.__all__, name
        assert getattr(client, name).__name__ == name
