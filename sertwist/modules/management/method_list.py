"""`MethodList`: names and patterns of methods, as a script gives them to `rpc_allow`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.rpc.declare import Method

__all__ = ["MethodList"]

_PATTERN: Final = re.compile(r"[A-Za-z0-9_.:/*-]+", re.ASCII)


class MethodList:
    """Names and patterns of methods."""

    __slots__ = ("_known", "_patterns")

    def __init__(self, text: str) -> None:
        """`text` is joined by commas; ValueError: it is no such list."""
        patterns = [each.strip() for each in text.split(",")]
        if not all(_PATTERN.fullmatch(each) for each in patterns):
            raise ValueError("names or patterns of methods (core.*), joined by commas")
        self._patterns = [re.compile(".*".join(map(re.escape, each.split("*")))) for each in patterns]
        self._known: dict[str, bool] = {}

    def has(self, name: str, method: Method | None) -> bool:
        """Whether the list has `name`, or one of the aliases of `method`, which is its declaration."""
        if method is None:
            return self._matches(name)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = any(map(self._matches, (name, *method.aliases)))
        return known

    def _matches(self, name: str) -> bool:
        return any(each.fullmatch(name) for each in self._patterns)
