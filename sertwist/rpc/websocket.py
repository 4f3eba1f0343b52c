"""WebSocket (RFC 6455) for JSON-RPC: the opening handshake, and one connection's bytes cut into text messages.

The frames are wsproto's business; the bounds, and what of the protocol is served, are ours: text messages, no
extensions, no compression.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.errors import PeerError
from sertwist.rpc.http_policy import HttpRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.rpc.http_request import HttpRequest

__all__ = ["WebSocketFramer", "WebSocketItem", "accept_handshake", "is_handshake", "text_frame"]

SUBPROTOCOL: Final = "jsonrpc"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3


def is_handshake(request: HttpRequest) -> bool:
    """Whether `request` wants to go on as a WebSocket."""
    return (request.field(b"upgrade") or b"").lower() == b"websocket"


def accept_handshake(request: HttpRequest) -> list[tuple[str, str]] | HttpRefusal:
    """The fields of the answer 101, or why there is none (RFC 6455 4.2)."""
    tokens = {each.strip().lower() for each in (request.field(b"connection") or b"").split(b",")}
    if request.method != "GET" or request.version != "1.1" or b"upgrade" not in tokens or request.body:
        return HttpRefusal(400, "no WebSocket handshake\n")
    if request.field(b"sec-websocket-version") != b"13":
        return HttpRefusal(426, "WebSocket version 13 is served\n", (("Sec-WebSocket-Version", "13"),))
    key = request.field(b"sec-websocket-key") or b""
    if not _is_key(key):
        return HttpRefusal(400, "no Sec-WebSocket-Key\n")
    offered = {each.strip() for each in (request.header("Sec-WebSocket-Protocol") or "").split(",")}
    if SUBPROTOCOL not in offered:
        return HttpRefusal(400, f"the subprotocol here is {SUBPROTOCOL}\n")
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode("ascii")
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept),
        ("Sec-WebSocket-Protocol", SUBPROTOCOL),
    ]


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


@dataclass(frozen=True, slots=True)
class WebSocketItem:
    """Something that came.

    Attributes:
        message: a whole text message, UTF-8; None when the protocol alone is concerned.
        reply: frames that answer it at once, a pong or the end.
        ends: the connection is over.
    """

    message: bytes | None = None
    reply: bytes = b""
    ends: bool = False


class WebSocketFramer:
    """The receiving half of one connection after its handshake, as `HttpFramer` is for HTTP."""

    __slots__ = ("_connection", "_failed", "_items", "_most", "_parts", "_size")

    def __init__(self, most: int) -> None:
        """A message has `most` characters at most."""
        from wsproto.connection import Connection, ConnectionType  # noqa: PLC0415 (few connections pay for it)

        self._connection = Connection(ConnectionType.SERVER)
        self._most = most
        self._parts: list[str] = []
        self._size = 0
        self._items: deque[WebSocketItem] = deque()
        self._failed: PeerError | None = None

    @property
    def buffered(self) -> int:
        """What was received and not taken: characters of a message that is not whole, and whole items."""
        return self._size + len(self._items)

    @property
    def in_body(self) -> bool:
        """A message has begun."""
        return bool(self._parts)

    def feed(self, data: bytes) -> None:
        """Append what was received."""
        from wsproto.utilities import LocalProtocolError  # noqa: PLC0415 (as above)

        try:
            self._connection.receive_data(data)
            self._items.extend(self._read())
        except PeerError as error:
            self._failed = error
        except LocalProtocolError:
            self._failed = PeerError("bytes after the end of a WebSocket", code="bad-websocket", status_hint=400)

    def next(self) -> WebSocketItem | None:
        """The next item in order; None when more bytes are needed.

        Raises:
            PeerError: a message is too long, or something came behind the end.
        """
        if self._items:
            return self._items.popleft()
        if self._failed is not None:
            raise self._failed
        return None

    def _read(self) -> Iterator[WebSocketItem]:
        from wsproto import events  # noqa: PLC0415 (as above)

        for event in self._connection.events():
            if isinstance(event, events.TextMessage):
                whole = self._take(event.data, is_last=event.message_finished)
                if whole is not None:
                    yield WebSocketItem(whole)
            elif isinstance(event, events.Ping):
                yield WebSocketItem(reply=self._connection.send(event.response()))
            elif isinstance(event, events.CloseConnection):
                yield WebSocketItem(reply=self._end(event), ends=True)
            elif isinstance(event, events.BytesMessage):
                refusal = events.CloseConnection(code=1003, reason="text only")
                yield WebSocketItem(reply=self._connection.send(refusal), ends=True)
                return

    def _take(self, text: str, *, is_last: bool) -> bytes | None:
        self._size += len(text)
        if self._size > self._most:
            raise PeerError("the message is too long", code="websocket-message", status_hint=413)
        self._parts.append(text)
        if not is_last:
            return None
        whole = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        return whole.encode()

    def _end(self, event: object) -> bytes:
        from wsproto.connection import ConnectionState  # noqa: PLC0415 (as above)
        from wsproto.events import CloseConnection  # noqa: PLC0415 (as above)

        assert isinstance(event, CloseConnection)  # noqa: S101 (the caller has looked)
        if self._connection.state is ConnectionState.REMOTE_CLOSING:
            return self._connection.send(event.response())
        if self._connection.state is ConnectionState.OPEN:  # what came breaks the protocol
            return self._connection.send(CloseConnection(code=event.code, reason="protocol error"))
        return b""


def text_frame(text: bytes) -> bytes:
    """A whole text message as one frame of a server (RFC 6455 5.2: no mask)."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text
