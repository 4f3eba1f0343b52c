"""A TLS client that shows any certificate and keeps no rules, over a socket that waits."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import SSL

from tests.system.bad_certificates.domains import Answer, read_answer
from tests.system.running import options_request
from tests.unit.tls.kit import client_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bad_certificates.case import Shown

__all__ = ["SECONDS", "Visit", "ask", "connect", "is_resumed", "visit"]

SECONDS = 15


@dataclass(frozen=True)
class Visit:
    """How one visit went: the script's answer, or None when the server ended the handshake; and where from."""

    answer: Answer | None
    source: str


@contextlib.contextmanager
def connect(
    address: tuple[str, int],
    context: SSL.Context,
    *,
    server_name: bytes | None = None,
    session: SSL.Session | None = None,
) -> Iterator[tuple[SSL.Connection, str]]:
    """A TLS connection before its handshake, and its source address as the server's log writes it."""
    with socket.create_connection(address) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SECONDS, 0))
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        if server_name is not None:
            connection.set_tlsext_host_name(server_name)
        if session is not None:
            connection.set_session(session)
        yield connection, "{}:{}".format(*sock.getsockname())
        # Without the close_notify the library takes the session for broken, and it could not be resumed.
        with contextlib.suppress(SSL.Error):
            connection.shutdown()


def ask(connection: SSL.Connection) -> Answer:
    """One request; what the script says about us.

    Raises:
        SSL.Error: the server has refused the handshake, which a TLS 1.3 client learns only when it reads.
    """
    connection.sendall(options_request("TLS"))
    return read_answer(connection.recv(65_536))


def visit(address: tuple[str, int], shown: Shown, version: int | None = None) -> Visit:
    """Connect, show it, and ask."""
    with connect(address, client_context(shown.credential, shown.sent_along, version)) as (connection, source):
        try:
            connection.do_handshake()
            return Visit(ask(connection), source)
        except SSL.Error:
            return Visit(None, source)


def is_resumed(connection: SSL.Connection) -> bool:
    """Whether the handshake continued an earlier session; pyOpenSSL has no public name for it."""
    return bool(SSL._lib.SSL_session_reused(connection._ssl))
