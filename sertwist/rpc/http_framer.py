"""`HttpFramer`: cut one connection's bytes into HTTP requests, the same ones however the bytes were cut on their way.

Checks follow the order of the bytes, so a broken request is refused with the same status whether it came
whole or byte by byte. After a refusal nothing more is read: where the next request begins is not certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.rpc.chunked import ChunkedDecoder
from sertwist.rpc.http_head import check_bytes, parse_head, parse_request_line
from sertwist.rpc.http_request import CHUNKED, HttpError, HttpRequest

if TYPE_CHECKING:
    from sertwist.limits import HttpLimits
    from sertwist.rpc.http_request import HttpHead

__all__ = ["HttpError", "HttpFramer", "HttpRequest", "SendContinue"]


@dataclass(frozen=True, slots=True)
class SendContinue:
    """The client waits for `100 Continue` before it sends the body."""


_SEND_CONTINUE: Final = SendContinue()


class HttpFramer:
    """The receiving half of one HTTP/1 connection: feed bytes, then take items until None comes."""

    __slots__ = (
        "_buffer",
        "_chunks",
        "_failed",
        "_head",
        "_last",
        "_limits",
        "_line_read",
        "_need",
        "_request",
        "_requests",
        "_scanned",
        "_skipped",
    )  # fmt: skip

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0  # bytes of the head that were looked at before
        self._skipped = False  # an empty line before the request
        self._line_read = False  # the request line is whole and good
        self._head: HttpHead | None = None  # of the last request, unless it was long
        self._request: HttpRequest | None = None  # its head is read, its body not yet
        self._need = 0  # bytes of its body
        self._chunks: ChunkedDecoder | None = None
        self._requests = 0
        self._last = False  # nothing follows this request
        self._failed: HttpError | None = None

    @property
    def buffered(self) -> int:
        """Bytes of requests that are not yet taken."""
        return len(self._buffer)

    @property
    def kept(self) -> int:
        """Bytes of the last request's head, if it is kept for the next one."""
        return 0 if self._head is None else len(self._head.data)

    @property
    def in_head(self) -> bool:
        """Part of a head is here, and waits for the rest."""
        return self._request is None and bool(self._buffer)

    @property
    def in_body(self) -> bool:
        """A head is read and its body is awaited."""
        return self._request is not None

    def feed(self, data: bytes) -> None:
        """Append what was received; after the connection's last request it is ignored."""
        if not self._last and self._failed is None:
            self._buffer += data

    def next(self) -> HttpRequest | SendContinue | None:
        """Return the next item in order, or None when more bytes are needed or no request may follow.

        Raises:
            HttpError: the bytes are refused, now and ever after.
        """
        if self._failed is not None:
            raise self._failed
        try:
            if self._request is None:
                return self._next_head()
            return self._next_body(self._request)
        except HttpError as error:
            self._failed = error
            self._buffer.clear()
            raise

    def _next_head(self) -> HttpRequest | SendContinue | None:
        head = self._head
        # Clients that keep a connection send the same head each time, and what a head means follows from its bytes
        # alone. The kept one ends with its first empty line, so it is also where the next one ends.
        if head is not None and self._buffer.startswith(head.data):
            self._drop(len(head.data))
        else:
            data = self._take_head()
            if data is None:
                return None
            head = parse_head(data, self._limits)
            self._head = head if len(data) <= self._limits.max_kept_head else None
        self._request = request = HttpRequest(head)
        self._need = head.length
        if head.length == CHUNKED:
            self._chunks = ChunkedDecoder(self._limits)
        return _SEND_CONTINUE if head.expects_continue and head.length else self._next_body(request)

    def _take_head(self) -> bytes | None:
        """Return the head once it is whole; until then see to it that what came may still become one."""
        buffer = self._buffer
        if not self._skipped and buffer.startswith(b"\r\n"):
            del buffer[:2]  # one empty line may stand before a request (RFC 9112 2.2)
            self._skipped = True
        end = buffer.find(b"\r\n\r\n", max(0, self._scanned - 3), self._limits.max_head)
        if end < 0:
            self._check_partial_head()
            return None
        data = bytes(buffer[: end + 4])
        self._drop(end + 4)
        return data

    def _check_partial_head(self) -> None:
        """Refuse at once what the whole head would be refused for, by the checks and in the order of `parse_head`."""
        buffer, limits = self._buffer, self._limits
        if not self._line_read:
            if parse_request_line(bytes(buffer[: limits.max_request_line + 2]), limits) is None:
                return
            self._line_read = True
        end = min(len(buffer), limits.max_head)
        if buffer.endswith(b"\r", 0, end):
            end -= 1  # its LF may still come
        check_bytes(bytes(buffer[self._scanned : end]))
        self._scanned = end
        if len(buffer) >= limits.max_head:
            raise HttpError(431, "the head is too long")

    def _drop(self, size: int) -> None:
        """The next `size` bytes are a head that was read."""
        del self._buffer[:size]
        self._scanned = 0
        self._skipped = self._line_read = False

    def _next_body(self, request: HttpRequest) -> HttpRequest | None:
        buffer, length = self._buffer, self._need
        if self._chunks is not None:
            self._chunks.feed(buffer)
            if not self._chunks.done:
                return None
            request.body, self._chunks = self._chunks.body, None
        elif len(buffer) < length:
            return None
        elif length:
            request.body = bytes(buffer[:length])
            del buffer[:length]
        self._request = None
        self._requests += 1
        if self._requests >= self._limits.max_requests:
            request.keep_alive = False
        if not request.keep_alive:
            self._last = True
            self._head = None
            buffer.clear()
        return request
