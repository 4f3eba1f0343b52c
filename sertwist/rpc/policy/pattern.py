"""Patterns of a policy: of method names, and of texts that a parameter may hold.

`*` in a text's pattern does not pass what separates the parts of an address: `*@example.com` must not be met by
`sip:mallory@example.net;x=@example.com`. `**` passes everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import re2

from sertwist.limits import MAX_POLICY_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.rpc.call import Value
    from sertwist.rpc.declare import Method

__all__ = ["TextPattern", "Truth", "is_method_pattern", "method_matches", "text_pattern", "used_variables"]

#: Whether a condition is met; None: that can't be told.
Truth: TypeAlias = bool | None

_METHOD: Final = re.compile(r"[A-Za-z0-9_.*-]+")
_PIECE: Final = re.compile(r"\*\*|\*|\{([^{}]*)\}|[^*{}]+|[{}]", re.DOTALL)
_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_-]*")
_PART: Final = r"""[^@;?&<>,"'\x00-\x20\x7f]*"""
_STARS: Final = {"*": _PART, "**": ".*"}


class TextPattern:
    """One pattern with its variables filled in; a text of any length is matched in a time that grows with its length.

    Attributes:
        written: for people.
    """

    __slots__ = ("_any_case", "_exact", "_folded", "_letters", "written")

    def __init__(self, written: str, pieces: list[tuple[str, bool]]) -> None:
        """`pieces` are the parts of it: texts that are taken letter by letter, and stars, which are marked."""
        self.written = written
        stars = sum(is_star for _, is_star in pieces)
        self._letters = None if stars else written
        self._folded = None if stars else written.casefold()
        # With one star Python's matcher has nothing to try twice; with more it might try everything.
        self._exact, self._any_case = (_compiled(pieces, flags, linear=stars > 1) for flags in ("(?s)", "(?si)"))

    def judge(self, value: Value) -> Truth:
        """Whether `value` is meant; None when only upper and lower case differ: who reads it may not mind them."""
        if not isinstance(value, str):
            return None
        if self._letters is not None:
            return value == self._letters or (None if value.casefold() == self._folded else False)
        try:
            if self._any_case.fullmatch(value) is None:
                return False
            return True if self._exact.fullmatch(value) else None
        except UnicodeEncodeError:  # half a character
            return None


def _compiled(pieces: list[tuple[str, bool]], flags: str, *, linear: bool) -> Any:
    engine = re2 if linear else re
    return engine.compile(flags + "".join(_STARS[text] if is_star else engine.escape(text) for text, is_star in pieces))


def method_matches(pattern: str, method: Method) -> bool:
    """Whether `pattern` means `method`, by its name or an alias; `*` stands for any letters and dots."""
    return any(_fits(pattern, name) for name in (method.name, *method.aliases))


def _fits(pattern: str, name: str) -> bool:
    first, *middle = pattern.split("*")
    if not middle:
        return name == pattern
    last = middle.pop()
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def is_method_pattern(pattern: str) -> bool:
    """Whether `pattern` has only what method names are made of."""
    return _METHOD.fullmatch(pattern) is not None


def used_variables(pattern: str) -> list[str]:
    """The variables that a text's pattern names.

    Raises:
        ValueError: too long, a brace alone, a bad name, or more than two stars; the text says what to write.
    """
    if len(pattern) > MAX_POLICY_TEXT:
        raise ValueError(f"at most {MAX_POLICY_TEXT} characters")
    if "***" in pattern:
        raise ValueError("write ** for anything, * for anything within one part of an address")
    found = []
    for match in _PIECE.finditer(pattern):
        name = match[1]
        if match[0] in {"{", "}"} or (name is not None and not _VARIABLE.fullmatch(name)):
            raise ValueError("braces hold the name of a role's variable, as in {domain}")
        if name is not None:
            found.append(name)
    return found


def text_pattern(pattern: str, variables: Mapping[str, str]) -> TextPattern:
    """`pattern` for a role whose `variables` are these; what a variable holds is taken letter by letter."""
    found = list(_PIECE.finditer(pattern))
    pieces = [(match[0] if match[1] is None else variables[match[1]], match[0] in _STARS) for match in found]
    return TextPattern("".join(text for text, _ in pieces), pieces)
