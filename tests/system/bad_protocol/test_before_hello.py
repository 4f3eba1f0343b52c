"""Lines 56 to 58, 63, 64 and 67: what is no ClientHello on a TLS port, and a ClientHello where none belongs."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from tests.system.bad_protocol.records import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    DEFAULT_EXTENSIONS,
    HANDSHAKE,
    client_hello,
    record,
)
from tests.system.running import call_document, options_request, read_to_end

if TYPE_CHECKING:
    from tests.system.running import RunningServer

HELLO = client_hello(*DEFAULT_EXTENSIONS)
DOCUMENT = call_document()
POST = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT)
SSL_2 = bytes.fromhex("802e0100020015000000100100800300800700c0")
NOT_TLS = "what came is not TLS"
TOO_LONG = "a record is longer than TLS allows"
NO_HELLO = "the handshake does not begin with a ClientHello"
RECORD_OVERFLOW, UNEXPECTED_MESSAGE, ILLEGAL_PARAMETER = 22, 10, 47


def _fatal(alert: int) -> bytes:
    return record(ALERT, bytes((2, alert)))


# What is sent to the TLS port -> the whole answer, the log's words.
BEFORE_HELLO: dict[str, tuple[bytes, bytes, str]] = {
    "56 SIP": (options_request("TLS"), b"", NOT_TLS),
    "56 HTTP": (POST + DOCUMENT, b"", NOT_TLS),
    "56 a proxy's first line": (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", b"", NOT_TLS),
    "56 zeros": (bytes(100), b"", NOT_TLS),
    "56 line ends": (b"\r\n\r\n", b"", NOT_TLS),
    "58 SSL 2": (SSL_2, b"", NOT_TLS),
    "63 0x5001": (record(HANDSHAKE, HELLO, length=0x5001), _fatal(RECORD_OVERFLOW), TOO_LONG),
    "63 0xffff": (record(HANDSHAKE, HELLO, length=0xFFFF), _fatal(RECORD_OVERFLOW), TOO_LONG),
    "64 close_notify": (record(ALERT, b"\x01\0"), b"", NOT_TLS),
    "64 a fatal alert": (record(ALERT, b"\x02\x28"), b"", NOT_TLS),
    "67 ChangeCipherSpec": (record(CHANGE_CIPHER_SPEC, b"\x01") + record(HANDSHAKE, HELLO), b"", NOT_TLS),
    "67 a warning": (record(ALERT, b"\x01\x5a") + record(HANDSHAKE, HELLO), b"", NOT_TLS),
    "67 data": (record(APPLICATION_DATA, b"x") + record(HANDSHAKE, HELLO), b"", NOT_TLS),
    "67 an empty record": (
        record(HANDSHAKE, b"") + record(HANDSHAKE, HELLO),
        _fatal(UNEXPECTED_MESSAGE),
        "an empty record in the ClientHello",
    ),
    "67 ChangeCipherSpec within": (
        record(HANDSHAKE, HELLO[:50]) + record(CHANGE_CIPHER_SPEC, b"\x01") + record(HANDSHAKE, HELLO[50:]),
        _fatal(UNEXPECTED_MESSAGE),
        NO_HELLO,
    ),
    "67 a warning within": (
        record(HANDSHAKE, HELLO[:50]) + record(ALERT, b"\x01\x5a") + record(HANDSHAKE, HELLO[50:]),
        _fatal(UNEXPECTED_MESSAGE),
        NO_HELLO,
    ),
    "67 an excessive message": (
        record(HANDSHAKE, b"\x01\xff\xff\xff" + HELLO[4:]),
        _fatal(ILLEGAL_PARAMETER),
        "the ClientHello is too large",
    ),
    "67 ServerHello": (record(HANDSHAKE, b"\x02" + HELLO[1:]), _fatal(UNEXPECTED_MESSAGE), NO_HELLO),
    "67 Finished": (record(HANDSHAKE, b"\x14\0\0\x0c" + bytes(12)), _fatal(UNEXPECTED_MESSAGE), NO_HELLO),
}  # fmt: skip


@pytest.mark.parametrize(("data", "answer", "words"), BEFORE_HELLO.values(), ids=BEFORE_HELLO)
def test_connection_ends_at_once_when_it_does_not_begin_with_a_hello(
    seed_server: RunningServer, data: bytes, answer: bytes, words: str
) -> None:
    with socket.create_connection(("127.0.0.1", seed_server.ports["tls"]), 5) as sock:
        source = "{}:{}".format(*sock.getsockname())
        sock.sendall(data)
        assert read_to_end(sock) == answer
    seed_server.wait_for(f"TLS handshake failed: {words}; from {re.escape(source)}$", 10)
    with seed_server.connect("tls", "bob") as next_one:
        next_one.sendall(options_request("TLS"))
        assert next_one.recv(65_536).startswith(b"SIP/2.0 200 ")


def test_hello_on_the_plain_port_is_refused_without_an_echo(seed_server: RunningServer) -> None:
    """Line 57."""
    with socket.create_connection(("127.0.0.1", seed_server.ports["tcp"]), 5) as sock:
        source = "{}:{}".format(*sock.getsockname())
        sock.sendall(record(HANDSHAKE, HELLO))
        assert read_to_end(sock) == b""
    seed_server.wait_for(
        f"connection dropped: the first line is neither SIP nor HTTP; TCP from {re.escape(source)}$", 10
    )
