"""The direct ways to read and write give and raise what pyOpenSSL's own do; the library in use takes them."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL

from sertwist.tls import _ossl
from sertwist.tls.context import ServerContextFactory
from tests.unit.tls.kit import BOB, client_context, make_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIRECT = (_ossl._receive_directly, _ossl._send_directly)
PUBLIC = (_ossl._receive_publicly, _ossl._send_publicly)


class Session:
    """A finished session on a socket pair."""

    def __init__(self, here: socket.socket, there: socket.socket) -> None:
        self.raw = there
        for sock in (here, there):
            sock.setblocking(False)
        self.server = ServerContextFactory(make_domain()).server_connection(here)
        self.client = SSL.Connection(client_context(BOB), there)
        self.client.set_connect_state()
        waiting = [self.client, self.server]
        for _ in range(20):
            for side in list(waiting):
                try:
                    side.do_handshake()
                    waiting.remove(side)
                except SSL.WantReadError:
                    continue
        assert not waiting


@pytest.fixture
def session() -> Iterator[Callable[[], Session]]:
    with ExitStack() as stack:
        yield lambda: Session(*(stack.enter_context(sock) for sock in socket.socketpair()))


def outcome(call: Callable[..., Any], *arguments: object) -> object:
    try:
        return call(*arguments)
    except SSL.Error as error:
        return type(error), error.args


def nothing(_session: Session) -> None:
    pass


def two_records(session: Session) -> None:
    session.client.send(b"one")
    session.client.send(b"two")


def largest_record(session: Session) -> None:
    session.client.send(bytes(_ossl.RECORD))


def close_notify(session: Session) -> None:
    session.client.send(b"last")
    session.client.shutdown()


def end_of_stream(session: Session) -> None:
    session.raw.shutdown(socket.SHUT_WR)


def garbage(session: Session) -> None:
    session.raw.send(b"GET / HTTP/1.1\r\n\r\n")


def forged_record(session: Session) -> None:
    session.raw.send(b"\x17\x03\x03\x00\x20" + bytes(32))


@pytest.mark.parametrize(
    "act", [nothing, two_records, largest_record, close_notify, end_of_stream, garbage, forged_record]
)
def test_both_ways_of_reading_have_the_same_outcomes(
    act: Callable[[Session], None], session: Callable[[], Session]
) -> None:
    outcomes = []
    for receive, _ in (DIRECT, PUBLIC):
        one = session()
        act(one)
        outcomes.append([outcome(receive, one.server) for _ in range(3)])
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("act", [nothing, close_notify, garbage])
@pytest.mark.parametrize("data", [b"answer", memoryview(b"an answer")[3:], bytes(1_000_000)])
def test_both_ways_of_writing_have_the_same_outcomes(
    act: Callable[[Session], None], data: bytes | memoryview, session: Callable[[], Session]
) -> None:
    outcomes = []
    for receive, send in (DIRECT, PUBLIC):
        one = session()
        act(one)
        outcome(receive, one.server)
        sent = [outcome(send, one.server, data) for _ in range(40)]
        outcomes.append((sent, outcome(_ossl._receive_publicly, one.client)))
    assert outcomes[0] == outcomes[1]


def test_library_in_use_takes_the_direct_ways() -> None:
    """A new version that does not is served by the public way; this says that it is slower, and why."""
    assert _ossl.receive is _ossl._receive_directly
    assert _ossl.send is _ossl._send_directly


def test_public_ways_are_taken_when_a_name_has_vanished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ossl, "_ffi", None)
    assert not _ossl._goes_directly()
