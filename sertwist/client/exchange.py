"""One HTTP POST on an open connection: what was answered, within a time and a size."""

from __future__ import annotations

import http.client
import io
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from sertwist import __version__

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from email.message import Message

    from typing_extensions import Buffer

    from sertwist.client.endpoint import Endpoint

__all__ = ["Answer", "AnswerTooLargeError", "CutOffError", "Exchange"]

USER_AGENT: Final = f"serctl/{__version__}"


class AnswerTooLargeError(Exception):
    """The answer has more bytes than we take, its head and framing included."""


class CutOffError(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line, fields and body; `is_last` when the server closes the connection after it."""

    status: int
    reason: str
    fields: Message
    body: bytes
    is_last: bool


class Exchange:
    """One request and its answer. What `send` raises means not sent; what `receive` raises, perhaps run."""

    def __init__(self, sock: socket.socket, endpoint: Endpoint, *, timeout: float, max_answer: int) -> None:
        self._timed = _TimedSocket(sock, monotonic() + timeout, max_answer)
        self._endpoint = endpoint
        self._http = http.client.HTTPConnection(endpoint.host, None if endpoint.socket_path else endpoint.port)
        self._http.auto_open = 0
        self._http.sock = cast("socket.socket", self._timed)

    @property
    def has_answer_begun(self) -> bool:
        """Has any byte of the answer come?"""
        return self._timed.received > 0

    def send(self, body: bytes, fields: Mapping[str, str]) -> None:
        """Post `body` with `fields` beside our own.

        Raises:
            OSError: it was not sent, or not all of it; a server cannot have run it.
        """
        content_type = self._endpoint.protocol.content_type
        own = {"Content-Type": content_type, "Accept": content_type, "User-Agent": USER_AGENT}
        self._http.request("POST", self._endpoint.path, body, {**own, **fields})

    def receive(self) -> Answer:
        """The answer.

        Raises:
            OSError: no answer in time (`TimeoutError`), or the connection broke.
            CutOffError: the answer is not whole.
            AnswerTooLargeError: it passes the bound.
            http.client.HTTPException: it is not HTTP.
            ValueError: its framing is not HTTP's.
        """
        response = self._http.getresponse()
        body = response.read()
        if response.will_close and response.status == http.HTTPStatus.OK and not self._has_end(response, body):
            raise CutOffError
        return Answer(response.status, response.reason, response.headers, body, response.will_close)

    def _has_end(self, response: http.client.HTTPResponse, body: bytes) -> bool:
        has_length = response.headers.get("Content-Length") or response.headers.get("Transfer-Encoding")
        return bool(has_length) or body.rstrip().endswith(self._endpoint.protocol.ends)


class _TimedSocket:
    """What `http.client` needs of a socket: one deadline over all reads and writes, a bound on the bytes read."""

    def __init__(self, sock: socket.socket, deadline: float, max_received: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._max_received = max_received
        self.received = 0

    def sendall(self, data: bytes) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            self._set_timeout()
            view = view[self._sock.send(view) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """A buffered reader of what comes in."""
        return io.BufferedReader(_Receiver(self))

    def close(self) -> None:
        """Do nothing: `http.client` closes while the answer is still being read. The session closes."""

    def receive_into(self, buffer: Buffer) -> int:
        """Read once; 0 at the end."""
        self._set_timeout()
        count = self._sock.recv_into(buffer)
        self.received += count
        if self.received > self._max_received:
            raise AnswerTooLargeError
        return count

    def _set_timeout(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)


class _Receiver(io.RawIOBase):
    """The receiving side of a `_TimedSocket`, which outlives its closing."""

    def __init__(self, timed: _TimedSocket) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        return self._timed.receive_into(buffer)
