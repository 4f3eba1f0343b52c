"""Lines 65 to 68, 77, 79, 80, 84 and 85: what a peer does once the handshake is done, and with its last flight."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.limits import MAX_LATER_MESSAGES
from tests.system.bad_protocol.raw_peer import RawPeer, raw_peer
from tests.system.bad_protocol.records import (
    ALERT,
    APPLICATION_DATA,
    DEFAULT_EXTENSIONS,
    HANDSHAKE,
    HEARTBEAT,
    client_hello,
    extension,
)
from tests.system.running import RunningServer, call_document, options_request, read_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

TLS_1_2, TLS_1_3 = SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION
BOTH = pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3], ids=["1.2", "1.3"])
CERTIFICATE = b"\x0b\0\0\x04\0\0\0\0"  # a handshake message with an empty list (RFC 8446 4.4.2)
RENEGOTIATION = client_hello(*DEFAULT_EXTENSIONS, extension(0xFF01, b"\0"))
REQUEST = options_request("TLS")
OK = b"SIP/2.0 200 "


def _bob(server: RunningServer, pki: Path, version: int, early: bytes = b"") -> AbstractContextManager[RawPeer]:
    return raw_peer(("127.0.0.1", server.ports["tls"]), version, pki / "bob", early)


def _assert_dropped(server: RunningServer, peer: RawPeer, words: str) -> None:
    """The connection is over, the log says why, and the next peer is served."""
    assert peer.read() == b""
    server.wait_for(f"connection dropped: {words}; TLS from {re.escape(peer.source)}$", 10)
    with server.connect("tls", "bob") as next_one:
        next_one.sendall(REQUEST)
        assert next_one.recv(65_536).startswith(OK)


def _flood(peer: RawPeer, make_record: Callable[[], bytes], records: int = 1_000_000) -> None:
    """Send records until the server ends the connection; what a library's buffers take is not seen by us."""
    with contextlib.suppress(ConnectionError):
        for _ in range(records // 100):
            peer.sock.sendall(b"".join(make_record() for _ in range(100)))


# -- 65, 66: over and over --------------------------------------------------------------------------------------------

REFUSED = "the peer asked for renegotiation, which is refused"


def test_renegotiation_is_refused_by_an_alert_and_ends_the_connection(seed_server: RunningServer, pki: Path) -> None:
    with _bob(seed_server, pki, TLS_1_2) as peer:
        peer.send(HANDSHAKE, RENEGOTIATION)
        peer.sock.settimeout(15)
        head = peer.sock.recv(65_536)
        assert head[0] == ALERT
        _assert_dropped(seed_server, peer, REFUSED)


def test_request_behind_a_renegotiation_is_not_answered(seed_server: RunningServer, pki: Path) -> None:
    with _bob(seed_server, pki, TLS_1_2) as peer:
        sealed = [peer.sealer.seal(HANDSHAKE, RENEGOTIATION), peer.sealer.seal(APPLICATION_DATA, REQUEST)]
        peer.sock.sendall(b"".join(sealed))
        _assert_dropped(seed_server, peer, REFUSED)


def test_flood_of_renegotiations_ends_with_the_first(seed_server: RunningServer, pki: Path) -> None:
    with _bob(seed_server, pki, TLS_1_2) as peer:
        _flood(peer, lambda: peer.sealer.seal(HANDSHAKE, RENEGOTIATION))
        _assert_dropped(seed_server, peer, REFUSED)


def test_hello_in_tls_1_3_ends_the_connection(seed_server: RunningServer, pki: Path) -> None:
    with _bob(seed_server, pki, TLS_1_3) as peer:
        peer.send(HANDSHAKE, RENEGOTIATION)
        _assert_dropped(seed_server, peer, "TLS broken: unexpected message")


@pytest.mark.parametrize("ask", [False, True])
def test_key_updates_are_followed_up_to_their_bound(seed_server: RunningServer, pki: Path, ask: bool) -> None:
    with _bob(seed_server, pki, TLS_1_3) as peer:
        most = MAX_LATER_MESSAGES // (2 if ask else 1)  # the answers count too
        for _ in range(most):
            peer.sock.sendall(peer.seal_key_update(ask=ask))
        peer.send(APPLICATION_DATA, REQUEST)
        assert peer.read().startswith(OK)  # and the count begins anew
        for _ in range(most + 1):
            peer.sock.sendall(peer.seal_key_update(ask=ask))
        _assert_dropped(seed_server, peer, "key updates without end")


@pytest.mark.parametrize("ask", [False, True])
def test_key_updates_without_end_end_the_connection(seed_server: RunningServer, pki: Path, ask: bool) -> None:
    with _bob(seed_server, pki, TLS_1_3) as peer:
        _flood(peer, lambda: peer.seal_key_update(ask=ask))
        _assert_dropped(seed_server, peer, "key updates without end")


# -- 67, 68, 77: messages that have no place here ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "kind", "content"),
    [
        (TLS_1_2, HEARTBEAT, b"\x01\xff\xff" + b"x" * 32),  # asks for more than it brings: Heartbleed
        (TLS_1_3, HEARTBEAT, b"\x01\xff\xff" + b"x" * 32),
        (TLS_1_2, HANDSHAKE, CERTIFICATE),
        (TLS_1_3, HANDSHAKE, CERTIFICATE),
        (TLS_1_3, HANDSHAKE, b""),
        (TLS_1_3, APPLICATION_DATA, b"\0" * 20_000),
        (TLS_1_3, 99, b"x"),
        (TLS_1_2, 99, b"x"),
    ],
)
def test_connection_ends_when_a_record_has_no_place_in_it(
    seed_server: RunningServer, pki: Path, version: int, kind: int, content: bytes
) -> None:
    with _bob(seed_server, pki, version) as peer:
        peer.send(kind, content)
        _assert_dropped(seed_server, peer, "TLS broken: .+")


