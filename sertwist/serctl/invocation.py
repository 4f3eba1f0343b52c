"""What was typed, before anything is decided. It imports nothing heavy, so that help and completion start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.serctl.program import Program

__all__ = ["DEFAULTS", "OUTPUTS", "PRINTS", "Invocation"]

OUTPUTS: Final = ("table", "json", "yaml", "raw", "xml", "lines", "csv", "none")
PRINTS: Final = ("xmlrpc", "jsonrpc", "curl")

# Every setting that has a default; the others are unset.
DEFAULTS: Final[Mapping[str, str]] = {
    "url": "https://localhost:5061/RPC2",
    "timeout": "10s",
    "connect_timeout": "3s",
    "retries": "2",
    "output": "table",
    "protocol": "auto",
    "parallel": "8",
}


class Invocation:
    """One command line with its environment.

    Attributes:
        options: the settings' options, None where neither the command line nor the environment gives one.
        after: what was given after the command, which wins over the same before it.
        config: the only configuration file to read, if it was named.
        context: name of the context, if one was named.
        program: what was made of all this, once a command runs.
    """

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.config: str | None = None
        self.context = ""
        self.program: Program | None = None

    def given(self, name: str) -> Any:
        """What the command line or the environment says about the option `name`; None or empty if neither does."""
        return self.after.get(name) or self.options.get(name)

    def has(self, name: str) -> bool:
        """Is the flag `name` set?"""
        return bool(self.given(name))
