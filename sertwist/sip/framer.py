"""Cut a TCP or TLS byte stream into SIP messages (RFC 3261 7.5, 18.3; RFC 5626 3.5.1)."""

from __future__ import annotations

import enum

from sertwist.errors import PeerError
from sertwist.limits import SipLimits
from sertwist.sip.errors import BadHeaderError, BadMessageError, MessageTooLargeError
from sertwist.sip.header_fields import HeaderFields
from sertwist.sip.message import bad_message
from sertwist.sip.scan import HEAD_END, scan_head
from sertwist.sip.start_line import first_line_protocol

__all__ = ["KeepAlive", "SipFramer", "first_line_protocol", "is_keep_alive_datagram"]

_DEFAULT_LIMITS = SipLimits()


class KeepAlive(enum.Enum):
    """A ping between messages: CRLF CRLF, answered by one CRLF (RFC 5626 4.4.1)."""

    PING = enum.auto()


def is_keep_alive_datagram(data: bytes) -> bool:
    """Return whether a datagram only keeps a NAT open: empty, line ends, or the NULs of some phones."""
    return len(data) <= 4 and not data.strip(b"\r\n\0")


class SipFramer:
    """Messages of one connection, the same however the bytes are cut.

    Feed what arrives, then call `next` until it returns None. After an error the connection is to be
    closed: where the next message starts is not known. Time bounds are the connection's, by `mid_message`
    and `in_body`.
    """

    __slots__ = ("_broken", "_buffer", "_limits", "_need", "_scanned")

    def __init__(self, limits: SipLimits = _DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0  # no head ends before here
        self._need = 0  # length of the message whose head is complete, 0 before that
        self._broken: BadMessageError | None = None

    @property
    def buffered(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._buffer)

    @property
    def mid_message(self) -> bool:
        """Whether a message has begun and is not complete; an empty line between messages begins none."""
        return len(self._buffer) > 4 or bool(self._buffer.strip(b"\r\n"))

    @property
    def in_body(self) -> bool:
        """Whether a head is complete and its body is not."""
        return self._need > 0

    def feed(self, data: bytes) -> None:
        """Take what the peer sent; the caller drains by `next` before it feeds more."""
        self._buffer += data

    def next(self) -> bytes | KeepAlive | None:
        """Return the next complete message, a keep-alive, or None when more bytes are needed.

        Raises:
            MessageTooLargeError: a bound is passed, known from the first byte past it.
            BadMessageError: the head can't be read, or its Content-Length is missing or malformed.
            Both carry the request, where it could be read; a further call raises the same again.
        """
        if self._broken is not None:
            raise self._broken
        try:
            if not self._need and (ping := self._skip_empty_lines()):
                return ping
            return self._take_message()
        except PeerError as error:
            self._broken = bad_message(error, bytes(self._buffer), self._limits)
            raise self._broken from None

    def _skip_empty_lines(self) -> KeepAlive | None:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):
            if buffer.startswith(HEAD_END):
                del buffer[:4]
                return KeepAlive.PING
            if HEAD_END.startswith(buffer):
                return None  # the second half of a ping may follow
            del buffer[:2]
        return None

    def _take_message(self) -> bytes | None:
        if not self._need:
            self._need = self._find_end()
        if not self._need or len(self._buffer) < self._need:
            return None
        message = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        self._need = self._scanned = 0
        return message

    def _find_end(self) -> int:
        """Return the length of the message at the front, 0 while its head is not complete."""
        buffer, limits = self._buffer, self._limits
        end = buffer.find(HEAD_END, self._scanned)
        if end < 0:
            self._scanned = max(0, len(buffer) - 3)
            if len(buffer) > limits.max_head + 3:
                raise MessageTooLargeError("Header too large")
            if len(buffer) > limits.max_request_line + 1 and buffer.find(b"\r\n", 0, limits.max_request_line + 2) < 0:
                raise MessageTooLargeError("Start line too long")
            return 0
        if end > limits.max_head:
            raise MessageTooLargeError("Header too large")
        length = HeaderFields(scan_head(bytes(buffer[:end]), limits)).content_length
        if length is None:
            raise BadHeaderError("Content-Length is required on a stream", code="bad-content-length")
        if end + 4 + length > limits.max_message:
            raise MessageTooLargeError("Message too large")
        return end + 4 + length
