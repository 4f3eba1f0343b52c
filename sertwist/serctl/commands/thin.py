"""Commands that are one call of a method: which, with what, declared as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sertwist.serctl.commands.build import command

if TYPE_CHECKING:
    import click

__all__ = ["NO_TYPE", "Thin", "Way", "build"]

#: A method, then what is passed: `$name` is what was given for the argument or option `name`, all else is a constant.
Way: TypeAlias = "tuple[str, *tuple[str | int | float | bool, ...]]"

NO_TYPE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thin:
    """One command.

    Attributes:
        name: of the command.
        text: its help.
        ways: the call; the ones after the first are for servers that do not have it.
        parameters: click's.
        types: XML-RPC types of what is given, by name; text where there is none, open where it is `NO_TYPE`.
        effect: of the methods.
        instead: ways to take when the argument or option of this name is given.
        epilog: examples.
    """

    name: str
    text: str
    ways: tuple[Way, ...]
    parameters: tuple[click.Parameter, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    effect: str = "read"
    instead: dict[str, tuple[Way, ...]] = field(default_factory=dict)
    epilog: str = ""


def build(thin: Thin) -> click.Command:
    """The command of `thin`."""
    # A negative number is an argument.
    more: dict[str, Any] = {"context_settings": {"ignore_unknown_options": True}}
    if thin.epilog:
        more["epilog"] = thin.epilog
    methods = " or ".join(dict.fromkeys(way[0] for ways in (thin.ways, *thin.instead.values()) for way in ways))
    text = f"{thin.text}\n\nIt calls {methods}."
    return command(thin.name, "thin.run_thin", text, *thin.parameters, fixed={"thin": thin}, **more)
