"""Header lines put in and taken out (reference language 9.5).

Nothing of it is visible to the script before `msg_apply_changes()`: it reads the message as received (10.2).
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern
from sertwist.sip.header_text import header_lines, header_name, name_of, value_of
from sertwist.sip.text import as_text

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["HeaderEditing", "HeaderRemoval"]

_LINES = Argument(name="text", lines=True, prepare=header_lines, help=r'whole lines, `"X-Hint: here\r\n"`')
_ANCHOR = Argument(name="header", optional=True, prepare=header_name)
_NAME = Argument(name="name", prepare=header_name)
_NAMES = Argument(name="names", constant=True, expands=False, prepare=compile_pattern, help="pattern")
_R_F_B = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH


class HeaderEditing:
    """New header lines."""

    @function("append_hf", _LINES, _ANCHOR, routes=RouteKind.ANY)
    def append_hf(self, ctx: RouteContext, lines: tuple[bytes, ...], anchor: str = "") -> int:
        """Add header lines: after all others, or behind the first one called `header` if there is one."""
        if ctx.message is None:
            return -1
        edits = ctx.wish().edit()
        if not anchor:
            edits.append_lines(lines)
            return 1
        present = edits.lines(ctx.message)
        at = _first(present, anchor)
        at = len(present) if at < 0 else at + 1
        edits.rewrite_lines([*present[:at], *lines, *present[at:]])
        return 1

    @function("insert_hf", _LINES, _ANCHOR, routes=RouteKind.ANY)
    def insert_hf(self, ctx: RouteContext, lines: tuple[bytes, ...], anchor: str = "") -> int:
        """Add header lines: before all others, or before the first one called `header` if there is one."""
        if ctx.message is None:
            return -1
        edits = ctx.wish().edit()
        present = edits.lines(ctx.message)
        at = max(0, _first(present, anchor)) if anchor else 0
        edits.rewrite_lines([*present[:at], *lines, *present[at:]])
        return 1

    @function("append_to_reply", _LINES, routes=_R_F_B | RouteKind.EVENT)
    def append_to_reply(self, ctx: RouteContext, lines: tuple[bytes, ...]) -> int:
        """Add header lines to replies that are made here to this request."""
        headers = ctx.wish().reply_headers
        headers += [(name_of(line), as_text(value_of(line))) for line in lines]
        return 1

    @function("append_urihf", Argument(name="prefix"), Argument(name="suffix"), routes=_R_F_B)
    def append_urihf(self, ctx: RouteContext, prefix: str, suffix: str) -> int:
        r"""Add a line around the Request-URI as it is now: `append_urihf("CC-Diversion: ", "\r\n")`.

        Returns -1 when that makes no header line.
        """
        try:
            lines = header_lines(f"{prefix}{ctx.uri}{suffix}")
        except ValueError:
            return -1
        if ctx.message is None:
            return -1
        ctx.wish().edit().append_lines(lines)
        return 1

    @function("append_time", routes=_R_F_B)
    def append_time(self, ctx: RouteContext) -> int:
        """Add a Date header to replies that are made here to this request (RFC 3261 20.17)."""
        ctx.wish().reply_headers.append(("date", _date(ctx)))
        return 1

    @function("append_time_to_request", routes=_R_F_B)
    def append_time_to_request(self, ctx: RouteContext) -> int:
        """Add a Date header to the request that goes on."""
        if ctx.message is None:
            return -1
        ctx.wish().edit().set_header("date", _date(ctx))
        return 1


class HeaderRemoval:
    """Header lines that do not go on."""

    @function("remove_hf", _NAME, routes=RouteKind.ANY)
    def remove_hf(self, ctx: RouteContext, name: str) -> int:
        """Take out all headers called `name`, long or compact; -1 when none was received."""
        message, wishes = ctx.message, ctx.wishes
        if message is None:
            return -1
        received = name in message.first
        if not received and (wishes is None or wishes.edits is None):
            return -1
        ctx.wish().edit().remove_header(name)
        return 1 if received else -1

    @function("remove_hf_re", _NAMES, routes=RouteKind.ANY)
    def remove_hf_re(self, ctx: RouteContext, names: re.Pattern[str]) -> int:
        """Take out all headers whose name, as received or long, matches the pattern; -1 when there is none."""
        return _remove(ctx, lambda line: _matches(names, line))

    @function(
        "remove_hf_exp",
        _NAMES,
        Argument(name="kept", constant=True, expands=False, prepare=compile_pattern, help="pattern"),
        routes=RouteKind.ANY,
    )
    def remove_hf_exp(self, ctx: RouteContext, names: re.Pattern[str], kept: re.Pattern[str]) -> int:
        """Take out all headers whose name matches the first pattern and not the second; -1 when there is none."""
        return _remove(ctx, lambda line: _matches(names, line) and not _matches(kept, line))

    @function("remove_hf_idx", _NAME, Argument(name="index", kind=Kind.NUMBER), routes=RouteKind.ANY)
    def remove_hf_idx(self, ctx: RouteContext, name: str, index: int) -> int:
        """Take out one header line called `name`: 0 the first, -1 the last; -1 when there is none."""
        if ctx.message is None:
            return -1
        edits = ctx.wish().edit()
        lines = edits.lines(ctx.message)
        places = [at for at, line in enumerate(lines) if name_of(line) == name]
        if not -len(places) <= index < len(places):
            return -1
        del lines[places[index]]
        edits.rewrite_lines(lines)
        return 1


def _first(lines: list[bytes], name: str) -> int:
    return next((at for at, line in enumerate(lines) if name_of(line) == name), -1)


def _matches(names: re.Pattern[str], line: bytes) -> bool:
    written = as_text(line.partition(b":")[0].rstrip())
    return is_found(names, written) or is_found(names, name_of(line))


def _remove(ctx: RouteContext, goes: Callable[[bytes], bool]) -> int:
    if ctx.message is None:
        return -1
    edits = ctx.wish().edit()
    lines = edits.lines(ctx.message)
    kept = [line for line in lines if not goes(line)]
    if len(kept) == len(lines):
        return -1
    edits.rewrite_lines(kept)
    return 1


def _date(ctx: RouteContext) -> str:
    return formatdate(ctx.environment.wall_clock(), usegmt=True)
