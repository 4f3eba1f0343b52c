"""A server that shows any certificate and keeps no rules, for SIP and for management calls."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import xmlrpc.client
from typing import TYPE_CHECKING, Self

from OpenSSL import SSL

from tests.next_hop import answer_to, whole_message

if TYPE_CHECKING:
    from tests.bad_certificates.case import Shown

__all__ = ["OddServer"]

SECONDS = 15
RESULT = xmlrpc.client.dumps(("sertwist 0.1.0",), methodresponse=True).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(RESULT) + RESULT


_USED: set[int] = set()


def _listen() -> socket.socket:
    """At a port that no earlier one had: who failed there is not tried again for a while."""
    while True:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if port not in _USED:
            _USED.add(port)
            return listener
        listener.close()


class OddServer:
    """Serves while it is a context.

    Attributes:
        port: chosen by the system.
        requests: how many came whole.
        received: what came after a handshake and is no whole request yet.
    """

    def __init__(self, shown: Shown, version: int | None = None) -> None:
        """Show `shown` to every client; without a `version` TLS 1.2 or 1.3."""
        assert shown.credential is not None
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        context.use_certificate(shown.credential.certificate)
        context.use_privatekey(shown.credential.key)
        for certificate in shown.sent_along:
            context.add_extra_chain_cert(certificate)
        if version is not None:
            context.set_min_proto_version(version)
            context.set_max_proto_version(version)
        self._context = context
        self._listener = _listen()
        self._open = self._listener  # the connection that is served
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.requests = 0
        self.received = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, self._open):
            with contextlib.suppress(OSError):  # the client's end came first
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open = sock
            with sock, contextlib.suppress(SSL.Error):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SECONDS, 0))
                self._answer(SSL.Connection(self._context, sock))

    def _answer(self, connection: SSL.Connection) -> None:
        connection.set_accept_state()
        connection.do_handshake()
        while True:
            self.received += connection.recv(65_536)
            if b"</methodCall>" in self.received:
                answer = RESPONSE
            elif whole_message(self.received):
                answer = answer_to(self.received)
            else:
                continue
            self.requests += 1
            self.received = b""
            connection.sendall(answer)
