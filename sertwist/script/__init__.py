"""The routing language: the text of a `ser.cfg` becomes checked Python functions.

Read in this order: `source` (text and positions), `lexer` (tokens), `preprocess` (the lines with `#!`), `nodes`
(the tree), `parser` and its `parse_` parts, `printer` and `layout` (back to text), `declare`
(what modules add), `emit_route` and `emit_expression` (tree to Python, and what is wrong with it), `check` (the rest
that can be wrong), `compile`, `program` (what the server runs), `context` (what a message brings to it).
"""

from __future__ import annotations

from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.diagnostic import Diagnostic, Diagnostics, Severity, render
from sertwist.script.parser import parse
from sertwist.script.program import Program
from sertwist.script.source import Source, Span

__all__ = [
    "Diagnostic",
    "Diagnostics",
    "Program",
    "Severity",
    "Source",
    "Span",
    "check",
    "compile_script",
    "parse",
    "render",
]
