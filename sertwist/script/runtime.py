"""What generated code may call; all else it does itself. Undefined values are None (reference language 6.6)."""

from __future__ import annotations

import re
from functools import lru_cache
from inspect import isawaitable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from sertwist.errors import ConfigError
from sertwist.limits import MAX_ROUTE_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from sertwist.script.context import RouteContext

__all__ = [
    "INVALID",
    "ROUTE_ARGUMENTS",
    "ScriptEndError",
    "as_pattern",
    "by_name",
    "changed",
    "changed_always",
    "check_depth",
    "end",
    "find_route",
    "finished",
    "given",
    "given_later",
    "in_network",
    "is_unset",
    "number",
    "on_one_line",
    "plain",
    "prepared",
    "returned",
    "same_number",
    "same_text",
    "same_uri",
    "same_value",
    "shown",
    "text",
    "too_many_loops",
    "truth",
    "without_slashes",
]

Value = str | int | None
_R = TypeVar("_R")

_SHOWN: Final = 80  # characters of a peer's text in a log line
INVALID: Final = object()  # stands for an argument that can't be used

_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_BEYOND: Final = 2**63
_HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]{1,16}", re.ASCII)
_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\0"))


class ScriptEndError(Exception):
    """Unwinds all routes: the script is over. `value` is what the script returns."""

    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.value = value


def end(ctx: RouteContext, value: int = 0) -> NoReturn:
    """End the script.

    Raises:
        ScriptEndError: always; `Program.run` takes it.
    """
    ctx.ended = True
    raise ScriptEndError(value)


def too_many_loops(ctx: RouteContext, place: str, bound: int) -> None:
    """Count and log a `while` that was left because of its bound (reference language 5.3)."""
    ctx.environment.count("script.while-loops")
    ctx.environment.complain(f"{place}: the loop was ended after {bound} rounds (max_while_loops)")


def returned(ctx: RouteContext, value: int) -> int:
    """Keep the value of a call for `retcode`, and give it back."""
    ctx.return_code = value
    return value


def check_depth(name: str, depth: int) -> None:
    """Let `depth` route calls within each other pass.

    Raises:
        ConfigError: there are more than `MAX_ROUTE_DEPTH`.
    """
    if depth > MAX_ROUTE_DEPTH:
        raise ConfigError(
            f"route {name!r}: more than {MAX_ROUTE_DEPTH} route calls within each other", code="route-depth"
        )


def find_route(ctx: RouteContext, routes: Mapping[str, Callable[..., Any]], name: str) -> Callable[..., Any]:
    """The route of a computed name; one that gives -1 where there is none, which is counted and logged."""
    found = routes.get(name)
    if found is None:
        ctx.environment.count("script.unknown-routes")
        ctx.environment.complain(f"there is no route {name[:_SHOWN]!a}")
        return _no_route
    return found


def _no_route(_ctx: RouteContext, _depth: int = 0) -> int:
    return -1


#: Under this the arguments of the route call that is running are noted for the message.
ROUTE_ARGUMENTS: Final = "$param"


def given(ctx: RouteContext, route: Callable[..., int], arguments: tuple[Value, ...], *depth: int) -> int:
    """The value of a route that is called with arguments."""
    before = _give(ctx, arguments)
    try:
        return route(ctx, *depth)
    finally:
        _give(ctx, before)


async def given_later(ctx: RouteContext, route: Callable[..., Any], arguments: tuple[Value, ...], *depth: int) -> int:
    """The same of a route that may wait."""
    before = _give(ctx, arguments)
    try:
        return await finished(route(ctx, *depth))
    finally:
        _give(ctx, before)


