"""TLS records and hellos made by hand, and what a server answers to them in the clear (RFC 8446 4.1, 5.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

__all__ = [
    "ALERT",
    "APPLICATION_DATA",
    "CHANGE_CIPHER_SPEC",
    "DEFAULT_EXTENSIONS",
    "HANDSHAKE",
    "HEARTBEAT",
    "Alert",
    "Flight",
    "client_hello",
    "extension",
    "read_flight",
    "record",
    "server_names",
]

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
TLS_1_0, TLS_1_2 = 0x0301, 0x0303
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
SERVER_NAME, GROUPS, SIGNATURES = 0, 10, 13
ECDHE_ECDSA, ECDHE_RSA = 0xC02B, 0xC02F  # with AES_128_GCM_SHA256
_RECORD_HEAD = 5


def record(kind: int, content: bytes, *, version: int = TLS_1_0, length: int | None = None) -> bytes:
    """A record; `length` is what its head says, whatever the content."""
    size = len(content) if length is None else length
    return bytes((kind,)) + version.to_bytes(2) + size.to_bytes(2) + content


def extension(kind: int, content: bytes) -> bytes:
    """One extension of a hello."""
    return kind.to_bytes(2) + len(content).to_bytes(2) + content


def server_names(*names: bytes, kind: int = 0) -> bytes:
    """The server_name extension with these entries (RFC 6066 3)."""
    entries = b"".join(bytes((kind,)) + len(name).to_bytes(2) + name for name in names)
    return extension(SERVER_NAME, len(entries).to_bytes(2) + entries)


# X25519 and P-256; ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256.
DEFAULT_GROUPS = extension(GROUPS, bytes.fromhex("0004001d0017"))
DEFAULT_SIGNATURES = extension(SIGNATURES, bytes.fromhex("0006040308040401"))
DEFAULT_EXTENSIONS = (DEFAULT_GROUPS, DEFAULT_SIGNATURES)


def client_hello(
    *extensions: bytes,
    version: int = TLS_1_2,
    ciphers: Sequence[int] = (ECDHE_ECDSA, ECDHE_RSA),
    compression: bytes = b"\0",
) -> bytes:
    """A ClientHello message without its record; of version 1.2 at most, so that the answer can be read."""
    suites = b"".join(each.to_bytes(2) for each in ciphers)
    body = version.to_bytes(2) + os.urandom(32) + b"\0"
    body += len(suites).to_bytes(2) + suites + bytes((len(compression),)) + compression
    if extensions:
        joined = b"".join(extensions)
        body += len(joined).to_bytes(2) + joined
    return bytes((CLIENT_HELLO,)) + len(body).to_bytes(3) + body


@dataclass(frozen=True)
class Alert:
    """An alert: level 1 warns, 2 is fatal (RFC 8446 6)."""

    level: int
    description: int


@dataclass(frozen=True)
class Flight:
    """What a server answered before it closed or waited for us.

    Attributes:
        alerts: in order.
        hello: the body of its ServerHello; empty without.
        certificate: its own, from a version 1.2 handshake.
        closed: it closed.
    """

    alerts: Sequence[Alert]
    hello: bytes
    certificate: x509.Certificate | None
    closed: bool

    @property
    def compression(self) -> int:
        """The compression method that its ServerHello chose."""
        session_id_length = self.hello[34]
        return self.hello[34 + 1 + session_id_length + 2]


def read_flight(sock: socket.socket) -> Flight:
    """Read until the server closes or has said all of its first flight."""
    data, closed = b"", False
    messages: list[tuple[int, bytes]] = []
    alerts: list[Alert] = []
    while not any(kind == 14 for kind, _ in messages):  # ServerHelloDone
        try:
            chunk = sock.recv(65_536)
        except ConnectionError:
            chunk = b""
        if not chunk:
            closed = True
            break
        data += chunk
        records = list(_records(data))
        alerts = [Alert(*content) for kind, content in records if kind == ALERT]
        messages = list(_messages(b"".join(content for kind, content in records if kind == HANDSHAKE)))
    hello = next((body for kind, body in messages if kind == SERVER_HELLO), b"")
    chain = next((body for kind, body in messages if kind == CERTIFICATE), b"")
    return Flight(alerts, hello, _first_certificate(chain), closed)


def _first_certificate(chain: bytes) -> x509.Certificate | None:
    if not chain:
        return None
    size = int.from_bytes(chain[3:6])
    return x509.load_der_x509_certificate(chain[6 : 6 + size])


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _RECORD_HEAD:
        size = int.from_bytes(data[3:5])
        if len(data) < _RECORD_HEAD + size:
            return
        yield data[0], data[_RECORD_HEAD : _RECORD_HEAD + size]
        data = data[_RECORD_HEAD + size :]


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        size = int.from_bytes(data[1:4])
        if len(data) < 4 + size:
            return
        yield data[0], data[4 : 4 + size]
        data = data[4 + size :]
