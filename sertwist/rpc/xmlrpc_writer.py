"""Write XML-RPC documents: well-formed whatever the values hold, since results carry bytes of SIP messages.

Text keeps its meaning where XML can hold it: markup is escaped, CR becomes a reference (a reader would turn
it into LF), and characters that XML has no place for become U+FFFD (reference rpc 6.3).
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sertwist.limits import XmlRpcLimits
from sertwist.rpc import fault
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_scalars import format_time

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["Style", "write_call", "write_fault", "write_response"]

_MAX_DEPTH: Final = XmlRpcLimits().max_depth  # deeper than this our own reader would not read

# Beside markup: what XML 1.0 2.2 has no place for, lone surrogates (undecodable bytes of SIP messages) among
# it.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How results are written; the module parameters of the same names (reference rpc 5).

    Attributes:
        escape_cr: CR as a character reference; else as itself, which readers take for LF.
        i8: integers past 32 bits as `<i8>`; else as `<double>`, as SER did.
        nil: None as `<nil/>`; else as an empty string.
    """

    escape_cr: bool = True
    i8: bool = True
    nil: bool = True


DEFAULT_STYLE: Final = Style()


def write_response(value: Value, style: Style = DEFAULT_STYLE) -> bytes:
    """Return the methodResponse that carries `value`.

    Raises:
        Fault: 500, a value that XML-RPC can't carry: not finite, past 64 bits, nested too deep, of another
        type.
    """
    out = [_HEAD, "<methodResponse><params><param>"]
    _write(value, out, style, 0)
    out.append("</param></params></methodResponse>\n")
    return "".join(out).encode()


def write_fault(code: int, text: str, style: Style = DEFAULT_STYLE) -> bytes:
    """Return the methodResponse that carries a fault."""
    return (
        f"{_HEAD}<methodResponse><fault><value><struct>"
        f"<member><name>faultCode</name><value><int>{code}</int></value></member>"
        f"<member><name>faultString</name><value><string>{_escape(text, style)}</string></value></member>"
        "</struct></value></fault></methodResponse>\n"
    ).encode()


def write_call(method: str, params: Iterable[Value] = (), style: Style = DEFAULT_STYLE) -> bytes:
    """Return the methodCall of `method` with `params`.

    Raises:
        Fault: 500, as `write_response`.
    """
    out = [_HEAD, "<methodCall><methodName>", _escape(method, style), "</methodName><params>"]
    for param in params:
        out.append("<param>")
        _write(param, out, style, 0)
        out.append("</param>")
    out.append("</params></methodCall>\n")
    return "".join(out).encode()


def _escape(text: str, style: Style) -> str:
    if _SPECIAL.search(text) is None:
        return text
    if not style.escape_cr:
        return _SPECIAL.sub(lambda m: "\r" if m[0] == "\r" else _ESCAPES.get(m[0], "\ufffd"), text)
    return _SPECIAL.sub(lambda m: _ESCAPES.get(m[0], "\ufffd"), text)


def _write(value: Value, out: list[str], style: Style, depth: int) -> None:
    writer = _WRITERS.get(type(value)) or _writer_of_subclass(value)
    writer(value, out, style, depth)


def _write_string(value: str, out: list[str], style: Style, _depth: int) -> None:
    out.append(f"<value><string>{_escape(value, style)}</string></value>")


def _write_boolean(value: bool, out: list[str], _style: Style, _depth: int) -> None:  # noqa: FBT001 (a value)
    out.append("<value><boolean>1</boolean></value>" if value else "<value><boolean>0</boolean></value>")


def _write_integer(value: int, out: list[str], style: Style, _depth: int) -> None:
    if -(1 << 31) <= value < 1 << 31:
        out.append(f"<value><int>{int(value)}</int></value>")
    elif not -(1 << 63) <= value < 1 << 63:
        raise Fault(500, fault.BAD_LONG)
    elif style.i8:
        out.append(f"<value><i8>{int(value)}</i8></value>")
    else:
        out.append(f"<value><double>{int(value)}</double></value>")


def _write_double(value: float, out: list[str], _style: Style, _depth: int) -> None:
    if not math.isfinite(value):
        raise Fault(500, fault.BAD_DOUBLE)
    out.append(f"<value><double>{float(value)!r}</double></value>")


def _write_nil(_value: None, out: list[str], style: Style, _depth: int) -> None:
    out.append("<value><nil/></value>" if style.nil else "<value><string></string></value>")


def _write_time(value: datetime, out: list[str], _style: Style, _depth: int) -> None:
    out.append(f"<value><dateTime.iso8601>{format_time(value)}</dateTime.iso8601></value>")


def _write_base64(value: bytes, out: list[str], _style: Style, _depth: int) -> None:
    out.append(f"<value><base64>{base64.b64encode(value).decode()}</base64></value>")


def _write_array(value: Iterable[Value], out: list[str], style: Style, depth: int) -> None:
    if depth >= _MAX_DEPTH:
        raise Fault(500, fault.BAD_RESULT)
    out.append("<value><array><data>")
    for each in value:
        _write(each, out, style, depth + 1)
    out.append("</data></array></value>")


def _write_struct(value: Mapping[str, Value], out: list[str], style: Style, depth: int) -> None:
    if depth >= _MAX_DEPTH:
        raise Fault(500, fault.BAD_RESULT)
    out.append("<value><struct>")
    for name, each in value.items():
        out.append(f"<member><name>{_escape(name, style)}</name>")
        _write(each, out, style, depth + 1)
        out.append("</member>")
    out.append("</struct></value>")


# By exact type first: one look-up a value. `bool` before `int`, which it is a kind of.
_WRITERS: Final[dict[type, Callable[..., None]]] = {
    str: _write_string,
    bool: _write_boolean,
    int: _write_integer,
    float: _write_double,
    type(None): _write_nil,
    datetime: _write_time,
    bytes: _write_base64,
    tuple: _write_array,
    list: _write_array,
    dict: _write_struct,
    Mapping: _write_struct,
}


def _writer_of_subclass(value: object) -> Callable[..., None]:
    for kind, writer in _WRITERS.items():
        if isinstance(value, kind):
            return writer
    raise Fault(500, fault.BAD_RESULT)