def _give(ctx: RouteContext, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
    """Note the arguments of a call; gives back those of the call around it."""
    if ctx.notes is None:
        ctx.notes = {}
    before: tuple[Value, ...] = ctx.notes.get(ROUTE_ARGUMENTS, ())
    ctx.notes[ROUTE_ARGUMENTS] = arguments
    return before


async def finished(value: Any) -> int:
    """The value of a route that may be a coroutine."""
    result: int = await value if isawaitable(value) else value
    return result


def text(value: Value) -> str:
    """`value` as text: undefined is empty, true and false are 1 and 0."""
    if value.__class__ is str:
        return value
    return "" if value is None else str(int(value))


def number(value: Value) -> int:
    """`value` as a number: undefined and anything that is no number of 64 bits are 0 (reference language 6.3)."""
    if value.__class__ is int:
        return value
    if value is None:
        return 0
    if isinstance(value, int):
        return int(value)
    found = 0
    if _DECIMAL.fullmatch(value):
        found = int(value)
    elif _HEXADECIMAL.fullmatch(value):
        found = int(value, 16)
    return found if -_BEYOND <= found < _BEYOND else 0


def plain(value: Value) -> str | int | None:
    """`value` as a variable keeps it: true and false are 1 and 0."""
    return int(value) if value is True or value is False else value


def truth(value: Value) -> int:
    """1 for a number other than 0 and a text that is not empty, else 0."""
    return 1 if value else 0


def shown(value: Value) -> str:
    """`value` in a text for people: undefined is `<null>` (reference language 8.6)."""
    if value.__class__ is str:
        return value
    return "<null>" if value is None else text(value)


def on_one_line(value: Value) -> str:
    """`value` in a text that only the script's own words divide into lines: CR, LF and NUL in it are left out."""
    words = shown(value)
    return words.translate(_LINE_ENDS) if "\r" in words or "\n" in words or "\0" in words else words


def as_pattern(value: Value) -> str:
    """`value` in a pattern that the script alone writes: it stands for itself there."""
    return re.escape(text(value))


def without_slashes(value: Value) -> str:
    """`value` in a text that the script alone divides by slashes: NUL stands for one in it; escaped as in a pattern."""
    return re.escape(text(value)).replace("/", "\0")


def prepared(prepare: Callable[[str], object], value: str) -> object:
    """What a function receives for a text that is known only now, `INVALID` when it can't be used."""
    try:
        return prepare(value)
    except ValueError:
        return INVALID


def by_name(
    ctx: RouteContext, act: Callable[..., _R], prepare: Callable[[str], object], name: str, *more: object
) -> _R | None:
    """Read or write a variable whose name in parentheses is known only now; undefined when it can't be used."""
    try:
        found = prepare(name)
    except ValueError:
        return None
    return act(ctx, found, *more)


def changed(change: Callable[..., Value], value: Value, *arguments: object) -> Value:
    """`value` transformed; what is undefined or can't be transformed is undefined."""
    if value is None:
        return None
    try:
        return change(value if value.__class__ is str else text(value), *arguments)
    except ValueError:
        return None


def changed_always(change: Callable[..., Value], value: Value, *arguments: object) -> Value:
    """As `changed`, for a transformation that takes undefined values."""
    try:
        return change(value, *arguments)
    except ValueError:
        return None


def is_unset(value: Value) -> bool:
    """Whether `value` is undefined or empty."""
    return value is None or value == ""


def same_text(one: Value, other: Value) -> bool:
    """Whether both are defined and equal as text, in exactly this case."""
    if one.__class__ is str and other.__class__ is str:
        return one == other
    return one is not None and other is not None and text(one) == text(other)


def same_value(one: Value, other: Value) -> bool:
    """Whether both are defined and equal; the left one decides whether as numbers or as text (6.3)."""
    if one.__class__ is str and other.__class__ is str:
        return one == other
    if one is None or other is None:
        return False
    return text(one) == text(other) if isinstance(one, str) else int(one) == number(other)


def same_number(one: Value, other: Value) -> bool:
    """Whether both are defined and equal as numbers."""
    return one is not None and other is not None and number(one) == number(other)


def same_uri(one: Value, other: Value) -> bool:
    """Whether both are defined and equal as text in any case: how `uri` has always been compared (6.4)."""
    return one is not None and other is not None and text(one).lower() == text(other).lower()


@lru_cache(maxsize=4096)
def in_network(value: Value, *networks: tuple[int, int, int]) -> bool:
    """Whether `value` is the text of an address inside one of `networks` (see `network_bits`)."""
    try:
        found = ip_address(text(value))
    except ValueError:
        return False
    version, address = found.version, int(found)
    for wanted_version, mask, wanted in networks:  # noqa: SIM110 (a generator takes three times as long)
        if version == wanted_version and address & mask == wanted:
            return True
    return False


def network_bits(network: IPv4Network | IPv6Network) -> tuple[int, int, int]:
    """IP version, mask and address of a network, as `in_network` looks at it."""
    return network.version, int(network.netmask), int(network.network_address)
