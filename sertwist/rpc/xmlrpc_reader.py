"""Read an XML-RPC document once, strictly, into one immutable `Call` or one value.

`xmlrpc_plain` reads what most clients write; all else expat cuts into elements, and `Document` follows the
grammar. There are no DTDs, hence no entities; no namespaces, attributes or processing instructions; no encoding
but UTF-8 and its subset US-ASCII: nothing that a filter in front of us could read in another way (reference
rpc 14.1, 14.4, 14.6).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from sertwist.errors import PeerError
from sertwist.limits import XmlRpcLimits
from sertwist.rpc import fault
from sertwist.rpc import xmlrpc_grammar as grammar
from sertwist.rpc.call import Call, make_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_document import Document
from sertwist.rpc.xmlrpc_plain import read_plain_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.rpc.call import Value

__all__ = ["RESPONSE_LIMITS", "BadResponseError", "read_call", "read_call_carefully", "read_response"]

#: A client trusts its server further: a whole table may come as one answer.
RESPONSE_LIMITS: Final = XmlRpcLimits(max_values=10_000_000, max_string=67_108_864)

_ENCODINGS: Final = frozenset({"utf-8", "us-ascii"})

# Expat can't be stopped by a handler that raises: it reads on in silence, expanding entities. So a document
# that has a DOCTYPE where one may stand, after comments and instructions, is not given to it at all.
_DOCTYPE: Final = re.compile(rb"(?:[ \t\r\n]++|<!--(?:[^-]++|-(?!->))*-->|<\?(?:[^?]++|\?(?!>))*\?>)*<!DOCTYPE")


class BadResponseError(PeerError):
    """The server's answer is not an XML-RPC response."""

    code = "bad-response"


def read_call(
    body: bytes, limits: XmlRpcLimits, *, charset: str | None = None, double_lf_to_crlf: bool = False
) -> Call:
    """Return the call that `body`, a whole methodCall document, makes.

    Args:
        body: as received.
        limits: bounds, each inclusive.
        charset: of the content type, if it named one.
        double_lf_to_crlf: in strings LF LF means CR LF, for clients that can't send CR.

    Raises:
        Fault: 400 with a text of reference rpc 8.1; nothing else, whatever the bytes are.
    """
    if (charset is None or charset in _ENCODINGS) and not (double_lf_to_crlf and b"\n\n" in body):
        call = read_plain_call(body, limits)
        if call is not None:
            return call
    return read_call_carefully(body, limits, charset=charset, double_lf_to_crlf=double_lf_to_crlf)


def read_call_carefully(
    body: bytes, limits: XmlRpcLimits, *, charset: str | None = None, double_lf_to_crlf: bool = False
) -> Call:
    """Return what `read_call` does; whatever is valid is read, plain or not."""
    if not body:
        raise Fault(400, fault.NO_BODY)
    document = _read(body, grammar.CALL_START, limits, charset, lf_to_crlf=double_lf_to_crlf)
    start, end = document.method_bytes
    # The name must stand in the document letter by letter: a reader that knows no CDATA sections, character
    # references or comments sees the same name.
    if not document.method or not body[start:end].endswith(b">" + document.method.encode()):
        raise Fault(400, fault.BAD_METHOD_NAME)
    return make_call(document.method, tuple(document.values), limits)


def read_response(body: bytes, limits: XmlRpcLimits = RESPONSE_LIMITS) -> Value:
    """Return the value of `body`, a whole methodResponse document.

    Raises:
        Fault: the server answered this fault.
        BadResponseError: the document is not a response.
    """
    try:
        document = _read(body, grammar.RESPONSE_START, limits, None)
    except Fault as error:
        raise BadResponseError(f"the answer is not an XML-RPC response: {error.text}") from None
    if len(document.values) != 1:
        raise BadResponseError("the answer holds no value")
    value = document.values[0]
    if document.is_fault:
        raise _read_fault(value)
    return value


def _read_fault(value: Value) -> Fault:
    members: Mapping[str, Value] = value if hasattr(value, "get") else {}  # type: ignore[assignment]
    code, text = members.get("faultCode"), members.get("faultString")
    if not isinstance(code, int) or not isinstance(text, str):
        raise BadResponseError("the answer is a fault without faultCode and faultString")
    return Fault(code, text)


def _read(body: bytes, start: str, limits: XmlRpcLimits, charset: str | None, *, lf_to_crlf: bool = False) -> Document:
    if charset is not None:
        _check_encoding(charset, body)
    # Expat takes UTF-16 by its first bytes whatever it is told; no document in UTF-8 holds a NUL.
    if body.startswith(b"\xef\xbb\xbf") or b"\0" in body or (b"<!DOCTYPE" in body and _DOCTYPE.match(body)):
        raise Fault(400, fault.INVALID_DOCUMENT)
    if _has_long_tag(body, limits.max_tag):
        raise Fault(400, fault.INVALID_DOCUMENT)
    # What is given here overrules every declared encoding, so no other one is ever decoded; a declared one is checked.
    parser = expat.ParserCreate("utf-8")
    document = Document(parser, start, limits, lf_to_crlf=lf_to_crlf)
    parser.buffer_text = True
    parser.StartElementHandler = document.start_element
    parser.EndElementHandler = document.end_element
    parser.CharacterDataHandler = document.character_data
    parser.CommentHandler = document.comment
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = _refuse_markup

    def check_declaration(version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise Fault(400, fault.INVALID_DOCUMENT)
        if encoding is not None:
            _check_encoding(encoding, body)

    parser.XmlDeclHandler = check_declaration
    try:
        parser.Parse(body, True)  # noqa: FBT003 (expat takes it by position)
    except expat.ExpatError:
        raise Fault(400, fault.INVALID_DOCUMENT if document.started else fault.EMPTY_DOCUMENT) from None
    finally:
        document.close()
    return document


@lru_cache(maxsize=8)
def _long_tag(most: int) -> re.Pattern[bytes]:
    return re.compile(rb"<(?!!)[^>]{%d}" % (most + 1))


def _has_long_tag(body: bytes, most: int) -> bool:
    """Whether a tag is longer than `most` bytes: expat takes 2.7 us for each attribute before it reports the first."""
    if not _long_tag(most).search(body):
        return False
    at = body.find(b"<")
    while at >= 0:  # what was found may be text in a CDATA section or a comment
        if body.startswith(b"<![CDATA[", at):
            end = body.find(b"]]>", at)
        elif body.startswith(b"<!--", at):
            end = body.find(b"-->", at)
        else:
            end = body.find(b">", at, at + most + 2)
        if end < 0:
            return True  # or not ended at all
        at = body.find(b"<", end)
    return False


def _refuse_markup(*_arguments: object) -> NoReturn:
    raise Fault(400, fault.INVALID_DOCUMENT)


def _check_encoding(name: str, body: bytes) -> None:
    name = name.lower()
    if name not in _ENCODINGS or (name == "us-ascii" and not body.isascii()):
        raise Fault(400, fault.INVALID_DOCUMENT)
