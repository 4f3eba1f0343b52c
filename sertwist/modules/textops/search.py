"""Patterns looked for in the message as received (reference language 9.5).

They are matched line by line and in any case: `^` is the beginning of any header line.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, RouteKind
from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern
from sertwist.sip.header_text import header_name
from sertwist.sip.text import as_text

if TYPE_CHECKING:
    import re

    from sertwist.script.context import RouteContext

__all__ = ["PATTERN", "WHICH", "Search"]

PATTERN = Argument(
    name="pattern", constant=True, expands=False, prepare=partial(compile_pattern, lines=True), help="POSIX extended"
)
WHICH = Argument(name="which", words=("a", "f", "l"), help="a all, f the first, l the last one of this name")


class Search:
    """Is a pattern there?"""

    @function("search", PATTERN, routes=RouteKind.ANY)
    def search(self, ctx: RouteContext, pattern: re.Pattern[str]) -> int:
        """Whether the pattern is found anywhere in the message, start line and body included."""
        return 1 if ctx.message is not None and is_found(pattern, as_text(ctx.message.raw)) else -1

    @function("search_body", PATTERN, routes=RouteKind.ANY)
    def search_body(self, ctx: RouteContext, pattern: re.Pattern[str]) -> int:
        """Whether the pattern is found in the body."""
        return 1 if ctx.message is not None and is_found(pattern, as_text(ctx.message.body)) else -1

    @function("search_hf", Argument(name="name", prepare=header_name), PATTERN, WHICH, routes=RouteKind.ANY)
    def search_hf(self, ctx: RouteContext, name: str, pattern: re.Pattern[str], which: str) -> int:
        """Whether the pattern is found in the value of a header called `name`."""
        values = [] if ctx.message is None else ctx.message.header_values(name)
        chosen = {"f": values[:1], "l": values[-1:]}.get(which, values)
        return 1 if any(is_found(pattern, as_text(value)) for value in chosen) else -1
