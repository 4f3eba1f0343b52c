"""What a peer's bytes may cost until a handshake ends, from either side: a share a step, and a bound in all."""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from OpenSSL import SSL

from sertwist.limits import ConnectionLimits
from sertwist.tls.context import ClientContextFactory, ServerContextFactory
from sertwist.tls.failure import Failure
from sertwist.transport.handshake import Wanted
from sertwist.transport.tls_accept import TlsAccept
from sertwist.transport.tls_connect import Connect
from tests.unit.tls.kit import BOB, SERVER, client_context, make_domain
from tests.unit.transport.world import client_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.transport.channel import Channel
    from sertwist.transport.record_handshake import RecordHandshake

    Pair = tuple[socket.socket, socket.socket]
    Outcome = Wanted | Failure | tuple[Channel, object]
    Meet = Callable[[Pair], "Meeting"]

ALERT, HANDSHAKE = b"\x15", b"\x16"  # RFC 8446 5.1
CERTIFICATE = b"\x0b"  # RFC 8446 4
HEAD: Final = 5  # bytes of a record
LIMITS = ConnectionLimits()
PATIENCE = 20.0  # seconds


def record(kind: bytes, data: bytes) -> bytes:
    return kind + b"\x03\x03" + len(data).to_bytes(2) + data


