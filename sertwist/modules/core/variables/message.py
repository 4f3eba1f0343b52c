"""The message itself: `$rm`, `$rs`, `$hdr(Name)`, `$rb`, `$mb`, flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.core.variables.row import Written, checked, variable
from sertwist.modules.reading import message as read
from sertwist.modules.reading.address_parts import address_param
from sertwist.modules.reading.headers import header_count, header_text, read_name
from sertwist.modules.reading.vias import via_part, via_text
from sertwist.script.declare import Index, Kind
from sertwist.sip.grammar import split_commas
from sertwist.sip.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Variable

__all__ = ["message_variables"]

_HIGHEST: Final = 2**32 - 1
_VIA_WORDS: Final = ("uri", "host", "port", "proto", "branch", "received", "rport", "params", "i", "alias")
_VIA_PARTS: Final = {"proto": "transport"}
_SHORTEST, _LONGEST = "min", "max"


def _status(ctx: RouteContext) -> int | None:
    """The status of a response."""
    return ctx.status


def _header(ctx: RouteContext, name: str, index: int | str = 0) -> str | None:
    """A header line by name: `[0]` the first, `[-1]` the last, `[*]` all with commas between."""
    if index == 0:
        return header_text(ctx, name)
    values = ctx.header_values(name)
    if isinstance(index, str):
        return as_text(b", ".join(values)) if values else None
    return as_text(values[index]) if -len(values) <= index < len(values) else None


def _header_value(ctx: RouteContext, name: str, index: int | str = 0) -> str | None:
    """One of the values that stand in the lines of that name with commas between; index as of `$hdr`."""
    values = [item for line in ctx.header_values(name) for item in split_commas(line)]
    if isinstance(index, str):
        return as_text(b", ".join(values)) if values else None
    return as_text(values[index]) if -len(values) <= index < len(values) else None


def _body(ctx: RouteContext) -> str | None:
    """The body; undefined without one."""
    return read.body(ctx) or None


def _body_length(ctx: RouteContext) -> int | None:
    """Bytes of the body."""
    return None if ctx.body is None else len(ctx.body)


def _content_length(ctx: RouteContext) -> int | None:
    """The number in Content-Length."""
    value = ctx.header("content-length")
    return int(value) if value is not None and value.isdigit() and len(value) <= 10 else None


def _length(ctx: RouteContext) -> int:
    """Bytes of the whole message."""
    return ctx.message_length


def _expires(ctx: RouteContext, which: str) -> int | None:
    """The shortest (`min`) or longest (`max`) `expires` of the Contacts, where they have none that of Expires."""
    general = ctx.header("expires") or b""
    found = []
    for value in ctx.header_values("contact"):
        for item in split_commas(value):
            own = address_param(as_text(item), "expires") or as_text(general)
            if own.isascii() and own.isdigit():
                found.append(int(own[:10]))
    if not found:
        return int(general[:10]) if general.isdigit() else None
    return min(found) if which == _SHORTEST else max(found)


def _via(index: int) -> Callable[[RouteContext, str], str | None]:
    parts = {word: via_part(_VIA_PARTS.get(word, word)) for word in _VIA_WORDS}

    def get(ctx: RouteContext, part: str) -> str | None:
        if part == "uri":
            return via_text(ctx, index)
        return parts[part](ctx, index) or None

    return get


# -- flags ------------------------------------------------------------------------------------------------------------


def _flags(ctx: RouteContext) -> int:
    """The flags of the message as a number."""
    return ctx.flags


def _branch_flags(ctx: RouteContext) -> int:
    """The flags of the Request-URI's branch as a number."""
    return 0 if ctx.wishes is None else ctx.wishes.branch_flags


def _script_flags(ctx: RouteContext) -> int:
    """The flags of this run of the script as a number."""
    return ctx.script_flags


def _write_flags(store: Callable[[RouteContext, int], None]) -> Callable[[RouteContext, Written], bool]:
    def write(ctx: RouteContext, value: Written) -> bool:
        text = "0" if value is None else str(value)
        number = int(text) if text.isascii() and text.isdigit() else -1
        if not 0 <= number <= _HIGHEST:
            return False
        store(ctx, number)
        return True

    return write


def _store_flags(ctx: RouteContext, number: int) -> None:
    ctx.flags = number


def _store_branch_flags(ctx: RouteContext, number: int) -> None:
    ctx.wish().branch_flags = number


def _store_script_flags(ctx: RouteContext, number: int) -> None:
    ctx.wish().script_flags = number


def _hexadecimal(get: Callable[[RouteContext], int]) -> Callable[[RouteContext], str]:
    return lambda ctx: f"{get(ctx):08x}"


def _flag_variables() -> list[Variable]:
    found: list[Variable] = []
    for letter, get, store in (
        ("m", _flags, _store_flags),
        ("b", _branch_flags, _store_branch_flags),
        ("s", _script_flags, _store_script_flags),
    ):
        put = checked(f"{letter}f", _write_flags(store))
        found += variable(f"{letter}f", get, kind=Kind.NUMBER, put=put)
        found += variable(f"{letter}F", _hexadecimal(get), help=f"${letter}f in hexadecimal.")
    return found


def message_variables() -> list[Variable]:
    """All of them."""
    index = (Index(default=0, takes_all=True),)
    return [
        *variable("rm", read.method),
        *variable("rs", _status, kind=Kind.NUMBER),
        *variable("rr", read.reason),
        *variable("rv", read.version),
        *variable("cs", read.cseq_number, kind=Kind.NUMBER),
        *variable("csb", lambda ctx: _header(ctx, "cseq"), help="The CSeq header."),
        *variable("mt", read.message_type, kind=Kind.NUMBER),
        *variable("mi", read.message_id, kind=Kind.NUMBER),
        *variable("mb", read.whole),
        *variable("ml", _length, kind=Kind.NUMBER),
        *variable("rb", _body),
        *variable("bs", _body_length, kind=Kind.NUMBER),
        *variable("cl", _content_length, kind=Kind.NUMBER),
        *variable("hdr", _header, argument=read_name, indexes=index),
        *variable("hfl", _header_value, argument=read_name, indexes=index),
        *variable("hdrc", header_count, argument=read_name, kind=Kind.NUMBER),
        *variable("expires", _expires, words=(_SHORTEST, _LONGEST), kind=Kind.NUMBER),
        *variable("via0", _via(1), words=_VIA_WORDS, help="A part of the first Via value."),
        *variable("via1", _via(2), words=_VIA_WORDS, help="A part of the second Via value."),
        *variable("viaZ", _via(-1), words=_VIA_WORDS, help="A part of the last Via value."),
        *_flag_variables(),
    ]
