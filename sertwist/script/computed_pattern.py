"""`=~` with a pattern that a variable holds (reference language 6.3, 13)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sertwist.limits import MAX_COMPUTED_PATTERN
from sertwist.script.pattern import PatternError, compile_pattern
from sertwist.script.quick_search import finder

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.quick_search import Finder

__all__ = ["matches_computed"]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Finder | None:
    if len(pattern) > MAX_COMPUTED_PATTERN:
        return None
    try:
        return finder(compile_pattern(pattern))
    except PatternError:
        return None


def matches_computed(ctx: RouteContext, pattern: str, value: str | int | None) -> bool:
    """Whether `value` matches; never a pattern that can't be used, or could take exponential time: that is counted."""
    compiled = _compiled(pattern)
    if compiled is None:
        ctx.environment.count("script.bad-patterns")
        ctx.environment.complain(f"a pattern can't be used: {pattern[:MAX_COMPUTED_PATTERN]!a}")
        return False
    return compiled(value)
