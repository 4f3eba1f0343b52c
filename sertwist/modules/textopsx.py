"""Module textopsx: what textops got later (reference language 9.5)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from sertwist.errors import PeerError
from sertwist.modules.declare import Module, function
from sertwist.modules.header_values.functions import HeaderValueEditing
from sertwist.modules.header_values.selects import HeaderValueSelects
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern
from sertwist.sip.header_text import name_of
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.reply import can_become
from sertwist.sip.sanity import check_request, check_response
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    import re

    from sertwist.script.context import RouteContext

__all__ = ["TextopsxModule"]

_REASON = Argument(name="reason", one_line=True)
_GLOB = Argument(name="pattern", constant=True, expands=False, help="with `*`, `?` and `[a-z]`")
_KEPT = Argument(name="names", optional=True, constant=True, expands=False, prepare=compile_pattern, help="pattern")
#: What a message needs to get where it goes and to be understood there.
_NEEDED: Final = frozenset(
    "via from to call-id cseq max-forwards route record-route contact content-length content-type".split()  # noqa: SIM905
)


class TextopsxModule(HeaderValueEditing, HeaderValueSelects, Module):
    """More text editing."""

    name = "textopsx"
    help = "More header and text editing."

    @function("msg_apply_changes", routes=RouteKind.REQUEST | RouteKind.REPLY | RouteKind.EVENT)
    def msg_apply_changes(self, ctx: RouteContext) -> int:
        """Make the changes so far visible: everything after it reads the message as they have made it.

        Returns -1 when they have made something that would not be taken if it were received; they stay pending then.
        """
        if ctx.message is None:
            return -1
        if ctx.wishes is None or ctx.wishes.edits is None:
            return 1
        try:
            changed = parse_message(ctx.message.serialize(ctx.wishes.edits))
        except PeerError:
            changed = None
        if changed is None or not _is_sound(changed):
            ctx.environment.count("script.edits_refused")
            return -1
        ctx.replace_message(changed)
        ctx.wishes.edits = None
        return 1

    @function(
        "change_reply_status",
        Argument(name="code", kind=Kind.NUMBER, minimum=100, maximum=699),
        _REASON,
        routes=RouteKind.REPLY,
    )
    def change_reply_status(self, ctx: RouteContext, code: int, reason: str) -> int:
        """Let the reply go on as `code` and `reason`.

        A provisional or positive one stays in its class, and none becomes one (RFC 3261 16.7): -1.
        """
        message = ctx.message
        if not isinstance(message, Response) or not 100 <= code <= 699 or not can_become(message.status, code):
            return -1
        ctx.wish().edit().replace_start_line(b"SIP/2.0 %d %s" % (code, as_bytes(reason)))
        return 1

    @function("keep_hf", _KEPT, routes=RouteKind.ANY)
    def keep_hf(self, ctx: RouteContext, names: re.Pattern[str] | None = None) -> int:
        """Take out all headers but those that every message needs, and those whose name matches the pattern."""
        if ctx.message is None:
            return -1
        edits = ctx.wish().edit()
        edits.rewrite_lines([line for line in edits.lines(ctx.message) if _stays(line, names)])
        return 1

    @function("remove_body", routes=RouteKind.ANY)
    def remove_body(self, ctx: RouteContext) -> int:
        """Send no body."""
        if ctx.message is None:
            return -1
        edits = ctx.wish().edit()
        edits.replace_body(b"")
        edits.remove_header("content-type")
        return 1

    @function("fnmatch", Argument(name="text"), _GLOB, routes=RouteKind.ANY)
    def fnmatch(self, _ctx: RouteContext, text: str, pattern: str) -> int:
        """Whether the whole of `text` matches `pattern` as file names do in a shell."""
        return 1 if fnmatchcase(text, pattern) else -1


def _is_sound(message: Request | Response) -> bool:
    """Whether it keeps what the rest of the server takes for granted."""
    return (check_request(message) if isinstance(message, Request) else check_response(message)) is None


def _stays(line: bytes, names: re.Pattern[str] | None) -> bool:
    return name_of(line) in _NEEDED or (names is not None and is_found(names, as_text(line.partition(b":")[0])))
