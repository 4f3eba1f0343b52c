"""Rules over two URIs: `"^sip:1" EXCEPT "^sip:13" : ALL`, one a line, of an allow file and a deny file.

A pair of URIs is allowed when a line of the allow file says so; otherwise denied when a line of the deny file says so;
otherwise allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_PERMISSION_LINES
from sertwist.script.linear import is_found
from sertwist.script.pattern import PatternError, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Rule", "RuleSet", "read_rules"]

_ITEM: Final = r'(?:"(?:[^"\\]|\\.)*"|ALL\b)'
_LIST: Final = rf"({_ITEM}(?:\s*,\s*{_ITEM})*)"
_SIDE: Final = rf"\s*{_LIST}(?:\s*EXCEPT\s*{_LIST})?\s*"
_LINE: Final = re.compile(rf"{_SIDE}:{_SIDE}(?:#.*)?")
_FORM: Final = 'a line is: patterns [EXCEPT patterns] : patterns [EXCEPT patterns]; each in "quotes", or ALL'

# Patterns of one side; None stands for ALL.
Patterns = tuple["re.Pattern[str] | None", ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: both sides must match one of theirs and none of the exceptions."""

    left: Patterns
    left_except: Patterns
    right: Patterns
    right_except: Patterns

    def matches(self, left: str, right: str) -> bool:
        """Whether it is about this pair."""
        return (
            _any(self.left, left)
            and _any(self.right, right)
            and not _any(self.left_except, left)
            and not _any(self.right_except, right)
        )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """An allow file and a deny file."""

    allow: tuple[Rule, ...]
    deny: tuple[Rule, ...]

    def allows(self, left: str, right: str) -> bool:
        """Whether the pair may pass."""
        if any(rule.matches(left, right) for rule in self.allow):
            return True
        return not any(rule.matches(left, right) for rule in self.deny)


def read_rules(text: str, name: str) -> tuple[Rule, ...]:
    """The rules of a file's `text`; `name` is what problems call it.

    Raises:
        ValueError: a line is no rule; says which and why.
    """
    lines = text.splitlines()
    if len(lines) > MAX_PERMISSION_LINES:
        raise ValueError(f"{name}: more than {MAX_PERMISSION_LINES} lines")
    rules = []
    for number, line in enumerate(lines, 1):
        try:
            rules.append(_rule(line))
        except ValueError as error:
            raise ValueError(f"{name}:{number}: {error}") from None
    return tuple(filter(None, rules))


def _rule(line: str) -> Rule | None:
    if not line.partition("#")[0].strip():
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(_FORM)
    return Rule(*(_patterns(each) for each in match.groups()))


def _patterns(text: str | None) -> Patterns:
    return tuple(None if each == "ALL" else _pattern(each[1:-1]) for each in re.findall(_ITEM, text or ""))


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return compile_pattern(text.replace('\\"', '"'))
    except PatternError as error:
        raise ValueError(f"{text!r}: {error}") from None


def _any(patterns: Iterable[re.Pattern[str] | None], value: str) -> bool:
    return any(pattern is None or is_found(pattern, value) for pattern in patterns)
