"""Ask before what changes or ends something; where nobody can be asked, refuse it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sertwist.client.failure import StoppedError, UsageError
from sertwist.serctl.planned import DESTRUCTIVE, READ, WRITE, guessed_effect

if TYPE_CHECKING:
    from sertwist.serctl.program import Program

__all__ = ["Asking"]


class Asking:
    """What the person of one run has to be asked."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def confirm(self, effect: str, what: str) -> None:
        """Ask before `what`, if it has an `effect` that is asked about.

        Raises:
            UsageError: there is nobody to ask.
            StoppedError: the answer was no.
        """
        self.refuse_repeated(effect, what)
        self.refuse_unconfirmed(effect, what)
        if self._is_asked(effect) and not click.confirm(f"Call {what} on {self._where()}?", err=True):
            raise StoppedError("not confirmed; nothing was sent", code="not-confirmed")

    def refuse_guessed(self, method: str) -> None:
        """Refuse, before anything is connected, a `method` whose name says that it would have to be asked about.

        Raises:
            UsageError: there is nobody to ask.
        """
        if guessed_effect(method) and not self._program.invocation.given("print"):
            self.refuse_unconfirmed(guessed_effect(method), method)

    def refuse_unconfirmed(self, effect: str, what: str) -> None:
        """Refuse, before anything is connected, what would have to be asked about when nobody is there.

        Raises:
            UsageError: there is no terminal.
        """
        if self._program.invocation.has("dry_run") or not self._is_asked(effect):
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            why = "is destructive" if effect == DESTRUCTIVE else "changes something, which this context asks about,"
            message = f"{what} {why} and there is no terminal to ask on: put --yes before METHOD"
            raise UsageError(message, code="not-confirmed")

    def refuse_repeated(self, effect: str, what: str) -> None:
        """Refuse to repeat, inside of `watch`, what changes something.

        Raises:
            UsageError: it may, and --yes was not said.
        """
        if self._program.sink is not None and effect != READ and not self._program.invocation.has("yes"):
            message = f"{what} may change something, and watch would repeat it: --yes, if that is meant"
            raise UsageError(message, code="not-repeated")

    def _is_asked(self, effect: str) -> bool:
        if self._program.invocation.has("yes"):
            return False
        return effect == DESTRUCTIVE or (self._program.settings.confirm and effect in {WRITE, ""})

    def _where(self) -> str:
        addresses = [server.client.endpoint.address for server in self._program.servers]
        if len(addresses) == 1:
            return addresses[0]
        return f"{len(addresses)} servers ({', '.join(addresses[:5])}{', ...' if len(addresses) > 5 else ''})"
