"""Make text from a server harmless on a terminal: what moves, hides or reorders text becomes an escape."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["escape_controls", "escape_for_json"]

# C0 and DEL, C1, line and paragraph separators, marks that reorder text (UAX 9), lone surrogates.
_CONTROLS: Final = "\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff"
_CELL: Final = re.compile(f"[{_CONTROLS}]")
_TEXT: Final = re.compile(f"(?![\\n\\t])[{_CONTROLS}]")


def escape_controls(text: str, *, keep_lines: bool = False) -> str:
    r"""`text` with controls as `\x1b`, `\n` or `\u202e`; `keep_lines` leaves line feeds and tabs."""
    return (_TEXT if keep_lines else _CELL).sub(_escape, text)


def escape_for_json(document: str) -> str:
    r"""A JSON document with the controls that JSON allows written as `\u009b`: the same when read."""
    return _TEXT.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
