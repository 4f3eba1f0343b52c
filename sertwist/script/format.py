"""Texts with variables in them: what is text, and what is a name (reference language 1.9, 8.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.parse_name import read_select, read_variable

if TYPE_CHECKING:
    from collections.abc import Container

    from sertwist.script.nodes import Named, VariableName
    from sertwist.script.source import Span

__all__ = ["split_format", "split_text", "whole_name"]

_CLASS: Final = r"(?:f|t|fu|tu|fd|td|fr|tr|g)"
_START: Final = re.compile(
    rf"\$(?:(?P<dollar>\$)|(?P<braced>\()|(?P<attribute>{_CLASS}\.[A-Za-z_]\w*)|(?P<name>\?|[A-Za-z_]\w*)(?P<open>\()?)",
    re.ASCII,
)
_ATTRIBUTE: Final = re.compile(rf"\${_CLASS}\.[A-Za-z_]\w*(?:\[(?:-?\d+)?\])?|\$[A-Za-z_]\w*\[(?:-?\d+)?\]", re.ASCII)
_BRACKETS: Final = re.compile(r"[()\n]")
_SELECT: Final = re.compile(r'@[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:-?\d+|\*|"[^"\n]*")\])*', re.ASCII)
#: SER 2: `%ru`, `%{name[n]}`, `%$attribute`, `%@select`, `%%`, `%Cxy` (8.6).
_SPECIFIERS: Final = "ci|cs|ct|ds|fu|ft|tu|tt|mb|mf|mi|ml|pp|rm|ru|rr|rs|rt|Ri|Rp|si|sp|Ts|Tf|ua|is|ip"
#: The first spellings of `%si` and `%sp`: the address and port that a message came from.
_FIRST: Final = {"is": "si", "ip": "sp"}
_PERCENT: Final = re.compile(
    r"%(?:(?P<percent>%)|C(?P<colour>[a-zA-Z]{2})|\{(?P<header>[A-Za-z][\w-]*)(?:\[(?P<index>-?\d+|\*)\])?\}"
    rf"|(?P<variable>\$(?:{_CLASS}\.)?[A-Za-z_]\w*)|(?P<select>{_SELECT.pattern})|(?P<name>{_SPECIFIERS}))",
    re.ASCII,
)
_PERCENT_NAME: Final = re.compile(rf"%(?:[$@{{]|(?:{_SPECIFIERS})(?![A-Za-z]))")


def split_text(text: str, span: Span, declared: Container[str] = ()) -> list[str | Named]:
    """`text` as plain pieces and the variables in it, `$$` being one dollar sign; what is no name is text.

    `$fu.x` is the variable `$fu` and text where a variable of that name is `declared`, else an attribute of SER.
    """
    pieces: list[str | Named] = []
    plain = at = 0
    while (found := _START.search(text, at)) is not None:
        if found["dollar"]:
            pieces.append(text[plain : found.start() + 1])
            plain = at = found.end()
            continue
        end = _end_of_name(text, found, declared)
        at = found.end() if end is None else end
        if end is not None:
            pieces += [text[plain : found.start()], read_variable(text[found.start() : end], span)]
            plain = end
    pieces.append(text[plain:])
    return [each for each in pieces if each != ""]


def _end_of_name(text: str, found: re.Match[str], declared: Container[str]) -> int | None:
    """Where the name that begins at `found` ends; None when it is none."""
    if found["braced"] or found["open"]:
        return _closing(text, found.end() - 1)
    if found["attribute"] and (name := found["attribute"].partition(".")[0]) in declared:
        return found.start() + 1 + len(name)
    return found.end()


def _closing(text: str, start: int) -> int | None:
    """Behind the parenthesis that closes the one at `start`; None when none does on its line."""
    depth = 0
    for bracket in _BRACKETS.finditer(text, start):
        if bracket.group() == "\n":
            return None
        depth += 1 if bracket.group() == "(" else -1
        if depth == 0:
            return bracket.end()
    return None


def split_format(text: str, span: Span, declared: Container[str] = ()) -> list[str | Named]:
    """A text for the log: as `split_text`, or SER 2's `%` where it has such specifiers and no `$` name."""
    pieces = split_text(text, span, declared)
    if _PERCENT_NAME.search(text) is None or any(_is_written_alone(each, text) for each in pieces):
        return pieces
    return _split_percent(text, span)


def _is_written_alone(piece: str | Named, text: str) -> bool:
    """Whether it is a variable without `%` in front: the text is no format of SER 2."""
    written = getattr(piece, "text", None)
    return written is not None and "%" + written not in text


def _split_percent(text: str, span: Span) -> list[str | Named]:
    pieces: list[str | Named] = []
    at = 0
    for found in _PERCENT.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found["percent"]:
            pieces.append("%")
        elif found["select"]:
            pieces.append(read_select(found["select"], span))
        elif not found["colour"]:
            pieces.append(_specified(found, span))
    pieces.append(text[at:])
    return [each for each in pieces if each != ""]


def _specified(found: re.Match[str], span: Span) -> VariableName:
    if found["variable"]:
        return read_variable(found["variable"], span)
    if found["header"]:
        return read_variable(f"$(hdr({found['header']})[{found['index'] or 0}])", span)
    return read_variable(f"${_FIRST.get(found['name'], found['name'])}", span)


def whole_name(text: str, span: Span, declared: Container[str] = ()) -> Named | None:
    """The one variable or select that `text` is from end to end: such an argument is evaluated (5.9)."""
    if _SELECT.fullmatch(text):
        return read_select(text, span)
    if not text.startswith("$"):
        return None
    if _ATTRIBUTE.fullmatch(text):
        return read_variable(text, span)
    pieces = split_text(text, span, declared)
    return None if len(pieces) != 1 or isinstance(pieces[0], str) else pieces[0]
