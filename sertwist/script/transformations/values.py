"""`{re.subst}`, `{val.*}`, `{num.*}`, `{ip.*}`, `{json.parse}`: what is no matter of characters alone."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_SUBJECT
from sertwist.script.declare import Kind
from sertwist.script.substitution import Substitution, parse_substitution
from sertwist.script.transformations.declare import Change

if TYPE_CHECKING:
    from sertwist.script.transformations.declare import Changed

__all__ = ["VALUES"]

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")


def _substituted(value: str, substitution: Substitution) -> str | None:
    """The text as it is when nothing matches; undefined when it is too long to be looked at."""
    if len(value) > MAX_SUBJECT:
        return None
    changed = substitution.apply(value)
    return value if changed is None else changed


def _or_zero(value: Changed) -> Changed:
    return 0 if value is None else value


def _or_empty(value: Changed) -> Changed:
    return "" if value is None else value


def _first_digit(value: str) -> int | None:
    return next((int(each) for each in value if "0" <= each <= "9"), None)


def _family(value: str) -> str | None:
    try:
        return "INET" if ip_address(value.strip("[]")).version == 4 else "INET6"
    except ValueError:
        return None


def _is_address(value: str) -> int:
    return int(_family(value) is not None)


def _in_network(value: str, network: str) -> int:
    try:
        return int(ip_address(value.strip("[]")) in ip_network(network.strip(), strict=False))
    except ValueError:
        return 0


def _json(value: str, path: str) -> Changed:
    """What stands at `a.b[0]` in it; undefined when it is no JSON or has nothing there."""
    if len(value) > MAX_SUBJECT:
        return None
    import json  # noqa: PLC0415 (the server has it; a check does not need it)

    try:
        found: Any = json.loads(value)
        for name, index in _STEP.findall(path):
            found = found[int(index)] if index else found[name]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    if isinstance(found, bool | int):
        return int(found)
    return found if isinstance(found, str) or found is None else json.dumps(found)


#: By name.
VALUES: Final = (
    Change(
        name="re.subst",
        apply=_substituted,
        arguments=(Kind.TEXT,),
        prepare=parse_substitution,
        help="/pattern/replacement/flags; unchanged when nothing matches.",
    ),
    Change(name="val.n0", apply=_or_zero, kind=Kind.ANY, of_undefined=True, help="0 instead of undefined."),
    Change(name="val.ne", apply=_or_empty, kind=Kind.ANY, of_undefined=True, help="Empty instead of undefined."),
    Change(name="num.fdigit", apply=_first_digit, kind=Kind.NUMBER, help="The first digit."),
    Change(name="ip.family", apply=_family, help="INET or INET6."),
    Change(name="ip.isip", apply=_is_address, kind=Kind.NUMBER, help="1 when it is an IP address, else 0."),
    Change(
        name="ip.matches",
        apply=_in_network,
        arguments=(Kind.TEXT,),
        kind=Kind.NUMBER,
        help="1 when it is an address in this network, else 0.",
    ),
    Change(name="kz.json", apply=_json, arguments=(Kind.TEXT,), kind=Kind.ANY, help="As json.parse."),
    Change(
        name="json.parse", apply=_json, arguments=(Kind.TEXT,), kind=Kind.ANY, help="What stands at a path, a.b[0]."
    ),
)
