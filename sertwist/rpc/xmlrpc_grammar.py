"""Which element may stand where in an XML-RPC document, as tables: state and start tag to next state.

A state says how far an element has come, so order and number of children are part of the table: `CALL` waits
for the method's name, `NAMED_CALL` for params or the end. Everything that is not in a table is refused with
the state's fault.
"""

from __future__ import annotations

from typing import Final

from sertwist.rpc import fault

__all__ = ["ENDS", "REFUSALS", "SCALARS", "TEXT_STATES", "TRANSITIONS"]

CALL_START: Final = "call-start"
RESPONSE_START: Final = "response-start"
OVER: Final = "over"

METHOD_NAME: Final = "methodName"
MEMBER_NAME: Final = "member-name"
VALUE: Final = "value"
TYPED_VALUE: Final = "typed-value"
STRUCT: Final = "struct"
DATA: Final = "data"
FAULT: Final = "fault"

#: Type elements that hold text only; each is its own state.
SCALARS: Final = (
    *("string", "int", "i4", "i8", "ex:i8", "boolean", "double"),
    *("dateTime.iso8601", "base64", "nil", "ex:nil"),
)

#: state -> start tag -> (state inside the element, state after its end)
TRANSITIONS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    CALL_START: {"methodCall": ("call", OVER)},
    "call": {"methodName": (METHOD_NAME, "named-call")},
    "named-call": {"params": ("params", "finished-call")},
    "params": {"param": ("param", "params")},
    "param": {"value": (VALUE, "finished-param")},
    VALUE: {
        **{scalar: (scalar, TYPED_VALUE) for scalar in SCALARS},
        "struct": (STRUCT, TYPED_VALUE),
        "array": ("array", TYPED_VALUE),
    },
    STRUCT: {"member": ("member", STRUCT)},
    "member": {"name": (MEMBER_NAME, "named-member")},
    "named-member": {"value": (VALUE, "finished-member")},
    "array": {"data": (DATA, "finished-array")},
    DATA: {"value": (VALUE, DATA)},
    RESPONSE_START: {"methodResponse": ("response", OVER)},
    "response": {"params": ("result", "finished-response"), "fault": (FAULT, "finished-response")},
    "result": {"param": ("param", "finished-result")},
    FAULT: {"value": (VALUE, "finished-fault")},
}

#: Elements may end in these states, and in a scalar's.
ENDS: Final = frozenset(
    {
        *(
            "named-call",
            "finished-call",
            "params",
            "finished-param",
            VALUE,
            TYPED_VALUE,
            STRUCT,
            "finished-member",
        ),
        *(
            "finished-array",
            DATA,
            METHOD_NAME,
            MEMBER_NAME,
            "finished-response",
            "finished-result",
            "finished-fault",
        ),
        *SCALARS,
    }
)

#: Text is kept in these states; elsewhere only white space may stand.
TEXT_STATES: Final = frozenset({METHOD_NAME, MEMBER_NAME, VALUE, *SCALARS})

#: What is said when a state meets an element, an end or text that it has no place for.
REFUSALS: Final[dict[str, str]] = {
    CALL_START: fault.WRONG_ROOT,
    "call": fault.NO_METHOD_NAME,
    METHOD_NAME: fault.BAD_METHOD_NAME,
    "params": fault.INVALID_PARAMETER,
    "param": fault.INVALID_PARAMETER,
    "finished-param": fault.INVALID_PARAMETER,
    VALUE: fault.INVALID_TYPE,
    TYPED_VALUE: fault.INVALID_PARAMETER,
    STRUCT: fault.INVALID_STRUCT,
    "member": fault.NO_MEMBER_NAME,
    MEMBER_NAME: fault.INVALID_STRUCT,
    "named-member": fault.NO_MEMBER_VALUE,
    "finished-member": fault.INVALID_STRUCT,
    "array": fault.INVALID_ARRAY,
    DATA: fault.INVALID_ARRAY,
    "finished-array": fault.INVALID_ARRAY,
    **dict.fromkeys(SCALARS, fault.INVALID_VALUE),
}
