"""`shell`: commands of serctl one after the other, over one connection, with history and completion."""

from __future__ import annotations

import contextlib
import io
import os
import readline
import subprocess
import sys
from time import monotonic
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import ShellComplete

from sertwist.client.failure import ExitCode, Failure, UsageError
from sertwist.serctl.invocation import OUTPUTS
from sertwist.serctl.nested import run_command
from sertwist.serctl.output import describe_failure
from sertwist.serctl.program import Program
from sertwist.serctl.shell_line import Line, holds_secret, read_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from click.shell_completion import CompletionItem

__all__ = ["run_shell"]

MAX_HISTORY: Final = 1_000

HELP: Final = """\
COMMAND ARGS ...    a command of serctl: --help shows them, COMMAND --help one of them
METHOD ARGS ...     call a method; help METHOD, explain METHOD
... | PROGRAM ...   give what is shown to a program of this machine
set output FORM     show results as table, json, yaml, raw, xml, lines, csv or none
use CONTEXT         go on with another context
time COMMAND ...    say how long it took
help                this; exit or Ctrl-D leaves
Quotes are as in a shell; ; & # $ * are ordinary text. Ctrl-C ends the call and not the shell.\
"""


def run_shell(program: Program) -> int:
    """Read and run lines until the end. Returns the status of the last one, where nobody types."""
    shell = _Shell(program)
    if not sys.stdin.isatty():
        return shell.run_all(iter(sys.stdin.readline, ""))
    history = _history_file()
    with _remembered(history), _completed(shell):
        shell.run_all(shell.typed_lines())
    return 0


class _Shell:
    """The lines of one shell; what is chosen in it holds until the end."""

    def __init__(self, program: Program) -> None:
        self.root = click.get_current_context().find_root()
        self.invocation = program.invocation
        self.status = 0
        self._words: dict[str, Callable[[Sequence[str]], None]] = {
            "set": self._set,
            "use": self._use,
            "help": self._help,
            "time": self._time,
        }

    @property
    def program(self) -> Program:
        """What holds the connections now."""
        program = self.invocation.program
        assert program is not None  # noqa: S101 - set before any command runs
        return program

    def run_all(self, lines: Iterator[str]) -> int:
        """Run `lines` until one leaves. Returns the last status."""
        for text in lines:
            if text.strip() in {"exit", "quit"}:
                break
            self.run(text)
        return self.status

    def run(self, text: str) -> None:
        """Run one line; whatever goes wrong is told and the shell goes on."""
        try:
            line = read_line(text)
            if line.words:
                self._piped(line)
        except Failure as failure:
            self._tell(failure)
        except click.ClickException as error:
            self.status = ExitCode.USAGE
            error.show()
        except (KeyboardInterrupt, click.Abort):
            self._interrupted()
        except click.exceptions.Exit as left:  # --help
            self.status = left.exit_code

    def typed_lines(self) -> Iterator[str]:
        """What the person types, until the end of the file."""
        while True:
            try:
                text = input(self._prompt())
            except EOFError:
                click.echo()
                return
            except KeyboardInterrupt:
                click.echo()
                continue
            if text.strip() and not holds_secret(text):
                readline.add_history(text)
            yield text

    def _prompt(self) -> str:
        """The context's name, red where it asks before changes; what is not text is marked for the line's width."""
        settings, contexts = self.program.settings, self.program.contexts
        name = self.invocation.context or contexts.current or self.program.servers[0].client.endpoint.address
        if not settings.confirm or not self.program.form.has_color or "NO_COLOR" in os.environ:
            return f"{name}> "
        return f"\001\033[1;31m\002{name}>\001\033[0m\002 "

    def _piped(self, line: Line) -> None:
        if not line.pipes:
            self._run_words(line.words)
            return
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            self._run_words(line.words)
        _through(line.pipes, text.getvalue())

    def _run_words(self, words: Sequence[str]) -> None:
        if words[0] == "help" and len(words) > 1:
            self._run_command(words)
        elif words[0] in self._words:
            self._words[words[0]](words[1:])
        else:
            self._run_command(words)

    def _run_command(self, words: Sequence[str]) -> None:
        if words[0] == "shell":
            raise UsageError("this is the shell", code="usage")
        if words[0] == "--help":
            click.echo(self.root.get_help())
            return
        self.invocation.after.clear()
        self.program.forget_choices()
        try:
            self.status = run_command(self.root, words)
        finally:
            self.program.sink = None

    def _set(self, words: Sequence[str]) -> None:
        if len(words) != 2 or words[0] != "output" or words[1] not in OUTPUTS:
            raise UsageError(f"set output {'|'.join(OUTPUTS)}", code="usage")
        self.invocation.options["output"] = words[1]
        self.program.forget_choices()

    def _use(self, words: Sequence[str]) -> None:
        if len(words) != 1:
            raise UsageError("use CONTEXT", code="usage")
        self.program.contexts.choose(words[0])
        self.program.close()
        self.invocation.context = words[0]
        # Servers and identity of the command line were for the other context.
        self.invocation.options |= dict.fromkeys(("url", "cacert", "cert", "key", "key_pass_file", "servername", "pin"))
        self.invocation.program = Program(self.invocation)

    def _help(self, _words: Sequence[str]) -> None:
        click.echo(HELP)

    def _time(self, words: Sequence[str]) -> None:
        if not words:
            raise UsageError("time COMMAND ...", code="usage")
        started = monotonic()
        try:
            self._run_words(read_line(" ".join(words[:1])).words + tuple(words[1:]))
        finally:
            click.echo(f"{1000 * (monotonic() - started):.1f} ms", err=True)

    def _tell(self, failure: Failure) -> None:
        self.status = failure.exit_code
        program = self.program
        output = program.decided.output if program.decided else "table"
        server = " ".join(program.decided.urls) if program.decided else ""
        click.echo(describe_failure(failure, output, method=program.method, server=server), err=True)

    def _interrupted(self) -> None:
        self.status = ExitCode.INTERRUPTED
        pending = self.program.pending
        click.echo(f"interrupted{f': {pending} was sent and may have run' if pending else ''}", err=True)
        self.program.close()


