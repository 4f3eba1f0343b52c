"""Put parameters that are given by name into the order that a method declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.client.failure import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sertwist.client.described import Described
    from sertwist.rpc.call import Value

__all__ = ["place"]


def place(method: Described, params: Sequence[Value], named: Mapping[str, Value]) -> list[Value]:
    """All parameters in order: `params` first, then those of `named` at their places.

    Raises:
        UsageError: the server does not say how the parameters are called, a name is unknown or given twice, or one is
            missing before another that is given.
    """
    names = [each.name for each in method.parameters]
    if not names:
        message = f"the server does not say how the parameters of {method.name} are called: give them in order"
        raise UsageError(message, code="no-names")
    for name in named:
        if name not in names:
            import difflib  # noqa: PLC0415 - only for this message

            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
            raise UsageError(f"{method.name} has no parameter {name!r} ({hint})", code="no-parameter")
        if names.index(name) < len(params):
            raise UsageError(f"the parameter {name!r} of {method.name} is given twice", code="parameter-twice")
    placed = list(params)
    missing = ""
    for name in names[len(params) :]:
        if name not in named:
            missing = missing or name
        elif missing:
            message = f"{method.name} takes {missing!r} before {name!r}, and it is not given"
            raise UsageError(message, code="parameter-missing")
        else:
            placed.append(named[name])
    return placed
