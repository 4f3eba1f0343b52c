"""`TOKENS`: the pattern that cuts a script into tokens, and what it leaves to count (reference language 1)."""

from __future__ import annotations

import re
from typing import Final

from sertwist.script.literals import SELECT_PART
from sertwist.script.parse_name import ATTRIBUTE_CLASSES
from sertwist.script.preprocess.directives import DIRECTIVES

__all__ = ["TOKENS", "comment_end", "variable_end"]

_DIRECTIVES: Final = "|".join(sorted(DIRECTIVES, key=len, reverse=True))
_CLASS: Final = "|".join(ATTRIBUTE_CLASSES)
#: White space, then one token. A name or number that could begin an IPv6 address is left to `address`, tried after it.
TOKENS: Final = re.compile(
    rf"""
    [ \t\b\r\f]*(?:(\n)[ \t\b\r\n\f]*)?
    (?: (?P<name>(?:msg:len|uri:host|uri:port)\b|[A-Za-z_]\w*\b(?!:[0-9A-Fa-f:]*:))
      | (?P<symbol>[){{}};,]|\((?:int\)|str\))?|=[=~]?|!(?!!(?:{_DIRECTIVES})\b)[=~]?|&[&=]?|\|[|=]?|<[<=]?|>[>=]?
                  |\[(?![0-9A-Fa-f.]{{0,4}}:[0-9A-Fa-f.]{{0,4}}:)|[\]+\-*%^~]=?|/(?![/*])=?|:(?!:)=?|\.)
      | (?P<double>"[^"\\]*(?:\\.[^"\\]*)*")
      | (?P<comment>(?:\#|//)(?!!)[^\n]*)
      | (?P<number>\d\w*\b(?!\.\d|:[0-9A-Fa-f:]*:))
      | (?P<variable>\$(?:\?|(?:{_CLASS})\.[A-Za-z_]\w*|[A-Za-z_]\w*)?(?:\[[^\]\n]{{0,256}}\])?)
      | (?P<select>@(?:{SELECT_PART}(?:\.{SELECT_PART})*)?)
      | (?P<single>'[^']*')
      | (?P<quote>["'])
      | (?P<open>/\*)
      | (?P<directive>(?:\#!|!!)(?:{_DIRECTIVES})\b(?:[^\\\n]|\\(?:\r?\n|.)?)*)
      | (?P<marker>(?:\#|//)[^\n]*)
      | (?P<address>\[[0-9A-Fa-f:.]+\]
                   |(?<![\w:])(?=[0-9A-Fa-f:]{{0,40}}::|(?:[0-9A-Fa-f]{{1,4}}:){{7}})(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:\d+(?:\.\d+){{3}}|[0-9A-Fa-f]{{1,4}})?(?![\w:.])
                   |\d+(?:\.\d+){{3}}(?![\w.]))
      | (?P<hex_name>[A-Za-z_]\w*)
      | (?P<hex_number>\d\w*)
      | (?P<left>[:\[])
      | (?P<continuation>\\\r?\n)
      | (?P<strange>[^\x00-\x7f]+|.)
      | (?P<end>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")
_LINE_PARENTHESIS: Final = re.compile(r"[()\n]")
_INDEX: Final = re.compile(r"\[[^\]\n]{0,256}\]")


def comment_end(text: str, start: int, stop: int) -> tuple[int | None, int]:
    """Where the block comment that begins at `start` ends, nesting counted; None when it is never closed.

    The second is where the last opening in it stands, `start` when it holds no other.
    """
    depth, last, at = 1, start, start + 2
    while depth:
        edge = _COMMENT_EDGE.search(text, at, stop)
        if edge is None:
            return None, last
        at = edge.end()
        if edge.group() == "/*":
            depth += 1
            last = edge.start()
        else:
            depth -= 1
    return at, last


def variable_end(text: str, at: int, stop: int) -> int:
    """Where a variable ends whose name ends at `at`: behind its parentheses, balanced on the line, and its index."""
    if text[at : at + 1] != "(":
        return at
    depth = 0
    for edge in _LINE_PARENTHESIS.finditer(text, at, stop):
        depth += {"(": 1, ")": -1}.get(edge.group(), 0)
        if edge.group() == "\n":
            return edge.start()
        if depth == 0:
            at = edge.end()
            break
    index = _INDEX.match(text, at, stop)
    return index.end() if index else at
