"""A call as one short text for people: secrets hidden, cut, nothing in it that moves a cursor (reference rpc 14.16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Final, cast

from sertwist.limits import MAX_AUDIT_TEXT
from sertwist.printable import escape_controls
from sertwist.rpc.audit.canonical import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.declare import Method

__all__ = ["HIDDEN", "cut", "redacted"]

HIDDEN: Final = "***"


def cut(text: str, bound: int = MAX_AUDIT_TEXT) -> str:
    """`text` without controls, at most `bound` characters; what was left out shows as three dots."""
    if len(text) <= bound and text.isascii() and text.isprintable():
        return text
    escaped = escape_controls(text[: bound + 1])
    return escaped if len(escaped) <= bound else escaped[: bound - 3] + "..."


def redacted(call: Call, resolve: Callable[[str], Method | None]) -> str:
    """`core.echo("a", ***)`; a multicall's members one after another. No more is looked at than is shown."""
    text = ""
    for piece in _calls(call, resolve):
        text += piece
        if len(text) > MAX_AUDIT_TEXT:
            break
    return cut(text)


def _calls(call: Call, resolve: Callable[[str], Method | None]) -> Iterator[str]:
    """The text in pieces, a scalar parameter being one."""
    for number, each in enumerate(call.members or (call,)):
        yield f"{'; ' if number else ''}{each.method[: MAX_AUDIT_TEXT + 1]}("
        method = resolve(each.method)
        between = ""
        for position, value in enumerate(each.params):
            scalar = _hidden if is_secret(method, position) else _SCALARS.get(type(value))
            if scalar is not None:
                yield between + scalar(value)
            else:
                yield between
                yield from _pieces(value)
            between = ", "
        for name in each.named or ():  # they do not fit the declaration, which would say what is secret
            yield f"{between}{name[: MAX_AUDIT_TEXT + 1]}={HIDDEN}"
            between = ", "
        yield ")"


def _pieces(value: Value) -> Iterator[str]:
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        yield scalar(value)
    elif isinstance(value, Mapping):
        yield "{"
        for number, name in enumerate(value):
            yield f"{', ' if number else ''}{_text(name)}: "
            yield from _pieces(value[name])
        yield "}"
    else:
        yield "["
        for number, each in enumerate(cast("Sequence[Value]", value)):
            if number:
                yield ", "
            yield from _pieces(each)
        yield "]"


def _text(value: str) -> str:
    return encode_basestring_ascii(value[: MAX_AUDIT_TEXT + 1])


def _hidden(_value: object) -> str:
    return HIDDEN


_SCALARS: Final[dict[type, Callable[[Any], str]]] = {
    str: _text,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: str,
    bytes: lambda value: f"<{len(value)} bytes>",
    datetime: str,
    type(None): lambda _value: "nil",
}
