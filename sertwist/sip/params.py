"""Read and print the `;name=value` lists of Via, From, To, Contact and Route (RFC 3261 25.1)."""

from __future__ import annotations

import re
from typing import TypeAlias

from sertwist.sip.errors import BadParameterError
from sertwist.sip.grammar import PARAM, QUOTED, TOKEN, split_semicolons

__all__ = ["Params", "encode_params", "find_param", "parse_params", "split_plain", "without_params"]

Params: TypeAlias = tuple[tuple[bytes, bytes | None], ...]
"""Parameters in order, names spelt as received; a value keeps its quotes; None: no `=`."""

_plain_list = re.compile(rb"(?:" + PARAM + rb")+").fullmatch
_parameter = re.compile(rb"(" + TOKEN + rb")(?:[ \t]*+=[ \t]*+([!#-+\--:=?-~]++|" + QUOTED + rb"))?").fullmatch


def parse_params(text: bytes) -> Params:
    """Return the parameters of `text`, which is empty or starts with `;`.

    Raises:
        BadParameterError: an empty parameter, a name that is no token, a bad value, an unterminated quote.
    """
    if not text:
        return ()
    if _plain_list(text):
        return split_plain(text)
    items = split_semicolons(text)
    if items[0]:
        raise BadParameterError("Parameters start with a semicolon")
    found = []
    for item in items[1:]:
        match = _parameter(item)
        if match is None:
            raise BadParameterError("Malformed parameter")
        found.append((match[1], match[2]))
    return tuple(found)


def split_plain(text: bytes) -> Params:
    """Return the parameters of `text`, which a pattern made of `PARAM` has matched already."""
    found: list[tuple[bytes, bytes | None]] = []
    for item in text[1:].split(b";"):
        name, equal, value = item.partition(b"=")
        found.append((name, value if equal else None))
    return tuple(found)


def encode_params(params: Params) -> bytes:
    """Return `params` as `;name=value` bytes; b"" when there are none."""
    return b"".join([b";" + name if value is None else b";" + name + b"=" + value for name, value in params])


def find_param(params: Params, name: bytes) -> bytes | None:
    """Return the first parameter called `name` (lower case); b"" when it has no value, None when absent."""
    for key, value in params:
        if key == name or key.lower() == name:
            return value or b""
    return None


def without_params(params: Params, *names: bytes) -> Params:
    """Return `params` less those called one of `names` (lower case)."""
    return tuple([item for item in params if item[0].lower() not in names])
