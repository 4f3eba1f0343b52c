"""`RecordingHop`: a next hop that is none of ours; it keeps every byte that it gets, and answers when told to."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Call", "RecordingHop", "answer_to", "server_context", "whole_message"]

SECONDS = 20.0


def server_context(certificate: Path, ca: Path | None = None) -> ssl.SSLContext:
    """A server's context with `certificate`.pem and .key; with `ca` it requires a client certificate of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".pem"), certificate.with_suffix(".key"))
    if ca is not None:
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class Call:
    """One accepted connection, after its handshake."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        self.received = b""

    @property
    def client(self) -> str:
        """Common name of the certificate that the caller showed; empty without."""
        subject = (self.sock.getpeercert() or {}).get("subject", ())
        return next((value for part in subject for key, value in part if key == "commonName"), "")

    def message(self) -> bytes:
        """The next whole SIP message; fails when the connection ends before."""
        while not (length := whole_message(self.received)):
            data = self.sock.recv(65_536)
            if not data:
                raise ConnectionError(f"closed after {self.received!r}")
            self.received += data
        message, self.received = self.received[:length], self.received[length:]
        return message

    def answer(self, request: bytes, status: str = "200 OK") -> None:
        self.sock.sendall(answer_to(request, status))


class RecordingHop:
    """Listens on a port that the system chose.

    Attributes:
        calls: connections whose handshake was done, in order.
        refused: handshakes that failed.
        bytes_in: all application bytes of the connections that nobody took from `calls`.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        handshake: bool = True,
        then: Callable[[Call], None] | None = None,
    ) -> None:
        """With a `context` over TLS; without `handshake` connections are accepted and left alone; `then` serves one."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self._handshake = handshake
        self._then = then
        self.port: int = self._listener.getsockname()[1]
        self.calls: queue.Queue[Call] = queue.Queue()
        self.refused: queue.Queue[str] = queue.Queue()
        self.accepted = 0
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            sock.settimeout(SECONDS)
            self._open.append(sock)
            if self._handshake:
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        made: Any = sock
        if self._context is not None:
            try:
                made = self._context.wrap_socket(sock, server_side=True)
            except (OSError, ssl.SSLError) as error:
                self.refused.put(str(error))
                return
            self._open.append(made)
        call = Call(made)
        self.calls.put(call)
        if self._then is not None:
            with contextlib.suppress(OSError):
                self._then(call)

    def call(self) -> Call:
        """The next connection; waits for it."""
        return self.calls.get(timeout=SECONDS)


def whole_message(data: bytes) -> int:
    """Length of the SIP message that `data` begins with; 0 while it is not whole."""
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return 0
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    total = len(head) + 4 + (int(lengths[0].partition(b":")[2]) if lengths else 0)
    return total if len(data) >= total else 0


def answer_to(request: bytes, status: str = "200 OK") -> bytes:
    """A response as any user agent makes it: every Via, From, To with a tag, Call-ID and CSeq as they came."""
    head = request.partition(b"\r\n\r\n")[0].decode()
    kept = [
        line for line in head.split("\r\n")[1:] if line.partition(":")[0].lower() in {"via", "from", "call-id", "cseq"}
    ]
    to = next(line for line in head.split("\r\n") if line.lower().startswith("to:"))
    return "\r\n".join([f"SIP/2.0 {status}", *kept, f"{to};tag=hop", "Content-Length: 0", "", ""]).encode()
