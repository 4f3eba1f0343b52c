"""Manual pages, made from the commands themselves: what help says, in roff."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist import __version__
from sertwist.serctl.commands.sectioned import SectionedGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["manual_pages"]

SECTION: Final = 1

EXIT_STATUS: Final = "Exit status:"


def manual_pages(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """The pages of `command` and of all below it: file name and text."""
    yield from _pages(command, click.Context(command, info_name=name, **command.context_settings), (name,))


def _pages(command: click.Command, context: click.Context, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    yield f"{'-'.join(path)}.{SECTION}", "\n".join(_page(command, context, path)) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.commands[name]
            yield from _pages(below, click.Context(below, parent=context, info_name=name), (*path, name))


def _page(command: click.Command, context: click.Context, path: tuple[str, ...]) -> Iterator[str]:
    title = "-".join(path)
    yield f'.TH "{title.upper()}" "{SECTION}" "" "sertwist {__version__}" "serctl"'
    yield ".SH NAME"
    yield f"{_roff(title)} \\- {_roff(_first_line(command))}"
    yield ".SH SYNOPSIS"
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f".B {_roff(' '.join(path))}\n{_roff(pieces)}"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    yield from _options(command, context)
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for name in command.list_commands(context):
            yield f".TP\n.BR {_roff('-'.join((*path, name)))} ({SECTION})\n{_roff(_first_line(command.commands[name]))}"
    if command.epilog:
        yield from _epilog(command.epilog)
    others = [path[:at] for at in range(1, len(path))]
    if others:
        yield ".SH SEE ALSO"
        yield ",\n".join(f".BR {_roff('-'.join(other))} ({SECTION})" for other in others)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, SectionedGroup):
        for title, options in command.option_sections.items():
            yield f".SH {_roff(title.upper())}"
            yield from _records(options, context)
        yield ".SH OTHER OPTIONS"
        yield from _records(command.other_options(context), context)
        return
    shown = [each for each in command.get_params(context) if (each.get_help_record(context) or ("", ""))[1]]
    if shown:
        yield ".SH OPTIONS"
        yield from _records(shown, context)
        yield ".PP\nThe options of\n.BR serctl (1)\nabout output and before a call may stand here too."


def _records(parameters: Sequence[Any], context: click.Context) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record is not None:
            yield f".TP\n.B {_roff(record[0])}\n{_roff(record[1])}"


def _first_line(command: click.Command) -> str:
    text = command.short_help or inspect.cleandoc(command.help or "").partition("\n\n")[0]
    return text.replace("\n", " ").strip().removesuffix(".")


def _paragraphs(text: str) -> Iterator[str]:
    r"""Paragraphs as they are; those that click leaves as they stand (after \\b) as literal lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        is_literal = paragraph.startswith("\b")
        body = paragraph.removeprefix("\b").strip("\n")
        if not is_literal:
            yield f".PP\n{_roff(' '.join(body.split()))}"
            continue
        heading, _, rest = body.partition("\n")
        if heading.endswith(":") and not heading.startswith(" "):
            yield f".PP\n{_roff(heading)}"
            body = rest
        yield f".PP\n.nf\n{_roff(body)}\n.fi"


def _epilog(text: str) -> Iterator[str]:
    """Examples and the like; exit statuses get the heading that people look for."""
    head, mark, statuses = text.partition(f"\b\n{EXIT_STATUS}")
    yield ".SH EXAMPLES AND FILES" if mark else ".SH EXAMPLES"
    yield from _paragraphs(head)
    if mark:
        yield ".SH EXIT STATUS"
        yield f".nf\n{_roff(statuses.strip(chr(10)))}\n.fi"


def _roff(text: str) -> str:
    """`text` as it stands: nothing in it is a request or an escape of roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)
