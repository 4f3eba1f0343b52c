"""`ChunkedDecoder`: the chunked transfer coding (RFC 9112 7.1), read so that no two readers could differ.

Every line ends with CR LF, sizes have at most eight digits, nothing stands between size and extension.
Extensions and trailer fields are bounded and thrown away.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.rpc.http_request import HttpError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import HttpLimits

__all__ = ["ChunkedDecoder"]

_SIZE_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")
_SIZE_DIGITS: Final = 8


class ChunkedDecoder:
    """Decode one body.

    Attributes:
        done: the body is complete, its trailer section read.
    """

    __slots__ = ("_chunks", "_extensions", "_left", "_limits", "_parts", "_size", "_state", "_trailers", "done")

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._parts: list[bytes] = []
        self._size = 0  # of all chunks announced so far
        self._left = 0  # of the present chunk
        self._chunks = 0
        self._extensions = 0
        self._trailers = 0
        self._state: Callable[[ChunkedDecoder, bytearray, int], int] = ChunkedDecoder._size_line
        self.done = False

    def feed(self, data: bytearray) -> None:
        """Take from the front of `data` what belongs to the body; what follows it stays.

        Raises:
            HttpError: 400 for a broken coding, 413 for a body past its bound.
        """
        at = 0
        while not self.done:
            used = self._state(self, data, at)
            if used < 0:
                break
            at = used
        del data[:at]

    @property
    def body(self) -> bytes:
        """The chunks so far."""
        return b"".join(self._parts)

    def _line(self, data: bytearray, at: int, longest: int) -> bytes | None:
        """The line at `at` without its end; None when it is not complete, which may last for `longest` bytes."""
        end = data.find(b"\r\n", at, at + longest + 2)
        if end >= 0:
            return bytes(data[at:end])
        if len(data) - at >= longest + 2:
            raise HttpError(400, "a line of the chunked coding is too long")
        return None

    def _size_line(self, data: bytearray, at: int) -> int:
        """Read a chunk's size; return where it ends, or -1 when more is needed, as all states do."""
        limits = self._limits
        line = self._line(data, at, _SIZE_DIGITS + limits.max_chunk_extensions - self._extensions)
        if line is None:
            return -1
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "not a chunk size")
        self._extensions += len(match[2] or b"")
        if self._extensions > limits.max_chunk_extensions:
            raise HttpError(400, "the chunk extensions are too long")
        self._chunks += 1
        if self._chunks > self._limits.max_chunks:
            raise HttpError(413, f"the body comes in more than {self._limits.max_chunks} chunks")
        self._left = int(match[1], 16)
        self._size += self._left
        if self._size > limits.max_body:
            raise HttpError(413, f"the body is longer than {limits.max_body} bytes")
        self._state = ChunkedDecoder._chunk_data if self._left else ChunkedDecoder._trailer_line
        return at + len(line) + 2

    def _chunk_data(self, data: bytearray, at: int) -> int:
        taken = bytes(data[at : at + self._left])
        if not taken:
            return -1
        self._parts.append(taken)
        self._left -= len(taken)
        if not self._left:
            self._state = ChunkedDecoder._chunk_end
        return at + len(taken)

    def _chunk_end(self, data: bytearray, at: int) -> int:
        end = bytes(data[at : at + 2])
        if not b"\r\n".startswith(end):
            raise HttpError(400, "a chunk does not end where its size says")
        if len(end) < 2:
            return -1
        self._state = ChunkedDecoder._size_line
        return at + 2

    def _trailer_line(self, data: bytearray, at: int) -> int:
        line = self._line(data, at, self._limits.max_trailers - self._trailers)
        if line is None:
            return -1
        if not line:
            self.done = True
        elif not _TRAILER.fullmatch(line):
            raise HttpError(400, "not a trailer field")
        self._trailers += len(line)
        return at + len(line) + 2
