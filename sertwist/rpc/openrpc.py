"""The methods as an OpenRPC 1.3 document: what code generators and API browsers of JSON-RPC read.

https://spec.open-rpc.org, version 1.3.2. All of it comes from the declarations; fields with `x-` are our own, which the
specification allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sertwist
from sertwist.rpc.declare import Type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.rpc.declare import Error, Method, Param

__all__ = ["OPENRPC_VERSION", "openrpc_document"]

OPENRPC_VERSION: Final = "1.3.2"
_SCHEMAS: Final[dict[Type, dict[str, Any]]] = {
    Type.INT: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    Type.I8: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Type.BOOLEAN: {"type": "boolean"},
    Type.DOUBLE: {"type": "number"},
    Type.STRING: {"type": "string"},
    Type.TIME: {"type": "string", "format": "date-time"},
    Type.BASE64: {"type": "string", "contentEncoding": "base64"},
    Type.ARRAY: {"type": "array"},
    Type.STRUCT: {"type": "object"},
    Type.NIL: {"type": "null"},
    Type.ANY: {},
}


def openrpc_document(methods: Iterable[Method]) -> dict[str, Any]:
    """The document that describes `methods`, in their order."""
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {
            "title": "sertwist",
            "version": sertwist.__version__,
            "description": "Methods that this caller may call.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "methods": [_method(each) for each in methods],
    }


def _method(method: Method) -> dict[str, Any]:
    has_rest = any(each.rest for each in method.params)
    summary, _, rest = method.help.partition("\n")
    described: dict[str, Any] = {
        "name": method.name,
        "summary": summary,
        "tags": [{"name": method.module or method.name.partition(".")[0]}],
        "paramStructure": "by-position" if has_rest else "either",
        "params": [_param(each) for each in method.params],
        "result": {"name": "result", "schema": dict(_SCHEMAS[method.result])},
        "x-effect": method.effect.name.lower(),
        "x-idempotent": method.idempotent,
        "x-async": method.waits,
        "x-cost": method.cost.value,
        "x-since": method.since,
    }
    if rest.strip():
        described["description"] = rest.strip()
    if method.errors:
        described["errors"] = _errors(method.errors)
    if method.aliases:
        described["x-aliases"] = list(method.aliases)
    return described


def _param(param: Param) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": param.name,
        "required": not (param.optional or param.rest),
        "schema": _schema(param),
    }
    if param.help:
        described["description"] = param.help
    if param.rest:
        described["x-repeated"] = True
    if param.secret:
        described["x-secret"] = True
    return described


def _schema(param: Param) -> dict[str, Any]:
    bounds = {"minimum": param.minimum, "maximum": param.maximum}
    return _SCHEMAS[param.type] | {word: bound for word, bound in bounds.items() if bound is not None}


def _errors(errors: tuple[Error, ...]) -> list[dict[str, Any]]:
    """One error for each code, as the specification wants: a code's texts are joined."""
    texts: dict[int, list[str]] = {}
    for each in errors:
        texts.setdefault(each.code, []).append(each.text)
    return [{"code": code, "message": "; ".join(found)} for code, found in sorted(texts.items())]
