"""Plain connections on socket pairs, in turns that the tests take: what peers get, in which order, and what ends it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.limits import Limits
from sertwist.transport.backlog import Backlog
from sertwist.transport.connection_table import ConnectionTable
from sertwist.transport.handshake_queue import HandshakeQueue
from sertwist.transport.ready import ReadySockets
from sertwist.transport.stream import StreamConnection
from sertwist.transport.stream_socket import MOST_PUT_OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.rpc.http_request import HttpRequest


class Reactor:
    """Calls later what it is asked to, once the test's turn comes."""

    def __init__(self) -> None:
        self.later: list[Callable[[], object]] = []

    def seconds(self) -> float:
        return 0.0

    def addReader(self, _reader: object) -> None:  # noqa: N802
        pass

    def callLater(self, _delay: float, call: Callable[[], object]) -> None:  # noqa: N802
        self.later.append(call)


class Receiver:
    """Answers a request for `/x` with `x`, or does what the test says."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.when: dict[str, Callable[[StreamConnection], object]] = {}

    def receive_http(self, connection: StreamConnection, request: HttpRequest) -> None:
        self.story.append(request.target)
        answer = self.when.get(request.target, lambda asking: asking.answer(request.target[1:].encode()))
        answer(connection)

    def refuse_bytes(self, *_: object) -> bytes:
        return b"refused"

    def dropped(self, _connection: StreamConnection, reason: str) -> None:
        self.story.append(reason)


class World:
    def __init__(self) -> None:
        limits = Limits()
        self.reactor: Any = Reactor()
        self.receiver: Any = Receiver()
        queue = HandshakeQueue(self.reactor, lambda: 0.0, limits.connection)
        self.table = ConnectionTable(limits.connection, lambda: 0.0, lambda: 0.0, Backlog(self.reactor), queue)
        self.sockets = ReadySockets(self.reactor, self.table.turn)
        self.peers: list[socket.socket] = []
        self._owner: Any = (self.sockets, self.table, limits)

    def connect(self) -> tuple[StreamConnection, socket.socket]:
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        peer.settimeout(0)
        self.peers.append(peer)
        connection = StreamConnection(ours, (("192.0.2.1", 1), ("192.0.2.2", 2)), None, self.receiver, self._owner)
        connection.start()
        return connection, peer

    def turn(self) -> None:
        self.sockets.doRead()
        later, self.reactor.later = self.reactor.later, []
        for call in later:
            call()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    for connection in made.table:
        connection.connectionLost(None)
    for peer in made.peers:
        peer.close()
    made.sockets.connectionLost(None)


def get(*targets: str) -> bytes:
    return b"".join(f"GET /{each} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for each in targets)


def test_request_is_answered_in_the_turn_that_it_came_in(world: World) -> None:
    _, peer = world.connect()
    peer.send(get("a"))
    world.turn()
    assert peer.recv(100) == b"a"


def test_all_are_answered_before_the_first_is_sent_its_answer(world: World) -> None:
    (_, one), (_, other) = world.connect(), world.connect()

    def look(asking: StreamConnection) -> None:
        for peer in (one, other):
            with pytest.raises(BlockingIOError):
                peer.recv(1)
        asking.answer(b"seen")

    world.receiver.when["/look"] = look
    for peer in (one, other):
        peer.send(get("look"))
    world.turn()
    assert [peer.recv(100) for peer in (one, other)] == [b"seen", b"seen"]


def test_pipelined_requests_are_answered_one_a_turn_in_order(world: World) -> None:
    _, peer = world.connect()
    peer.send(get("a", "b", "c"))
    for _ in range(3):
        world.turn()
    assert peer.recv(100) == b"abc"


@pytest.mark.parametrize("targets", [("a",), ("a", "b", "c")])
def test_peer_that_ends_its_side_gets_every_answer_and_then_the_end(world: World, targets: tuple[str, ...]) -> None:
    _, peer = world.connect()
    peer.send(get(*targets))
    peer.shutdown(socket.SHUT_WR)
    for _ in range(6):
        world.turn()
    assert peer.recv(100) == "".join(targets).encode()
    assert peer.recv(100) == b""
    assert not len(world.table)


def test_refused_peer_gets_the_answer_before_it_and_the_reason(world: World) -> None:
    _, peer = world.connect()
    peer.send(get("a") + b"GET / HTTP/9\r\n\r\n")
    for _ in range(3):
        world.turn()
    assert peer.recv(100) == b"arefused"
    assert peer.recv(100) == b""


def test_what_follows_an_answer_runs_when_it_was_sent(world: World) -> None:
    _, peer = world.connect()
    world.receiver.when["/stop"] = lambda asking: asking.answer(
        b"bye", flushed=[lambda: world.receiver.story.append(peer.recv(100).decode())]
    )
    peer.send(get("stop"))
    world.turn()
    assert world.receiver.story == ["/stop", "bye"]


@pytest.mark.parametrize(("end", "got"), [(StreamConnection.close, b"a"), (lambda c: c.abort("killed"), b"")])
def test_connection_that_another_ends_in_the_same_turn(
    world: World, end: Callable[[StreamConnection], None], got: bytes
) -> None:
    (victim, peer), (_, killer) = world.connect(), world.connect()
    world.receiver.when["/kill"] = lambda asking: (end(victim), asking.answer(b"done"))
    peer.send(get("a"))
    killer.send(get("kill"))
    world.turn()
    assert killer.recv(100) == b"done"
    assert peer.recv(100) == got
    if got:
        assert peer.recv(100) == b""


def test_what_was_received_is_dropped_when_another_ends_the_connection_first(world: World) -> None:
    (victim, peer), (_, killer) = world.connect(), world.connect()
    for target in ("/1", "/2"):  # whichever of both comes first
        world.receiver.when[target] = lambda asking: (
            [each.abort("killed") for each in world.table if each is not asking],
            asking.answer(b"done"),
        )
    peer.send(get("1"))
    killer.send(get("2"))
    world.turn()
    assert len([each for each in world.receiver.story if each != "killed"]) == 1
    assert victim.state in ("open", "closing")


@pytest.mark.parametrize(("size", "put_off"), [(MOST_PUT_OFF, True), (MOST_PUT_OFF + 1, False)])
def test_large_answer_is_not_held_until_the_turn_ends(world: World, size: int, put_off: bool) -> None:
    connection, peer = world.connect()

    def answer(asking: StreamConnection) -> None:
        asking.answer(bytes(size))
        world.receiver.story.append(str(asking.queued_bytes))

    world.receiver.when["/large"] = answer
    peer.send(get("large"))
    world.turn()
    assert world.receiver.story == ["/large", str(size if put_off else 0)]
    assert connection.queued_bytes == 0
    got = 0
    while got < size:
        got += len(peer.recv(65_536))
    assert got == size
