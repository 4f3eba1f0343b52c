r"""`/pattern/replacement/flags` on parts of the message and on variables (reference language 9.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.textops.replacing import edit
from sertwist.modules.textops.search import WHICH
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.errors import BadUriError
from sertwist.sip.header_text import check_lines, header_name, name_of, value_of
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.text_edits import edit_body, edit_text
from sertwist.sip.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference
    from sertwist.script.substitution import Substitution

__all__ = ["Substituting"]

_EXPRESSION = Argument(
    name="substitution",
    kind=Kind.SUBSTITUTION,
    one_line=True,
    help="`/pattern/replacement/flags`",
)


class Substituting:
    r"""Substitutions; `\1` is what the first group matched, flags are g (all), i (any case), s (not by lines)."""

    @function("subst", _EXPRESSION, routes=RouteKind.ANY)
    def subst(self, ctx: RouteContext, substitution: Substitution) -> int:
        """Substitute below the start line."""
        return edit(ctx, edit_text, substitution.apply)

    @function("subst_body", _EXPRESSION, routes=RouteKind.ANY)
    def subst_body(self, ctx: RouteContext, substitution: Substitution) -> int:
        """Substitute in the body."""
        return edit(ctx, edit_body, substitution.apply)

    @function("subst_hf", Argument(name="name", prepare=header_name), _EXPRESSION, WHICH, routes=RouteKind.ANY)
    def subst_hf(self, ctx: RouteContext, name: str, substitution: Substitution, which: str) -> int:
        """Substitute in the values of headers called `name`; -1 when nothing matches or no line would be left."""
        message = ctx.message
        if message is None:
            return -1
        edits = ctx.wish().edit()
        lines = edits.lines(message)
        places = [at for at, line in enumerate(lines) if name_of(line) == name]
        places = {"f": places[:1], "l": places[-1:]}.get(which, places)
        try:
            changed = [_changed_line(lines, at, substitution) for at in places]
        except ValueError:
            ctx.environment.count("script.edits_refused")
            return -1
        if not any(changed):
            return -1
        edits.rewrite_lines(lines)
        return 1

    @function("subst_uri", _EXPRESSION, routes=RouteKind.ANY)
    def subst_uri(self, ctx: RouteContext, substitution: Substitution) -> int:
        """Substitute in the Request-URI; -1 when nothing matches, or it would be no URI any more."""
        changed = None if ctx.message is None else substitution.apply(ctx.uri)
        if changed is None:
            return -1
        return _go_to(ctx, changed)

    @function("subst_user", _EXPRESSION, routes=RouteKind.ANY)
    def subst_user(self, ctx: RouteContext, substitution: Substitution) -> int:
        """Substitute in the user of the Request-URI; -1 when nothing matches, or it would be no URI any more."""
        try:
            uri = parse_uri(as_bytes(ctx.uri)) if ctx.message is not None else None
        except BadUriError:
            return -1
        if not isinstance(uri, SipUri):
            return -1
        changed = substitution.apply(as_text(uri.user or b""))
        if changed is None:
            return -1
        user = as_bytes(changed)
        if b"@" in user or b":" in user:
            return -1
        return _go_to(ctx, as_text(bytes(replace(uri, user=user or None, password=uri.password if user else None))))

    @function(
        "subst_v",
        Argument(name="text"),
        _EXPRESSION,
        Argument(name="result", kind=Kind.VARIABLE),
        routes=RouteKind.ANY,
    )
    def subst_v(self, ctx: RouteContext, text: str, substitution: Substitution, result: Reference) -> int:
        """Put `text` with the substitution into the variable `result`; -1 when nothing matches."""
        changed = substitution.apply(text)
        if changed is None or result.put is None:
            return -1
        result.put(ctx, changed)
        return 1


def _changed_line(lines: list[bytes], at: int, substitution: Substitution) -> bool:
    changed = substitution.apply(as_text(value_of(lines[at])))
    if changed is None:
        return False
    value = as_bytes(changed)
    if b"\r" in value or b"\n" in value:
        raise ValueError("a line end inside a header value")
    [lines[at]] = check_lines([lines[at].partition(b":")[0] + b": " + value])
    return True


def _go_to(ctx: RouteContext, uri: str) -> int:
    try:
        parse_uri(as_bytes(uri))
    except BadUriError:
        return -1
    ctx.wish().uri = uri
    return 1
