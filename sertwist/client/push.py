"""Changes that a server tells of by itself: one watch on a WebSocket of its own (reference rpc 11.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

from sertwist.client.answers import bad_answer, fault_failure
from sertwist.client.connection import unreachable
from sertwist.client.json_codec import json_ready, parse_json
from sertwist.client.protocol import JSONRPC
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    import socket

    from wsproto import WSConnection

    from sertwist.client.session import Session
    from sertwist.rpc.call import Value

__all__ = ["changes"]

# A connection on which nothing comes is asked whether it still is one.
PING_AFTER: Final = 20.0
CHUNK: Final = 65_536


def changes(session: Session, method: str, params: Sequence[Value], every: float) -> Iterator[Value]:
    """See `Client.watch`."""
    with _WebSocket(session) as web_socket:
        asked = [method, json_ready(list(params)), every]
        web_socket.send(json.dumps({"jsonrpc": "2.0", "method": "rpc.watch", "params": asked, "id": 1}))
        number: object = None
        for message in web_socket.messages():
            if message.get("id") == 1:
                number = _outcome(message)
            elif message.get("method") == "rpc.changed":
                about = message.get("params")
                if isinstance(about, Mapping) and about.get("watch") == number:
                    yield _outcome(about)


def _outcome(said: Mapping[str, Any]) -> Value:
    """The result in a response or notification.

    Raises:
        FaultError: it is an error.
        BadAnswerError: it is neither.
    """
    error = said.get("error")
    if isinstance(error, Mapping) and isinstance(error.get("code"), int):
        raise fault_failure(Fault(error["code"], str(error.get("message", ""))))
    if "result" not in said:
        raise bad_answer("the server told of a change without a result")
    result: Value = said["result"]
    return result


class _WebSocket:
    """One connection, from its handshake on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._address = session.target.endpoint.address
        self._sock: socket.socket = session.connect_again()
        self._ws: WSConnection

    def __enter__(self) -> Self:
        from wsproto import ConnectionType, WSConnection, events  # noqa: PLC0415 - only for watches

        self._ws = WSConnection(ConnectionType.CLIENT)
        endpoint = self._session.target.endpoint
        request = events.Request(host=endpoint.host, target=JSONRPC.path, subprotocols=["jsonrpc"])
        try:
            self._write(self._ws.send(request))
            for event in self._events():
                if isinstance(event, events.AcceptConnection):
                    return self
                break
        except BaseException:
            self._sock.close()
            raise
        self._sock.close()
        raise unreachable(f"{self._address} takes no WebSocket", "no-websocket")

    def __exit__(self, *_error: object) -> None:
        self._sock.close()

    def send(self, text: str) -> None:
        """Send one message."""
        from wsproto.events import TextMessage  # noqa: PLC0415 - only for watches

        self._write(self._ws.send(TextMessage(data=text)))

    def messages(self) -> Iterator[Mapping[str, Any]]:
        """What comes, message by message, until the server ends it.

        Raises:
            UnreachableError: the connection is over.
            BadAnswerError: a message is no JSON object, or too large.
        """
        from wsproto.events import CloseConnection, Ping, TextMessage  # noqa: PLC0415 - only for watches

        parts: list[str] = []
        for event in self._events():
            if isinstance(event, TextMessage):
                parts.append(event.data)
                if sum(map(len, parts)) > self._session.target.max_answer:
                    raise bad_answer(f"{self._address} sent a message that is too large")
                if event.message_finished:
                    yield self._read("".join(parts))
                    parts.clear()
            elif isinstance(event, Ping):
                self._write(self._ws.send(event.response()))
            elif isinstance(event, CloseConnection):
                break
        raise unreachable(f"{self._address} ended the WebSocket", "closed-by-server")

    def _read(self, text: str) -> Mapping[str, Any]:
        try:
            message = parse_json(text)
        except (ValueError, RecursionError) as error:
            raise bad_answer(f"{self._address} sent something that is no JSON: {error}") from None
        if not isinstance(message, Mapping):
            raise bad_answer(f"{self._address} sent a message that is no JSON object")
        return message

    def _events(self) -> Iterator[Any]:
        """What the bytes mean, as they come; a peer that is silent is asked, and given up when it does not answer."""
        from wsproto.events import Ping  # noqa: PLC0415 - only for watches
        from wsproto.utilities import ProtocolError  # noqa: PLC0415

        patience, heard = self._session.target.timeout, monotonic()
        is_asked = False
        while True:
            self._sock.settimeout(patience if is_asked or self._ws.state.name == "CONNECTING" else PING_AFTER)
            try:
                data = self._sock.recv(CHUNK)
                self._ws.receive_data(data or None)
            except TimeoutError:
                if is_asked or self._ws.state.name == "CONNECTING":
                    message = f"nothing came from {self._address} for {monotonic() - heard:.0f} s"
                    raise unreachable(message, "silent") from None
                is_asked = True
                self._write(self._ws.send(Ping()))
                continue
            except (OSError, ProtocolError) as error:
                raise unreachable(f"the WebSocket to {self._address} broke", "broken") from error
            heard, is_asked = monotonic(), False
            yield from self._ws.events()
            if not data:
                return

    def _write(self, data: bytes) -> None:
        try:
            self._sock.settimeout(self._session.target.timeout)
            self._sock.sendall(data)
        except OSError as error:
            raise unreachable(f"the WebSocket to {self._address} broke", "broken") from error
