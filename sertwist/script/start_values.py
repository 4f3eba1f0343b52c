"""Variables in what is read before anything runs: `loadmodulex`, `modparamx` (reference language 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["value_at_start"]

_VARIABLE: Final = re.compile(r"\$(?:\$|\((\w+)\(([^()]*)\)\)|(\w+)\(([^()]*)\)|[^\s$]*)")
_DEFINED: Final = ("def", "defv", "defs", "defn")


def value_at_start(text: str, definitions: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """`text` with the values of `$env(NAME)` and `$def(NAME)` in it; `$$` is a dollar sign.

    Raises:
        ValueError: it names a variable that has no value before anything runs; says which.
    """
    return _VARIABLE.sub(lambda match: _value(match, definitions, environment), text)


def _value(match: re.Match[str], definitions: Mapping[str, str], environment: Mapping[str, str]) -> str:
    name, argument = match[1] or match[3], (match[2] or match[4] or "").strip()
    if match[0] == "$$":
        return "$"
    if name == "env":
        known, what = environment.get(argument), f"the environment variable {argument!r} is not set"
    elif name in _DEFINED:
        known, what = definitions.get(argument), f"{argument!r} is not defined"
    else:
        raise ValueError(f"{match[0]!r} has no value before anything runs; $env(NAME) and $def(NAME) have one")
    if known is None:
        raise ValueError(what)
    return known.strip('"') if name in {"defv", "defs"} or (name == "def" and known.startswith('"')) else known
