"""Patterns of a policy: of method names, and of texts that a parameter may hold.

`*` in a text's pattern does not pass what separates the parts of an address: `*@example.com` must not be met by
`sip:mallory@example.net;x=@example.com`. `**` passes everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

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
_PART: Final = r"[^@;?&<>,\"'\s\x00-\x1f\x7f]*"


class TextPattern:
    """One pattern with its variables filled in.

    Attributes:
        written: for people.
    """

    __slots__ = ("_any_case", "_exact", "_folded", "_letters", "written")

    def __init__(self, written: str, expression: str, letters: str | None) -> None:
        """`expression` is the pattern for Python; `letters` the only text that it matches, when there is but one."""
        self.written = written
        self._letters = letters
        self._folded = None if letters is None else letters.casefold()
        self._exact = re.compile(expression, re.DOTALL)
        self._any_case = re.compile(expression, re.DOTALL | re.IGNORECASE)

    def judge(self, value: Value) -> Truth:
        """Whether `value` is meant; None when only upper and lower case differ: who reads it may not mind them."""
        if not isinstance(value, str):
            return None
        if self._letters is not None:
            return value == self._letters or (None if value.casefold() == self._folded else False)
        if self._any_case.fullmatch(value) is None:
            return False
        return True if self._exact.fullmatch(value) else None


def method_matches(pattern: str, method: Method) -> bool:
    """Whether `pattern` means `method`, by its name or an alias; `*` stands for any letters and dots."""
    names = (method.name, *method.aliases)
    if "*" not in pattern:
        return pattern in names
    written = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    return any(written.fullmatch(name) for name in names)


def is_method_pattern(pattern: str) -> bool:
    """Whether `pattern` has only what method names are made of."""
    return _METHOD.fullmatch(pattern) is not None


def used_variables(pattern: str) -> list[str]:
    """The variables that a text's pattern names.

    Raises:
        ValueError: a brace alone, a bad name, or more than two stars; the text says what to write.
    """
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
    pieces = list(_PIECE.finditer(pattern))
    shown = "".join(match[0] if match[1] is None else variables[match[1]] for match in pieces)
    letters = None if any(match[0].startswith("*") for match in pieces) else shown
    return TextPattern(shown, "".join(_translated(match, variables) for match in pieces), letters)


def _translated(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match[0] == "**":
        return ".*"
    if match[0] == "*":
        return _PART
    return re.escape(match[0] if match[1] is None else variables[match[1]])
