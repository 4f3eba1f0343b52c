"""`Message`: the bytes as received, headers parsed on first use, changes kept beside them (RFC 3261 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.errors import PeerError, TooLargeError
from sertwist.limits import SipLimits
from sertwist.sip.errors import BadHeaderError, BadMessageError, MessageTooLargeError
from sertwist.sip.grammar import LWS
from sertwist.sip.header_fields import HeaderFields
from sertwist.sip.header_names import parse_name
from sertwist.sip.scan import HEAD_END, scan_head, split_lines, unfold
from sertwist.sip.start_line import is_status_line, read_method, read_request_line, read_status_line
from sertwist.sip.uri import Uri, parse_uri

if TYPE_CHECKING:
    from sertwist.sip.edits import Edits
    from sertwist.sip.scan import Head

__all__ = ["Message", "Request", "Response", "bad_message", "parse_message"]

_DEFAULT_LIMITS = SipLimits()


class Message(HeaderFields):
    """A request or response; header look-ups are those of `HeaderFields`.

    Attributes:
        raw: the message as received, from the start line to the end of the body.
    """

    __slots__ = ("_body_at", "raw")

    def __init__(self, raw: bytes, head: Head, body_at: int) -> None:
        HeaderFields.__init__(self, head)  # not by super(), which takes as long as the call itself
        self.raw = raw
        self._body_at = body_at

    @property
    def body(self) -> bytes:
        """The body, b"" when there is none; a copy, made at each call."""
        return self.raw[self._body_at :]

    @property
    def body_length(self) -> int:
        """Bytes of the body."""
        return len(self.raw) - self._body_at

    def serialize(self, edits: Edits | None = None) -> bytes:
        """Return the message as it is sent: `raw` itself, or a copy with `edits` applied."""
        return self.raw if edits is None else edits.apply(self)


class Request(Message):
    """A request.

    Attributes:
        method: case kept: `invite` is not INVITE (RFC 3261 7.1).
        uri: the Request-URI as received.
    """

    __slots__ = ("_uri_text", "method", "uri")

    def __init__(self, raw: bytes, head: Head, body_at: int, method: str, uri: bytes) -> None:
        Message.__init__(self, raw, head, body_at)
        self.method = method
        self.uri = uri
        self._uri_text: str | None = None

    @property
    def uri_text(self) -> str:
        r"""The Request-URI as text; octets that no URI may hold come as `\xNN`."""
        text = self._uri_text
        if text is None:
            text = self._uri_text = self.uri.decode("ascii", "backslashreplace")
        return text

    @property
    def parsed_uri(self) -> Uri:
        """The Request-URI taken apart, anew at each call.

        Raises:
            BadUriError: it is malformed; not after `sanity.check_request`.
        """
        return parse_uri(self.uri)


class Response(Message):
    """A response.

    Attributes:
        status: 100 to 699.
        reason: the reason phrase, octet for octet.
    """

    __slots__ = ("reason", "status")

    def __init__(self, raw: bytes, head: Head, body_at: int, status: int, reason: bytes) -> None:
        Message.__init__(self, raw, head, body_at)
        self.status = status
        self.reason = reason


def parse_message(data: bytes, limits: SipLimits = _DEFAULT_LIMITS) -> Request | Response:
    """Read one complete message, as a datagram or the framer delivers it.

    Empty lines before it are skipped. Octets past Content-Length are ignored, and are not in `raw` (RFC
    3261 18.3); without Content-Length the body is the rest. Values of headers other than Content-Length are
    not looked into.

    Raises:
        BadMessageError: malformed (400), past a bound (513, `MessageTooLargeError`) or of another version
            (505).
    """
    if data.startswith(b"\r\n"):
        data = data.lstrip(b"\r\n")
    try:
        if len(data) > limits.max_message:
            raise TooLargeError("Message too large")
        end = data.find(HEAD_END)
        if end < 0:
            raise BadHeaderError("No empty line ends the header", code="bad-head")
        if end > limits.max_head:
            raise TooLargeError("Header too large")
        head = scan_head(data[:end], limits)
        body_at = end + 4
        message = _make_message(data, head, body_at)
        length = message.content_length
        if length is not None and body_at + length != len(data):
            if body_at + length > len(data):
                raise BadHeaderError("Content-Length larger than the message", code="bad-content-length")
            message.raw = data[: body_at + length]
    except PeerError as error:
        raise bad_message(error, data, limits) from None
    return message


def _make_message(data: bytes, head: Head, body_at: int) -> Request | Response:
    line = head[0]
    if is_status_line(line):
        return Response(data, head, body_at, *read_status_line(line))
    method, uri = read_request_line(line)
    return Request(data, head, body_at, method, uri)


def bad_message(error: PeerError, data: bytes, limits: SipLimits) -> BadMessageError:
    """Return `error` as a `BadMessageError` that carries what can be read of the request in `data`."""
    request = _salvage(data, limits)
    if isinstance(error, TooLargeError):
        return MessageTooLargeError(str(error), request=request)
    return BadMessageError(str(error), code=error.code, status_hint=error.status_hint, request=request)


def _salvage(data: bytes, limits: SipLimits) -> Request | None:
    """Return what can be read of the request in `data`, None when nothing may answer it."""
    head_bytes, end, _ = data[: limits.max_head].partition(HEAD_END)
    start_line, *rest = split_lines(head_bytes, limits.max_headers + 1)
    if rest and (len(rest) > limits.max_headers or (not end and len(data) > limits.max_head)):
        rest.pop()  # cut in the middle
    words = start_line.split(b" ", 2)
    lines: list[bytes] = []
    first: dict[str, bytes] = {}
    try:
        method = read_method(words[0])
    except BadHeaderError:
        return None
    for line in rest:
        _salvage_line(unfold(line), lines, first)
    if method == "ACK" or "via" not in first:
        return None
    return Request(data, (start_line, lines, lines, first), len(data), method, words[1] if len(words) > 1 else b"")


def _salvage_line(text: bytes, lines: list[bytes], first: dict[str, bytes]) -> None:
    """Add a line when it can be read; one with a stray CR or LF can't be copied into a reply."""
    raw_name, colon, value = text.partition(b":")
    if not colon or b"\r" in text or b"\n" in text:
        return
    try:
        name = parse_name(raw_name)
    except BadHeaderError:
        return
    lines.append(text)
    first.setdefault(name, value.strip(LWS))