def _through(pipes: Sequence[Sequence[str]], text: str) -> None:
    """Give `text` to the first of the local programs, and what it writes to the next. No shell reads any of it."""
    content = text.encode(errors="surrogateescape")
    for at, pipe in enumerate(pipes):
        is_last = at == len(pipes) - 1
        try:
            # A program that the person at this terminal has named.
            done = subprocess.run(pipe, input=content, stdout=None if is_last else subprocess.PIPE, check=False)  # noqa: S603
        except OSError as error:
            raise UsageError(f"cannot run {pipe[0]}: {os.strerror(error.errno or 0)}", code="no-program") from error
        content = done.stdout or b""


def _history_file() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 - only for the shell

    return user_state_path("serctl", appauthor=False) / "history"


@contextlib.contextmanager
def _remembered(path: Path) -> Iterator[None]:
    """Lines of earlier shells; the file is for its owner alone."""
    readline.set_auto_history(False)
    readline.set_history_length(MAX_HISTORY)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        readline.read_history_file(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(path)


@contextlib.contextmanager
def _completed(shell: _Shell) -> Iterator[None]:
    """The tab key completes as in a shell that `serctl completion` was given to."""
    found: list[str] = []

    def complete(word: str, state: int) -> str | None:
        if state == 0:
            found[:] = completions(shell.root, readline.get_line_buffer()[: readline.get_begidx()], word)
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t|")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(None)


def completions(root: click.Context, before: str, word: str) -> list[str]:
    """What `word`, after the text `before` it, may become."""
    try:
        words = list(read_line(before).words)
    except UsageError:
        return []
    complete = _Complete(root, "serctl", "")
    items: list[CompletionItem] = complete.get_completions(words, word)
    found = [f"{item.value} " for item in items if item.type == "plain"]
    if not words:
        from sertwist.serctl.live_names import live_names  # noqa: PLC0415 - only for completion

        found += [f"{name} " for name in live_names(root, "methods") if name.startswith(word)]
    return found


class _Complete(ShellComplete):
    """click's completion without a shell around it; the shell's own options are those that it was started with."""

    name = "serctl"

    def __init__(self, root: click.Context, program: str, variable: str) -> None:
        super().__init__(root.command, {}, program, variable)
        self._options = list(_global_words(root))

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """See click."""
        return super().get_completions([*self._options, *args], incomplete)


def _global_words(root: click.Context) -> Iterator[str]:
    """The options of `root` as words, so that names are asked of the same server."""
    for parameter in root.command.params:
        value = root.params.get(parameter.name or "")
        if not isinstance(parameter, click.Option) or parameter.is_flag or not value:
            continue
        for each in value if isinstance(value, tuple) else (value,):
            yield from (parameter.opts[-1], str(each))
