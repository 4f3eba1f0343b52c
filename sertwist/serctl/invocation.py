"""What was typed, before anything is decided. It imports nothing heavy, so that help and completion start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sertwist.serctl.program import Program

__all__ = ["DEFAULTS", "OUTPUTS", "Invocation"]

OUTPUTS: Final = ("table", "json")

# Every setting that has a default; the others are unset.
DEFAULTS: Final[Mapping[str, str]] = {
    "url": "https://localhost:5061/RPC2",
    "timeout": "10s",
    "connect_timeout": "3s",
    "retries": "2",
    "output": "table",
}


class Invocation:
    """One command line with its environment.

    Attributes:
        options: the settings' options, None where neither the command line nor the environment gives one.
        config: the only configuration file to read, if it was named.
        context: name of the context, if one was named.
        quiet: no warnings and notes.
        verbose: show the wire.
        yes: answers every question.
        output: the command's own option, which wins over the one before the command.
        program: what was made of all this, once a command runs.
    """

    def __init__(self) -> None:
        self.options: dict[str, str | None] = {}
        self.config: Path | None = None
        self.context = ""
        self.quiet = self.verbose = self.yes = False
        self.output: str | None = None
        self.program: Program | None = None

    @property
    def wanted_output(self) -> str | None:
        """What the command line or the environment says about the output."""
        return self.output or self.options.get("output")
