"""Read a call in the plain form that most clients write, without an XML parser.

Plain is a short document of ASCII characters whose parameters are scalars: no references, comments, CDATA
sections, instructions or attributes, nothing that two XML readers could read in two ways. What is not plain,
or passes a bound, is not refused here but left to expat; a test holds that both make the same call of the same
bytes. Expat alone, without any handler, costs three times as much as this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.rpc.call import make_call

if TYPE_CHECKING:
    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Call, Value

__all__ = ["read_plain_call"]

# Past this size reading costs more than starting a parser, and a document that turns out not to be plain is read twice.
_LONGEST: Final = 4_096
_LONGEST_INTEGER: Final = 10  # a sign and nine digits, which fit in 32 bits

_S: Final = rb"[ \t\r\n]*+"
_DECLARATION: Final = rb"""<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"(?i:utf-8)"|'(?i:utf-8)'))? ?+\?>"""
_HEAD: Final = re.compile(
    rb"(?:%b)?%b<methodCall>%b<methodName>([A-Za-z0-9_.:/-]++)</methodName>%b(?:(<params>)%b|<params/>%b)?"
    % (_DECLARATION, _S, _S, _S, _S, _S)
)
_END: Final = re.compile(rb"</methodCall>%b" % _S)
_END_OF_PARAMS: Final = re.compile(rb"</params>%b</methodCall>%b" % (_S, _S))

_INTEGER: Final = rb"[+-]?+[0-9]{1,9}+"  # at most `_LONGEST_INTEGER`
# CR is left out since XML readers turn it into LF, `>` since it must not follow `]]`.
_TEXT: Final = rb"[\t\n\x20-%'-;=?-~]*+"
_PARAM: Final = re.compile(
    rb"<param>%b<value>(?:%b<(?:int>(%b)</int|i4>(%b)</i4|boolean>([01])</boolean|string>(%b)</string)>%b|(%b))</value>%b</param>%b"
    % (_S, _S, _INTEGER, _INTEGER, _TEXT, _S, _TEXT, _S, _S)
)


def read_plain_call(body: bytes, limits: XmlRpcLimits) -> Call | None:
    """Return the call that `body` makes; None when it is not plain.

    Raises:
        Fault: 400, as `make_call`.
    """
    if len(body) > _LONGEST:
        return None
    head = _HEAD.match(body)
    if head is None:
        return None
    at, end = head.end(), _END
    params: tuple[Value, ...] = ()
    if head[2]:
        params, at = _read_params(body, at)
        end = _END_OF_PARAMS
    if end.fullmatch(body, at) is None or not _are_within(head[1], params, limits):
        return None
    return make_call(head[1].decode(), params, limits)


def _read_params(body: bytes, at: int) -> tuple[tuple[Value, ...], int]:
    """Return the values of the plain params that stand at `at`, and where they end."""
    params: list[Value] = []
    while (param := _PARAM.match(body, at)) is not None:
        integer, i4, boolean, string, untyped = param.groups()
        if integer or i4:
            params.append(int(integer or i4))
        elif boolean:
            params.append(boolean == b"1")
        else:
            params.append((untyped if string is None else string).decode())
        at = param.end()
    return tuple(params), at


def _are_within(method: bytes, params: tuple[Value, ...], limits: XmlRpcLimits) -> bool:
    """Whether no bound is passed, so that the careful reading has nothing to refuse either."""
    if len(method) > limits.max_method_name:
        return False
    if not params:
        return True
    return (
        len(params) <= min(limits.max_params, limits.max_values)
        and limits.max_integer_text >= _LONGEST_INTEGER
        and all(len(each) <= limits.max_string for each in params if isinstance(each, str))
    )
