"""Decide what an argument of the command line is in XML-RPC: by its prefix, by the method's signature, or by its look.

Nothing is guessed that is not plain: `0123`, `+4930`, `1e5` and `85030A` are text unless the method declares otherwise.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sertwist.client.failure import Failure, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.call import Value

__all__ = ["has_prefix", "parse_argument"]

INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
SECONDS: Final = re.compile(r"-?[0-9]{1,12}")
I8: Final = range(-(2**63), 2**63)

BOOLEANS: Final = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)

# XML 1.0 2.2; the writer would replace these without a word.
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

PREFIX: Final = re.compile(r"(json|[sidbtn]):(.*)", re.DOTALL)


def parse_argument(text: str, declared: str | None = None) -> Value:
    """The value that `text` stands for.

    Args:
        text: as typed. `s:` `i:` `d:` `b:` `t:` `n:` `json:` force a type, `@FILE` and `@-` read a file's or standard
            input's text, also after `json:`; `s:@x` is the text `@x`.
        declared: the XML-RPC type that the method's signature names at this place; None if it names none.

    Raises:
        Failure: `text` is nothing of the type that is forced or declared, or its file can't be read (usage).
    """
    match = PREFIX.fullmatch(text)
    if match:
        kind, rest = match.groups()
        value = FORCED[kind](_file_text(rest) if kind == "json" and rest.startswith("@") else rest)
    elif text.startswith("@"):
        value = _content(text) if declared == "base64" else DECLARED.get(declared, _text)(_file_text(text))
    elif declared in DECLARED:
        value = DECLARED[declared](text)
    else:
        value = _guess(text)
    _check_xml(value)
    return value


def has_prefix(text: str) -> bool:
    """Does `text` say its type itself, so that no signature is needed?"""
    return PREFIX.fullmatch(text) is not None


def _guess(text: str) -> Value:
    if INTEGER.fullmatch(text) and int(text) in I8:
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) and math.isfinite(float(text)) else text


def _file_text(text: str) -> str:
    try:
        return _content(text).decode()
    except UnicodeDecodeError as error:
        raise _failure(f"{text[1:]} is not UTF-8 text") from error


def _content(text: str) -> bytes:
    """What the file named after `@` holds, or standard input for `@-`."""
    name = text[1:]
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _failure(f"cannot read {name!r}: {reason} (s:{text} is the text itself)") from error


def _text(text: str) -> Value:
    return text


def _integer(text: str) -> Value:
    if re.fullmatch(r"[+-]?[0-9]{1,20}", text.strip()) and int(text) in I8:
        return int(text)
    raise _failure(f"{text!r} is not an integer of at most 64 bits")


def _double(text: str) -> Value:
    if NUMBER.fullmatch(text.strip()) and math.isfinite(float(text)):
        return float(text)
    raise _failure(f"{text!r} is not a finite number")


def _boolean(text: str) -> Value:
    if text.strip().lower() in BOOLEANS:
        return BOOLEANS[text.strip().lower()]
    raise _failure(f"{text!r} is not a boolean: 1, 0, true, false, yes, no, on or off")


def _time(text: str) -> Value:
    try:
        if SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        value = datetime.fromisoformat(text)
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _failure(f"{text!r} is not a time: 2026-01-31T12:00:00Z, or seconds since 1970") from error


def _nil(text: str) -> Value:
    if text in {"", "nil"}:
        return None
    raise _failure(f"{text!r} after n: or for nil: nothing may stand there")


def _base64(text: str) -> Value:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _failure(f"{text!r} is not base64 (@FILE sends a file's bytes)") from error


def _json(text: str) -> Value:
    try:
        value: Value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_struct)
    except (ValueError, RecursionError) as error:
        raise _failure(f"{text!r} is not JSON: {error}") from error
    return value


def _array(text: str) -> Value:
    value = _json(text)
    return value if isinstance(value, list) else _refuse(text, "array")


def _object(text: str) -> Value:
    value = _json(text)
    return value if isinstance(value, Mapping) else _refuse(text, "object")


def _refuse(text: str, kind: str) -> NoReturn:
    raise _failure(f"{text!r} is not a JSON {kind}, which the method wants")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _struct(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _check_xml(value: Value) -> None:
    """Refuse text that XML can't carry, in all depths.

    Raises:
        Failure: there is such text (usage).
    """
    if isinstance(value, str):
        found = NOT_XML.search(value)
        if found:
            raise _failure(f"{value!r} holds {found[0]!r}, which XML-RPC text cannot carry")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            _check_xml(name)
            _check_xml(member)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for item in value:
            _check_xml(item)


def _failure(message: str) -> Failure:
    return UsageError(f"bad argument: {message}", code="bad-argument")


FORCED: Final[dict[str, Callable[[str], Value]]] = {
    "s": _text,
    "i": _integer,
    "d": _double,
    "b": _boolean,
    "t": _time,
    "n": _nil,
    "json": _json,
}

DECLARED: Final[dict[str | None, Callable[[str], Value]]] = {
    "string": _text,
    "int": _integer,
    "i4": _integer,
    "i8": _integer,
    "double": _double,
    "boolean": _boolean,
    "dateTime.iso8601": _time,
    "base64": _base64,
    "array": _array,
    "struct": _object,
    "nil": _nil,
}
