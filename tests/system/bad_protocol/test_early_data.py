"""Line 76: data before the handshake could be replayed by anybody. It is not taken, and the handshake goes on."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from OpenSSL import SSL

from tests.system.running import options_request
from tests.unit.tls.kit import BOB, SERVER, carry, client_context

if TYPE_CHECKING:
    from tests.system.running import RunningServer

_lib, _ffi = SSL._lib, SSL._ffi
MOST = 16_384
EARLY = options_request("TLS", "z9hG4bKearly")
REQUEST = options_request("TLS", "z9hG4bKlate")


def _session_that_allows_early_data(context: SSL.Context) -> SSL.Session:
    """A ticket of another server, which takes early data: the only way to make a library send some."""
    generous = SSL.Context(SSL.TLS_SERVER_METHOD)
    generous.use_certificate(SERVER.certificate)
    generous.use_privatekey(SERVER.key)
    generous.set_session_id(b"generous")
    assert _lib.SSL_CTX_set_max_early_data(generous._context, MOST) == 1
    client, server = SSL.Connection(context, None), SSL.Connection(generous, None)
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(4):
        for here, there in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                here.do_handshake()
            carry(here, there)
    server.send(b"x")
    carry(server, client)
    assert client.recv(1) == b"x"
    session = client.get_session()
    assert session is not None
    assert _lib.SSL_SESSION_get_max_early_data(session._session) == MOST
    client.shutdown()
    return session


def test_early_data_is_not_taken_and_the_handshake_goes_on(seed_server: RunningServer) -> None:
    context = client_context(BOB, version=SSL.TLS1_3_VERSION)
    session = _session_that_allows_early_data(context)
    with socket.create_connection(("127.0.0.1", seed_server.ports["tls"])) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 15, 0))
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        connection.set_session(session)
        written = _ffi.new("size_t *")
        assert _lib.SSL_write_early_data(connection._ssl, EARLY, len(EARLY), written) == 1
        assert written[0] == len(EARLY)
        connection.do_handshake()
        connection.sendall(REQUEST)
        answer = connection.recv(65_536)
        # Bob of another authority is not this server's Bob: the script answers, and to the late request alone.
        assert answer.startswith(b"SIP/2.0 403 ")
        assert b"z9hG4bKlate" in answer
        assert b"z9hG4bKearly" not in answer
        assert answer.count(b"SIP/2.0 403 ") == 1