@BOTH
def test_connection_ends_when_a_record_is_changed_on_its_way(
    seed_server: RunningServer, pki: Path, version: int
) -> None:
    with _bob(seed_server, pki, version) as peer:
        sealed = bytearray(peer.sealer.seal(APPLICATION_DATA, REQUEST))
        sealed[-1] ^= 1
        peer.sock.sendall(sealed)
        _assert_dropped(seed_server, peer, "TLS broken: .+")


def test_connection_ends_when_empty_records_or_warnings_come_and_come(seed_server: RunningServer, pki: Path) -> None:
    for kind, content in ((HANDSHAKE, b""), (ALERT, b"\x01\x5a"), (APPLICATION_DATA, b"")):  # 90: user canceled
        with _bob(seed_server, pki, TLS_1_2) as peer:
            _flood(peer, partial(peer.sealer.seal, kind, content))
            _assert_dropped(seed_server, peer, "TLS broken: .+")


# -- 79, 80: the end ---------------------------------------------------------------------------------------------------


@BOTH
def test_close_notify_is_answered_and_the_connection_closed(
    seed_server: RunningServer, pki: Path, version: int
) -> None:
    with _bob(seed_server, pki, version) as peer:
        peer.send(ALERT, b"\x01\0")
        assert peer.read() == b""
        assert peer.library.get_shutdown() & SSL.RECEIVED_SHUTDOWN


@BOTH
def test_request_before_close_notify_is_answered(seed_server: RunningServer, pki: Path, version: int) -> None:
    with _bob(seed_server, pki, version) as peer:
        sealed = [peer.sealer.seal(APPLICATION_DATA, REQUEST), peer.sealer.seal(ALERT, b"\x01\0")]
        peer.sock.sendall(b"".join(sealed))
        assert peer.read().startswith(OK)
        assert peer.read() == b""


def test_connection_is_freed_after_the_linger_time_when_the_peer_never_closes(
    seed_server: RunningServer,
) -> None:
    document = call_document()
    request = (
        b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    )
    with seed_server.connect("tls", "bob") as sock, seed_server.proxy("bob") as proxy:
        sock.sendall(request % len(document) + document)
        assert read_response(sock)[0] == 200
        own = sock.getsockname()[1]

        def states() -> list[str]:
            rows = proxy.tls.list()
            assert isinstance(rows, list)
            return [row["state"] for row in rows if row["src_port"] == own]

        deadline = time.monotonic() + 15
        while states():
            assert states() in ([], ["closing"])
            assert time.monotonic() < deadline
            time.sleep(0.1)


# -- 84, 85: messages and records -------------------------------------------------------------------------------------


@BOTH
def test_message_is_answered_wherever_records_cut_it(seed_server: RunningServer, pki: Path, version: int) -> None:
    with _bob(seed_server, pki, version) as peer:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(REQUEST)):
            peer.send(APPLICATION_DATA, REQUEST[:cut])
            peer.send(APPLICATION_DATA, REQUEST[cut:])
            assert peer.read().startswith(OK)


@BOTH
def test_both_messages_of_one_record_are_answered(seed_server: RunningServer, pki: Path, version: int) -> None:
    with _bob(seed_server, pki, version) as peer:
        peer.send(APPLICATION_DATA, options_request("TLS", "z9hG4bK1") + options_request("TLS", "z9hG4bK2"))
        answers = b""
        while answers.count(b"CSeq:") < 2:
            answers += peer.read()
        assert answers.count(OK) == 2
        assert answers.index(b"z9hG4bK1") < answers.index(b"z9hG4bK2")


@BOTH
def test_identity_is_known_to_a_request_in_the_flight_of_the_finished(
    seed_server: RunningServer, pki: Path, version: int
) -> None:
    with _bob(seed_server, pki, version, early=REQUEST) as peer:
        assert peer.read().startswith(OK)
