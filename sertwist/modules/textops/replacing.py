"""Text replaced where a pattern matches (reference language 9.5). What they leave must still be a message."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.textops.search import PATTERN
from sertwist.script.declare import Argument, RouteKind
from sertwist.script.linear import substitute
from sertwist.script.pattern import compile_pattern
from sertwist.sip.text_edits import edit_body, edit_head, edit_text

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.sip.edits import Edits
    from sertwist.sip.message import Message

    Change = Callable[[str], str | None]
    Edit = Callable[[Edits, Message, Change], bool]

__all__ = ["Replacing", "edit"]

_TEXT = Argument(name="text", one_line=True)
_ATONCE = Argument(
    name="pattern", constant=True, expands=False, prepare=compile_pattern, help="lines mean nothing to it"
)
_MATCH = Argument(name="match", help="text, exactly")
_MODE = Argument(name="mode", words=("a", "f", "l"), help="a all, f the first, l the last one")


def edit(ctx: RouteContext, part: Edit, change: Change) -> int:
    """Change a part of the message; -1 when nothing is to be changed, or no message would be left."""
    if ctx.message is None:
        return -1
    try:
        return 1 if part(ctx.wish().edit(), ctx.message, change) else -1
    except ValueError:
        ctx.environment.count("script.edits_refused")
        return -1


class Replacing:
    """The first match, or all, in the part of the message that the name says: header and body, header or body."""

    @function("replace", PATTERN, _TEXT, routes=RouteKind.ANY)
    def replace(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of the first match below the start line."""
        return edit(ctx, edit_text, _first(pattern, text))

    @function("replace_all", PATTERN, _TEXT, routes=RouteKind.ANY)
    def replace_all(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of every match below the start line."""
        return edit(ctx, edit_text, _every(pattern, text))

    @function("replace_hdrs", PATTERN, _TEXT, routes=RouteKind.ANY)
    def replace_hdrs(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of every match in the header."""
        return edit(ctx, edit_head, _every(pattern, text))

    @function("replace_body", PATTERN, _TEXT, routes=RouteKind.ANY)
    def replace_body(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of the first match in the body."""
        return edit(ctx, edit_body, _first(pattern, text))

    @function("replace_body_all", PATTERN, _TEXT, routes=RouteKind.ANY)
    def replace_body_all(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of every match in the body."""
        return edit(ctx, edit_body, _every(pattern, text))

    @function("replace_body_atonce", _ATONCE, _TEXT, routes=RouteKind.ANY)
    def replace_body_atonce(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` in place of every match in the body, the pattern seeing it as one line."""
        return edit(ctx, edit_body, _every(pattern, text))

    @function("replace_str", _MATCH, _TEXT, _MODE, routes=RouteKind.ANY)
    def replace_str(self, ctx: RouteContext, match: str, text: str, mode: str) -> int:
        """Put `text` in place of the text `match` below the start line."""
        return edit(ctx, edit_text, _exactly(match, text, mode))

    @function("replace_hdrs_str", _MATCH, _TEXT, _MODE, routes=RouteKind.ANY)
    def replace_hdrs_str(self, ctx: RouteContext, match: str, text: str, mode: str) -> int:
        """Put `text` in place of the text `match` in the header."""
        return edit(ctx, edit_head, _exactly(match, text, mode))

    @function("replace_body_str", _MATCH, _TEXT, _MODE, routes=RouteKind.ANY)
    def replace_body_str(self, ctx: RouteContext, match: str, text: str, mode: str) -> int:
        """Put `text` in place of the text `match` in the body."""
        return edit(ctx, edit_body, _exactly(match, text, mode))

    @function("search_append", PATTERN, _TEXT, routes=RouteKind.ANY)
    def search_append(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` behind the first match below the start line."""
        return edit(ctx, edit_text, _behind(pattern, text))

    @function("search_append_body", PATTERN, _TEXT, routes=RouteKind.ANY)
    def search_append_body(self, ctx: RouteContext, pattern: re.Pattern[str], text: str) -> int:
        """Put `text` behind the first match in the body."""
        return edit(ctx, edit_body, _behind(pattern, text))


def _first(pattern: re.Pattern[str], text: str) -> Change:
    return partial(_replaced, pattern, lambda _match: text, 1)


def _every(pattern: re.Pattern[str], text: str) -> Change:
    return partial(_replaced, pattern, lambda _match: text, 0)


def _behind(pattern: re.Pattern[str], text: str) -> Change:
    return partial(_replaced, pattern, lambda match: match[0] + text, 1)


def _replaced(
    pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str], most: int, subject: str
) -> str | None:
    changed, count = substitute(pattern, replacement, subject, most)
    return changed if count else None


def _exactly(match: str, text: str, mode: str) -> Change:
    def change(subject: str) -> str | None:
        if not match or match not in subject:
            return None
        if mode == "l":
            before, _, behind = subject.rpartition(match)
            return before + text + behind
        return subject.replace(match, text, 1 if mode == "f" else -1)

    return change
