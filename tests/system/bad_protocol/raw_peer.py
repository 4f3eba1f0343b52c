"""A TLS client whose handshake a library does and whose records are then made by hand: it can say what none would."""

from __future__ import annotations

import contextlib
import hmac
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

from tests.system.bad_protocol.records import APPLICATION_DATA, HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["RawPeer", "raw_peer"]

KEY_UPDATE = b"\x18\0\0\x01"  # then one byte: 0 only tells, 1 asks for one in return (RFC 8446 4.6.3)
SECONDS = 15


class _Sealer13:
    """TLS_AES_128_GCM_SHA256 (RFC 8446 5.2, 7.3)."""

    def __init__(self, secret: bytes) -> None:
        self._take(secret)

    def _take(self, secret: bytes) -> None:
        self._secret = secret
        self._aead = AESGCM(_expand_label(secret, b"key", 16))
        self._iv = int.from_bytes(_expand_label(secret, b"iv", 12))
        self._number = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """One record."""
        inner = content + bytes((kind,))
        head = bytes((APPLICATION_DATA, 3, 3)) + (len(inner) + 16).to_bytes(2)
        sealed = self._aead.encrypt((self._iv ^ self._number).to_bytes(12), inner, head)
        self._number += 1
        return head + sealed

    def update(self) -> None:
        """Go on with the next key, after a KeyUpdate."""
        self._take(_expand_label(self._secret, b"traffic upd", 32))


class _Sealer12:
    """ECDHE with AES_128_GCM_SHA256 (RFC 5246 6.3, 5288 3); the Finished was the first record."""

    def __init__(self, library: SSL.Connection) -> None:
        randoms = library.server_random() + library.client_random()
        block = _prf(library.master_key(), b"key expansion" + randoms, 40)
        self._aead, self._salt, self._number = AESGCM(block[:16]), block[32:36], 1

    def seal(self, kind: int, content: bytes) -> bytes:
        """One record."""
        explicit = self._number.to_bytes(8)
        aad = explicit + bytes((kind, 3, 3)) + len(content).to_bytes(2)
        sealed = explicit + self._aead.encrypt(self._salt + explicit, content, aad)
        self._number += 1
        return bytes((kind, 3, 3)) + len(sealed).to_bytes(2) + sealed


@dataclass
class RawPeer:
    """A connection; `sealer` makes what is sent, `library` reads what comes; `source` as the server's log writes it."""

    sock: socket.socket
    library: SSL.Connection
    sealer: _Sealer13 | _Sealer12
    source: str

    def send(self, kind: int, content: bytes) -> None:
        """Send one record."""
        self.sock.sendall(self.sealer.seal(kind, content))

    def seal_key_update(self, *, ask: bool = False) -> bytes:
        """A KeyUpdate record, for TLS 1.3; what is sealed next has the next key."""
        assert isinstance(self.sealer, _Sealer13)
        sealed = self.sealer.seal(HANDSHAKE, KEY_UPDATE + bytes((ask,)))
        self.sealer.update()
        return sealed

    def read(self) -> bytes:
        """What the server sends next; empty when it has closed, with or without an alert."""
        while True:
            try:
                return self.library.recv(65_536)
            except SSL.WantReadError:
                if not self._feed():
                    return b""
            except SSL.Error:
                return b""

    def _feed(self) -> bool:
        try:
            data = self.sock.recv(65_536)
        except ConnectionError:
            return False
        if data:
            self.library.bio_write(data)
        return bool(data)


@contextmanager
def raw_peer(address: tuple[str, int], version: int, credential: Path, early: bytes = b"") -> Iterator[RawPeer]:
    """Connect with the certificate `credential`.pem and finish the handshake, of TLS 1.2 or 1.3.

    `early` is sent as application data in one piece with our Finished.
    """
    secrets: dict[str, bytes] = {}
    library = SSL.Connection(_context(version, credential, _keep_secrets(secrets)), None)
    library.set_connect_state()

    def sealer() -> _Sealer13 | _Sealer12:
        if version == SSL.TLS1_2_VERSION:
            return _Sealer12(library)
        return _Sealer13(secrets["CLIENT_TRAFFIC_SECRET_0"])

    with socket.create_connection(address, SECONDS) as sock:
        source = "{}:{}".format(*sock.getsockname())
        yield RawPeer(sock, library, _handshake(library, sock, sealer, early), source)


def _keep_secrets(secrets: dict[str, bytes]) -> Callable[[SSL.Connection, bytes], None]:
    def keep(_connection: SSL.Connection, line: bytes) -> None:
        label, _, secret = line.decode().split()
        secrets[label] = bytes.fromhex(secret)

    return keep


def _context(version: int, credential: Path, keep: Callable[[SSL.Connection, bytes], None]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
    context.set_tls13_ciphersuites(b"TLS_AES_128_GCM_SHA256")
    context.set_keylog_callback(keep)
    context.use_certificate(x509.load_pem_x509_certificate(credential.with_suffix(".pem").read_bytes()))
    context.use_privatekey(load_pem_private_key(credential.with_suffix(".key").read_bytes(), None))
    return context


def _handshake(
    library: SSL.Connection, sock: socket.socket, make: Callable[[], _Sealer13 | _Sealer12], early: bytes
) -> _Sealer13 | _Sealer12:
    sealer = None
    flights = 0
    while True:
        try:
            library.do_handshake()
            done = True
        except SSL.WantReadError:
            done = False
        flight = b""
        with contextlib.suppress(SSL.WantReadError):
            flight = library.bio_read(65_536)
        flights += bool(flight)
        if sealer is None and flights == 2:  # hello, then all up to our Finished
            sealer = make()
            flight += sealer.seal(APPLICATION_DATA, early) if early else b""
        sock.sendall(flight)
        if done:
            assert sealer is not None
            return sealer
        library.bio_write(sock.recv(65_536))


def _expand_label(secret: bytes, label: bytes, length: int) -> bytes:
    label = b"tls13 " + label
    info = length.to_bytes(2) + bytes((len(label),)) + label + b"\0\x01"
    return hmac.digest(secret, info, "sha256")[:length]


def _prf(secret: bytes, seed: bytes, length: int) -> bytes:
    out, step = b"", seed
    while len(out) < length:
        step = hmac.digest(secret, step, "sha256")
        out += hmac.digest(secret, step + seed, "sha256")
    return out[:length]
