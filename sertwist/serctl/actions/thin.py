"""Commands that are one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.serctl.arguments import parse_argument
from sertwist.serctl.planned import Planned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sertwist.rpc.call import Value
    from sertwist.serctl.commands.thin import Thin, Way
    from sertwist.serctl.program import Program

__all__ = ["run_thin"]


def run_thin(program: Program, thin: Thin, **given: Any) -> int:
    """Make the call of `thin` with what was given."""
    ways: Sequence[Way] = thin.ways
    for name, instead in thin.instead.items():
        if given[name] not in (None, False):
            ways = instead
    plans = [_plan(way, thin, given) for way in ways]
    first, *others = plans
    return program.run(Planned(method=first.method, params=first.params, effect=first.effect, others=tuple(others)))


def _plan(way: Way, thin: Thin, given: Mapping[str, Any]) -> Planned:
    method, *wanted = way
    params: list[Value] = []
    for each in wanted:
        if not (isinstance(each, str) and each.startswith("$")):
            params.append(each)
            continue
        text = given[each[1:]]
        if text is None:
            break
        params.append(parse_argument(str(text), thin.types.get(each[1:], "string") or None))
    return Planned(method=str(method), params=tuple(params), effect=thin.effect)
