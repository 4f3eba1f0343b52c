"""A call as one short text for people: secrets hidden, cut, nothing in it that moves a cursor (reference rpc 14.16)."""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_AUDIT_TEXT
from sertwist.printable import escape_controls
from sertwist.rpc.audit.canonical import is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    for number, each in enumerate(call.members or (call,)):
        yield f"{'; ' if number else ''}{each.method[: MAX_AUDIT_TEXT + 1]}("
        method = resolve(each.method)
        for position, value in enumerate(each.params):
            if position:
                yield ", "
            if is_secret(method, position):
                yield HIDDEN
            else:
                yield from _pieces(value)
        for name in each.named or ():  # they do not fit the declaration, which would say what is secret
            yield f"{name[: MAX_AUDIT_TEXT + 1]}={HIDDEN}, "
        yield ")"


def _pieces(value: Value) -> Iterator[str]:
    match value:
        case str():
            yield encode_basestring_ascii(value[: MAX_AUDIT_TEXT + 1])
        case bool() | None:
            yield {True: "true", False: "false", None: "nil"}[value]
        case bytes():
            yield f"<{len(value)} bytes>"
        case Mapping():
            yield "{"
            for number, name in enumerate(value):
                yield f"{', ' if number else ''}{encode_basestring_ascii(name[: MAX_AUDIT_TEXT + 1])}: "
                yield from _pieces(value[name])
            yield "}"
        case tuple() | list():
            yield "["
            for number, each in enumerate(value):
                if number:
                    yield ", "
                yield from _pieces(each)
            yield "]"
        case _:
            yield str(value)
