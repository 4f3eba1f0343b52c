"""Via values as scripts see them: `@via[n]` and `$via0(...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.reading.headers import param_in
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.params import encode_params
from sertwist.sip.text import as_text
from sertwist.sip.via import Via, parse_via

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["via_at", "via_param", "via_part", "via_text"]


def via_at(ctx: RouteContext, index: int = 1) -> Via | None:
    """One Via value over all Via lines: 1 is the first, 0 too, -1 the last; None when it is not there."""
    message = ctx.message
    if message is None:
        return None
    try:
        if index in (0, 1):
            return message.top_via
        values = message.values("via")
        at = index - 1 if index > 0 else index
        return parse_via(values[at]) if -len(values) <= at < len(values) else None
    except BadHeaderError:
        return None


def via_text(ctx: RouteContext, index: int = 1) -> str | None:
    """The whole value."""
    via = via_at(ctx, index)
    return None if via is None else as_text(bytes(via))


def via_param(ctx: RouteContext, name: str, index: int = 1) -> str | None:
    """A parameter: empty without a value, undefined when it is not there."""
    via = via_at(ctx, index)
    return None if via is None else param_in(as_text(encode_params(via.params)[1:]), name)


def via_part(part: str) -> Callable[..., str | None]:
    """What reads one part: a name of `_PARTS`, or a parameter that is empty when it is not there."""
    read = _PARTS.get(part)

    def get(ctx: RouteContext, index: int = 1) -> str | None:
        via = via_at(ctx, index)
        if via is None:
            return None
        return read(via) if read is not None else as_text(via.param(part.encode("ascii")) or b"")

    return get


_PARTS: dict[str, Callable[[Via], str]] = {
    "name": lambda via: as_text(via.protocol.partition(b"/")[0]),
    "version": lambda via: as_text(via.protocol.partition(b"/")[2]),
    "transport": lambda via: as_text(via.transport),
    "host": lambda via: as_text(via.host),
    "port": lambda via: str(via.port or ""),
    "params": lambda via: as_text(encode_params(via.params)[1:]),
    "comment": lambda _via: "",  # RFC 2543; nothing that is understood here has one
}
