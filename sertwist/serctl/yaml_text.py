"""Write values as YAML that readers of YAML 1.1 and 1.2 take alike: what could be read as something else is quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from sertwist.printable import escape_for_json

__all__ = ["format_yaml"]

# Text that is nothing but text: no number, time, number to the base 60, boolean or null of any version.
PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+()-]+)*")
WORDS: Final = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|nil|none|nan|inf|e[0-9]+")


def format_yaml(value: object) -> str:
    """`value`, made of what `json_ready` returns, as one document."""
    if isinstance(value, Mapping | list) and value:
        return "\n".join(_block(value, ""))
    return _scalar(value)


def _block(value: object, indent: str) -> Iterator[str]:
    """The lines of a collection that is not empty."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _entry(f"{indent}{_scalar(name)}:", each, f"{indent}  ")
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, Mapping | list) and each:
                first, *rest = _block(each, f"{indent}  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{indent}- {_scalar(each)}"


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list) and value:
        yield head
        yield from _block(value, indent)
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and not WORDS.fullmatch(value):
        return value
    if isinstance(value, float):
        return _number(value)
    # JSON's texts, numbers, booleans, null and empty collections are YAML's.
    return escape_for_json(json.dumps(value, ensure_ascii=False))


def _number(value: float) -> str:
    """With a point, without which YAML 1.1 takes an exponent for text."""
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e")
