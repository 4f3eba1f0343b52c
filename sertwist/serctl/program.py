"""One run of serctl: what was decided from its options, its servers, and what it says beside the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.client.client import Client
from sertwist.client.failure import Failure, UnreachableError, UsageError
from sertwist.printable import escape_controls
from sertwist.serctl.access import client_options
from sertwist.serctl.asking import Asking
from sertwist.serctl.context import default_files, read_contexts
from sertwist.serctl.fleet import exit_status, run_on_all
from sertwist.serctl.output import Form, Result, describe_failure, format_results
from sertwist.serctl.paging import Paging
from sertwist.serctl.planned import READ, Planned, farthest, guessed_effect
from sertwist.serctl.server import Server
from sertwist.serctl.settings import Settings, resolve_settings
from sertwist.serctl.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sertwist.client.described import Described
    from sertwist.client.options import Options
    from sertwist.client.session import Trace
    from sertwist.rpc.call import Value
    from sertwist.serctl.context import Contexts
    from sertwist.serctl.invocation import Invocation

__all__ = ["Program"]


class Program:
    """What the commands share. Settings are decided on first use.

    Attributes:
        invocation: what was typed.
        asking: asks the person.
        method: what is being called, for messages.
        decided: the settings, once they are.
        sink: takes results in place of standard output; for commands that run other commands.
    """

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self.asking = Asking(self)
        self.method = ""
        self.decided: Settings | None = None
        self.sink: Callable[[Sequence[Result], str], None] | None = None
        self._contexts: Contexts | None = None
        self._servers: list[Server] = []
        self._options: Options | None = None
        self._waiting: Waiting | None = None

    # -- what was decided ---------------------------------------------------------------------------------------------

    @property
    def contexts(self) -> Contexts:
        """What the configuration files say.

        Raises:
            UsageError: one of them is wrong.
        """
        if self._contexts is None:
            config = self.invocation.config
            files = [Path(config).expanduser()] if config else default_files()
            self._contexts = read_contexts(files, must_exist=config is not None)
        return self._contexts

    @property
    def settings(self) -> Settings:
        """All settings, decided.

        Raises:
            UsageError: the configuration or a value is wrong.
        """
        if self.decided is None:
            given = self.invocation
            options = {name: given.given(name) for name in {*given.options, *given.after}}
            self.decided = resolve_settings(options, self.contexts.choose(given.context))
        return self.decided

    @property
    def options(self) -> Options:
        """How servers are reached; files and passwords are read once."""
        if self._options is None:
            self._options = client_options(self.settings, self.invocation, self.warn)
        return self._options

    @property
    def servers(self) -> list[Server]:
        """The servers of this run; nothing is connected before the first call."""
        if not self._servers:
            trace = self._wire_log() if self.invocation.has("verbose") else None
            self._servers = [Server(url, Client(url, self.options, trace=trace)) for url in self.settings.urls]
        return self._servers

    @staticmethod
    def _wire_log() -> Trace:
        from sertwist.serctl.wire_log import WireLog  # noqa: PLC0415 - only for -v

        return WireLog()

    @property
    def form(self) -> Form:
        """How results are written."""
        has = self.invocation.has
        return Form(
            output=self.settings.output,
            columns=self.settings.columns,
            has_headings=not has("no_headers"),
            has_color=not has("no_color"),
            has_envelope=has("raw"),
        )

    @property
    def is_plain(self) -> bool:
        """Are results shown to a person?"""
        return self.settings.output == "table"

    @property
    def paging(self) -> Paging:
        """How much of a list is wanted."""
        return Paging(limit=self.settings.limit, all=self.invocation.has("all"))

    # -- calls --------------------------------------------------------------------------------------------------------

    def run(self, planned: Planned) -> int:
        """Make `planned` on every server, once that is allowed, and show what came. Returns the exit status.

        Raises:
            Failure: it was not confirmed, or the only server failed.
        """
        self.method = planned.method
        if self.invocation.given("print"):
            from sertwist.serctl.printed import print_call  # noqa: PLC0415 - only for that

            return print_call(self, planned)
        if planned.effect:
            self.asking.refuse_unconfirmed(planned.effect, planned.method)
        if not planned.effect:
            planned = self._with_effect(planned)
        self.asking.refuse_repeated(planned.effect, planned.method)
        if self.invocation.has("dry_run") and planned.effect != READ:
            from sertwist.serctl.rehearsed import rehearse  # noqa: PLC0415 - only for that

            return rehearse(self, planned)
        self.asking.confirm(planned.effect, planned.method)
        return self.show(self.each(lambda server: server.execute(planned, self.paging, self.progress)), planned.method)

    def each(self, work: Callable[[Server], Result]) -> list[Result]:
        """What `work` gave on each server.

        Raises:
            UsageError: the call was to be printed, and this command makes more than one.
        """
        if self.invocation.given("print"):
            raise UsageError("--print shows the call of a command that makes one; this one asks more", code="usage")
        servers = self.servers
        words = self.method or "the answer"
        where = servers[0].name if len(servers) == 1 else f"{len(servers)} servers"
        is_wanted = not self.invocation.has("quiet") and self.sink is None
        with Waiting(f"{words} on {where}", len(servers), is_wanted=is_wanted) as waiting:
            self._waiting = waiting
            return run_on_all(
                servers, self._counted(work), parallel=self.settings.parallel, rolling=self.invocation.has("rolling")
            )

    def progress(self, words: str) -> None:
        """Say how far a long call has come, where somebody is waiting for it."""
        if self._waiting:
            self._waiting.say(words)

    def _counted(self, work: Callable[[Server], Result]) -> Callable[[Server], Result]:
        def count(server: Server) -> Result:
            try:
                return work(server)
            finally:
                if self._waiting:
                    self._waiting.one_more()

        return count

    def each_quietly(self, work: Callable[[Server], Result]) -> list[Result]:
        """As `each`, for commands that show a screen of their own."""
        return run_on_all(self.servers, work, parallel=self.settings.parallel, rolling=False)

    def gather(self, work: Callable[[Server], Value], method: str = "") -> int:
        """Show what the reading `work` makes of each server. Returns the exit status."""
        self.method = method or self.method
        return self.show(self.each(lambda server: Result(server=server.name, value=work(server))), method)

    def describe(self, method: str) -> Described:
        """What the first server that can be reached declares of `method`.

        Raises:
            UnreachableError: none can be reached.
        """
        for server in self.servers[:-1]:
            try:
                return server.client.describe(method)
            except UnreachableError:
                continue
        return self.servers[-1].client.describe(method)

    def _with_effect(self, planned: Planned) -> Planned:
        if self.invocation.has("yes") and not self.invocation.has("dry_run") and not self.paging.is_wanted:
            return planned  # nothing hangs on it
        effect = farthest(self.describe(planned.method).effect, guessed_effect(planned.method))
        return replace(planned, effect=effect)

    # -- what the person sees -----------------------------------------------------------------------------------------

    def show(self, results: Sequence[Result], method: str = "") -> int:
        """Write `results`, and to standard error what failed. Returns the exit status.

        Raises:
            Failure: that of the only server.
        """
        if self.sink is not None:
            self.sink(results, method)
            return exit_status(results)
        several = len(self.servers) > 1
        if not several and results[0].failure:
            raise results[0].failure
        text = format_results(results, method, self.form, several=several)
        if text:
            click.echo(text, color=None if self.form.has_color else False)
        for each in results:
            if each.failure:
                self.say_failure(each.failure, each.server)
        return exit_status(results)

    def show_value(self, value: Value, method: str = "", *, status: int = 0) -> int:
        """Write a value that is of no single server. Returns `status`."""
        text = format_results([Result(server="", value=value)], method, self.form, several=False)
        if text:
            click.echo(text)
        return status

    def say_failure(self, failure: Failure, server: str) -> None:
        """Write one server's failure to standard error."""
        words = describe_failure(failure, self.settings.output, method=self.method, server=server, several=True)
        click.echo(words, err=True)

    def warn(self, message: str) -> None:
        """Say something on standard error, unless quiet."""
        if not self.invocation.has("quiet"):
            click.echo(f"serctl: warning: {escape_controls(message)}", err=True)

    def note(self, message: str) -> None:
        """Say on standard error what was done, unless quiet."""
        if not self.invocation.has("quiet"):
            click.echo(escape_controls(message), err=True)

    # -- the end ------------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> str:
        """A method that was sent and not answered; empty if there is none."""
        return next((each.client.session.pending for each in self._servers if each.client.session.pending), "")

    def forget_choices(self) -> None:
        """Decide the settings anew for the next command; the servers and their connections stay."""
        self.decided = None

    def close(self) -> None:
        """Close every connection."""
        for server in self._servers:
            server.client.close()
