"""Texts that go where they must not, or say what they do not mean (language 9.13, 13: 18)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.expressions import all_of_type
from sertwist.script.nodes import Call, Text

if TYPE_CHECKING:
    from sertwist.script.unit import Unit

__all__ = ["check_texts"]

_VARIABLE: Final = re.compile(r"\$\(?[A-Za-z_]|%[a-zA-Z]{2}\b|@[a-z]+\.")


def check_texts(unit: Unit) -> None:
    """Report what a peer sent in a command, and variables in a text that is written as it is."""
    for each in all_of_type(unit.script, Call):
        function = unit.catalogue.functions.get(each.name)
        if function is not None and function.module == "exec":
            _check_command(unit, each)
        elif each.name == "log":
            _check_log(unit, each)


def _check_command(unit: Unit, call: Call) -> None:
    command = call.arguments[0] if call.arguments else None
    if not isinstance(command, Text) or _VARIABLE.search(command.value):
        where = call if command is None else command
        message = "what a peer sent would become part of a command, and is refused"
        fix = "the command finds the message in its environment and on its standard input"
        unit.diagnostics.error("command-from-message", where.span, message, fix)


def _check_log(unit: Unit, call: Call) -> None:
    for argument in call.arguments:
        if isinstance(argument, Text) and "$" in argument.value and _VARIABLE.search(argument.value):
            message = "log() writes the text as it is, without the values of variables"
            unit.diagnostics.hint("plain-log", argument.span, message, "xlog() (module xlog) writes them", cause="log")
