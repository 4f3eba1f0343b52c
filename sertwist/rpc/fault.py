"""`Fault`: how a call fails in XML-RPC, and the texts that SER's users and their tools match on (reference rpc 8).

The texts are compared byte for byte by scripts of twenty years: they may be added to, never reworded.
"""

from __future__ import annotations

from typing import Final

__all__ = ["Fault"]

# Code 400: the document or an argument is wrong.
NO_BODY: Final = "Malformed Message Body"
INVALID_DOCUMENT: Final = "Invalid XML-RPC Document"
EMPTY_DOCUMENT: Final = "Empty XML-RPC Document"
WRONG_ROOT: Final = "Root Element Is Not methodCall"
NO_METHOD_NAME: Final = "Method Name Not Found"
BAD_METHOD_NAME: Final = "Cannot Extract Method Name"
INVALID_PARAMETER: Final = "Invalid Parameter Value"
INVALID_TYPE: Final = "Invalid Parameter Type"
EMPTY_PARAMETER: Final = "Empty Parameter Value"
EMPTY_DOUBLE: Final = "Empty Double Parameter"
INVALID_VALUE: Final = "Invalid Value"
INVALID_STRUCT: Final = "Invalid Structure Parameter"
NO_MEMBER_NAME: Final = "Member Name Not Found In Structure"
EMPTY_MEMBER_NAME: Final = "Empty name Element of Structure Parameter"
NO_MEMBER_VALUE: Final = "Member Value Not Found In Structure"
INVALID_ARRAY: Final = "Invalid Array Parameter"
UNKNOWN_COMMAND: Final = "command not found"

# Code 500: unknown method, or the result can't be written.
METHOD_NOT_FOUND: Final = "Method Not Found"
INTERNAL_ERROR: Final = "Internal Server Error"
BAD_DOUBLE: Final = "Error While Converting double"
BAD_LONG: Final = "Error While Converting long"
BAD_RESULT: Final = "Error While Converting result"


class Fault(Exception):  # noqa: N818 (XML-RPC's own word)
    """A call's failure, as the client will see it; never carries a secret, a path or an exception's text.

    Attributes:
        code: the `faultCode`.
        text: the `faultString`.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


def limit_passed(name: str, bound: int) -> Fault:
    """The fault for a document that passes the bound `name` of `XmlRpcLimits`."""
    return Fault(400, f"Document Too Large: {name} is {bound}")
