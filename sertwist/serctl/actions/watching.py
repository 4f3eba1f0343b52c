"""`watch`: a command that is repeated, with what changed marked."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist.client.failure import ExitCode, Failure, UsageError
from sertwist.client.json_codec import json_ready
from sertwist.client.placing import place
from sertwist.serctl.changes import changed_cells, mark_cells
from sertwist.serctl.nested import run_command
from sertwist.serctl.output import Result, choose_shape, draw, format_line, format_results
from sertwist.serctl.planned import READ
from sertwist.serctl.settings import parse_count, parse_duration
from sertwist.serctl.shape import Grid
from sertwist.serctl.until import parse_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.live import Live

    from sertwist.serctl.program import Program
    from sertwist.serctl.until import Until

__all__ = ["split_options", "watch"]

# Servers look for changes no more often, in seconds.
LEAST_PUSH: Final = 1.0

OPTIONS: Final = ("--every", "--count", "--until")
# These show a screen of their own, or wait for the person.
NOT_THESE: Final = frozenset({"watch", "top", "shell", "completion", "man"})


def watch(program: Program, command: tuple[str, ...], **given: str | None) -> int:
    """Repeat `command` until `until` holds of every server's result, or `count` times, or for ever.

    Returns the status of its last run; 1 when it was to become true and did not in `count` times.

    Raises:
        UsageError: a command that is not for this, or options of no sense.
    """
    words, after = split_options(command)
    options = {name: after.get(name) or given.get(name) for name in ("every", "count", "until")}
    every = parse_duration(options["every"] or "2s")
    count = parse_count(options["count"], "count", 1, 10**9) if options["count"] else None
    until = parse_until(options["until"]) if options["until"] else None
    if not words or words[0] in NOT_THESE:
        raise UsageError(f"watch repeats a command that shows something, not {words[:1]}", code="usage")
    root = click.get_current_context().find_root()
    with ExitStack() as stack:
        screen = _Screen(program, stack, " ".join(words), every)
        program.sink = screen.take
        times = 0
        while True:
            status = run_command(root, words)
            screen.show()
            times += 1
            if until is not None and screen.results and all(until.holds(each.value) for each in screen.results):
                return ExitCode.OK
            if times == count:
                return ExitCode.FAULT if until is not None else status
            if times == 1 and count is None and _follow(program, screen, every, until):
                return ExitCode.OK
            threading.Event().wait(every)


def _follow(program: Program, screen: _Screen, every: float, until: Until | None) -> bool:
    """Let the server tell of changes, if it can, and show them. True when the condition holds; False when it cannot."""
    called = screen.results[0].called if len(screen.results) == 1 else None
    if called is None or called.effect != READ or every < LEAST_PUSH or program.settings.user:
        return False
    server = program.servers[0]
    try:
        if not server.has("rpc.watch"):
            return False
        params = called.params
        if called.named:
            params = tuple(place(server.client.describe(called.method), called.params, called.named))
        for value in server.client.watch(called.method, params, every=every):
            screen.take([Result(server=server.name, value=value)], called.method)
            screen.show()
            if until is not None and until.holds(value):
                return True
    except Failure as failure:
        program.warn(f"the server does not tell of changes ({failure}): it is asked instead")
    return False


def split_options(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command, and the options of `watch` that stand after it."""
    rest = list(words)
    found: dict[str, str] = {}
    while rest:
        name, mark, value = rest[-1].partition("=")
        if mark and name in OPTIONS:
            found.setdefault(name[2:], value)
            del rest[-1:]
        elif len(rest) > 1 and rest[-2] in OPTIONS:
            found.setdefault(rest[-2][2:], rest[-1])
            del rest[-2:]
        else:
            break
    return rest, found


class _Screen:
    """Shows one set of results after the other: on a terminal in the same place, else one below the other."""

    def __init__(self, program: Program, stack: ExitStack, words: str, every: float) -> None:
        self.results: Sequence[Result] = ()
        self._program = program
        self._stack = stack
        self._title = f"every {every:g} s: serctl {words}"
        self._method = ""
        self._before: Grid | None = None
        self._live: Live | None = None

    def take(self, results: Sequence[Result], method: str) -> None:
        """Keep what the command would have shown; its failure is shown too, and the next try may do better."""
        self.results, self._method = results, method

    def show(self) -> None:
        """Show what was taken."""
        program = self._program
        form, several = program.form, len(program.servers) > 1
        good = [each for each in self.results if each.failure is None]
        if form.output == "table":
            shape = choose_shape(good, self._method, form, several=several)
            self._table(shape)
        elif form.output == "json":
            documents: list[Any] = [json_ready(each.value) for each in good]
            click.echo(format_line(documents if several else documents[0] if documents else None))
        else:
            text = format_results(good, self._method, form, several=several)
            click.echo(text)
        for each in self.results:
            if each.failure:
                program.say_failure(each.failure, each.server)

    def _table(self, shape: Grid | str) -> None:
        grid = Grid(("",), tuple((line,) for line in shape.split("\n"))) if isinstance(shape, str) else shape
        changed = changed_cells(self._before, grid)
        self._before = grid
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        if sys.stdout.isatty():
            self._redraw(f"{now}  {self._title}", grid, changed)
        else:
            click.echo(f"# {now}\n{draw(mark_cells(grid, changed), self._program.form)}")

    def _redraw(self, title: str, grid: Grid, changed: frozenset[tuple[int, int]]) -> None:
        from rich.console import Console  # noqa: PLC0415 - only for a terminal
        from rich.live import Live  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        if self._live is None:
            no_color = None if self._program.form.has_color else True
            console = Console(emoji=False, highlight=False, no_color=no_color)
            self._live = self._stack.enter_context(Live(console=console, auto_refresh=False, screen=True))
        text = draw(grid, self._program.form, changed=changed)
        self._live.update(Text(f"{title}\n\n", style="bold") + Text.from_ansi(text), refresh=True)