def records(flight: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(flight):
        end = at + HEAD + int.from_bytes(flight[at + 3 : at + HEAD])
        yield flight[at:end]
        at = end


def crumbs(message: bytes) -> bytes:
    """Handshake messages in records of a byte."""
    return b"".join(record(HANDSHAKE, message[at : at + 1]) for at in range(len(message)))


def crumbled(flight: bytes) -> bytes:
    """The flight, what is not sealed of it in records of a byte."""
    out, plain = b"", True
    for each in records(flight):
        plain = plain and each[:1] == HANDSHAKE
        out += crumbs(each[HEAD:]) if plain else each
    return out


class Meeting:
    """One of our handshakes and its peer: OpenSSL over memory, whose flights a test changes.

    Attributes:
        most: records that ours took from the socket in one step, at most.
        taken: bytes that it took in all.
        wanted: by its steps.
    """

    def __init__(self, sockets: Pair, handshake: RecordHandshake, peer: SSL.Connection) -> None:
        self._ours, self._theirs = sockets
        self._handshake: Any = handshake
        self._peer = peer
        self.most = self.taken = 0
        self.wanted: list[Wanted] = []

    def shake(self, change: Callable[[bytes], bytes] = bytes, piece: int = 4_096) -> Outcome:
        """Go on until ours ends or nothing moves; the peer's flights come changed, and in pieces of so many bytes."""
        outcome = self.begin()
        while isinstance(outcome, Wanted):
            flight = change(self.answer())
            if not flight:
                break
            outcome = self.deliver(flight, piece)
        return outcome

    def begin(self) -> Outcome:
        """Say hello, if that is ours to do."""
        return self._step() if isinstance(self._handshake, Connect) else Wanted.READ

    def answer(self) -> bytes:
        """The peer's next flight, after all that ours has said."""
        with contextlib.suppress(BlockingIOError):
            while data := self._theirs.recv(65_536):
                self._peer.bio_write(data)
        with contextlib.suppress(SSL.WantReadError):
            self._peer.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            return self._peer.bio_read(65_536)
        return b""

    def deliver(self, data: bytes, piece: int = 4_096) -> Outcome:
        """What becomes of ours while `data` comes."""
        outcome: Outcome = Wanted.READ
        for at in range(0, len(data), piece):
            self._send(data[at : at + piece])
            while len(self._unread()) >= self._ours.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT):
                outcome = self._step()
                if not isinstance(outcome, Wanted):
                    return outcome
                if outcome is Wanted.PAUSE:
                    break
        return outcome

    def _send(self, data: bytes) -> None:
        expected, until = len(self._unread()) + len(data), time.monotonic() + PATIENCE
        self._theirs.sendall(data)
        while len(self._unread()) < expected:
            assert time.monotonic() < until, "the kernel keeps it"

    def _step(self) -> Outcome:
        before = self._unread()
        outcome: Outcome = self._handshake.step()
        taken = before[: len(before) - len(self._unread())]
        self.taken += len(taken)
        self.most = max(self.most, len(list(records(taken))))
        if isinstance(outcome, Wanted):
            self.wanted.append(outcome)
        return outcome

    def _unread(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return self._ours.recv(1_048_576, socket.MSG_PEEK)
        return b""


def accepting(sockets: Pair) -> Meeting:
    factory = ServerContextFactory(make_domain())
    client = SSL.Connection(client_context(BOB, version=SSL.TLS1_2_VERSION), None)
    client.set_connect_state()
    return Meeting(sockets, TlsAccept(sockets[0], lambda _hello: factory, LIMITS), client)


def connecting(sockets: Pair) -> Meeting:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(SERVER.certificate)
    context.use_privatekey(SERVER.key)
    server = SSL.Connection(context, None)
    server.set_accept_state()
    factory = ClientContextFactory(client_domain(BOB))
    return Meeting(sockets, Connect(sockets[0], factory, "alice.example.com", time.time, LIMITS), server)


both_sides = pytest.mark.parametrize("meet", [accepting, connecting])


@both_sides
def test_no_step_takes_more_than_its_share_of_records(pair: Pair, meet: Meet) -> None:
    """A whole flight in records of a byte would hold all others for as long as OpenSSL takes for it."""
    meeting = meet(pair)
    outcome = meeting.shake(crumbled)
    assert isinstance(outcome, tuple), outcome
    assert meeting.taken > 30 * LIMITS.handshake_records * len(crumbs(b"x"))
    assert meeting.most == LIMITS.handshake_records


@both_sides
def test_handshake_ends_when_it_comes_in_too_many_pieces(pair: Pair, meet: Meet) -> None:
    """OpenSSL itself would take a certificate of 100 KiB so, a byte a record."""
    meeting = meet(pair)
    meeting.begin()
    first = next(records(meeting.answer()))
    endless = crumbs(CERTIFICATE + (90_000).to_bytes(3) + bytes(2 * LIMITS.max_handshake_steps))
    outcome = meeting.deliver(first + endless)
    assert outcome == Failure("too-many-steps", "the handshake came in too many pieces")
    assert meeting.taken <= len(first) + LIMITS.max_handshake_steps * len(crumbs(b"x"))
    assert len(meeting.wanted) <= LIMITS.max_handshake_steps


@both_sides
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (crumbs(CERTIFICATE + b"\xff\xff\xff"), "too-large"),
        (record(HANDSHAKE, CERTIFICATE + b"\x01\xff\xff" + bytes(16_000)) * 9, "too-large"),
        (record(HANDSHAKE, b"") * 1_000, "not-tls"),
        (record(ALERT, b"\x01\x5a") * 1_000, "handshake-failed"),
        (b"\x16\x03\x03\xff\xff" + bytes(70_000), "not-tls"),
        (b"INVITE sip:bob@example.com SIP/2.0\r\n" * 1_000, "not-tls"),
    ],
    ids=["16 MB message", "128 KB message", "empty records", "warnings", "64 KB record", "no records"],
)
def test_flight_without_end_ends_the_handshake(pair: Pair, meet: Meet, data: bytes, code: str) -> None:
    meeting = meet(pair)
    meeting.begin()
    outcome = meeting.deliver(next(records(meeting.answer())) + data)
    assert isinstance(outcome, Failure)
    assert outcome.reason_code == code
    assert meeting.taken <= 150_000
    assert meeting.most <= LIMITS.handshake_records


class RefusingKernel(socket.socket):
    """A socket that has no SO_RCVLOWAT."""

    def setsockopt(self, level: int, option: int, *value: Any) -> None:
        if option == socket.SO_RCVLOWAT:
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")
        super().setsockopt(level, option, *value)


class DeafKernel(socket.socket):
    """A socket that takes SO_RCVLOWAT and is readable all the same."""

    def setsockopt(self, level: int, option: int, *value: Any) -> None:
        if option != socket.SO_RCVLOWAT:
            super().setsockopt(level, option, *value)


@both_sides
@pytest.mark.parametrize("kernel", [RefusingKernel, DeafKernel])
def test_handshake_goes_on_after_pauses_where_the_kernel_does_not_wait_for_enough(
    pair: Pair, meet: Meet, kernel: type[socket.socket]
) -> None:
    with kernel(fileno=pair[0].detach()) as ours:
        meeting = meet((ours, pair[1]))
        outcome = meeting.shake(piece=100)
        assert isinstance(outcome, tuple), outcome
        assert meeting.wanted.count(Wanted.PAUSE) >= 5
