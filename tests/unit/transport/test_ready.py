"""`ReadySockets` on socket pairs; the reactor's only part is to be given one reader."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sertwist.transport.ready import READY_PER_TURN, ReadySockets
from sertwist.transport.turn import Turn


class Reactor:
    def __init__(self) -> None:
        self.readers: list[object] = []

    def seconds(self) -> float:
        return 0.0

    def addReader(self, reader: object) -> None:  # noqa: N802
        self.readers.append(reader)


class Owner:
    """One end of a pair; notes what it is asked to do, then does `then`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.done: list[str] = []
        self.then: Callable[[], object] = lambda: None

    def fileno(self) -> int:
        return self.sock.fileno()

    def doRead(self) -> None:  # noqa: N802
        self.done.append("read")
        self.then()

    def doWrite(self) -> None:  # noqa: N802
        self.done.append("write")

    def connectionLost(self, _reason: object) -> None:  # noqa: N802
        self.done.append("lost")


@pytest.fixture
def sockets() -> Iterator[ReadySockets]:
    made: Any = ReadySockets(Reactor(), Turn())  # type: ignore[arg-type]
    yield made
    made.connectionLost(None)


@pytest.fixture
def pair() -> Iterator[Callable[[], tuple[Any, socket.socket]]]:
    with ExitStack() as stack:

        def make() -> tuple[Any, socket.socket]:
            here, there = (stack.enter_context(sock) for sock in socket.socketpair())
            return Owner(here), there

        yield make


Pair = Callable[[], tuple[Any, socket.socket]]


def test_reactor_watches_one_descriptor_for_all() -> None:
    reactor = Reactor()
    sockets = ReadySockets(reactor, Turn())  # type: ignore[arg-type]
    sockets.start()
    assert reactor.readers == [sockets]
    assert sockets.fileno() >= 0


def test_owner_reads_when_bytes_are_there_and_not_before(sockets: ReadySockets, pair: Pair) -> None:
    owner, peer = pair()
    sockets.addReader(owner)
    sockets.doRead()
    assert owner.done == []
    peer.send(b"x")
    sockets.doRead()
    assert owner.done == ["read"]


def test_both_wishes_are_met_in_one_turn_and_each_can_be_withdrawn(sockets: ReadySockets, pair: Pair) -> None:
    owner, peer = pair()
    peer.send(b"x")
    sockets.addReader(owner)
    sockets.addWriter(owner)
    sockets.doRead()
    assert owner.done == ["read", "write"]
    sockets.removeReader(owner)
    sockets.doRead()
    assert owner.done == ["read", "write", "write"]
    sockets.removeWriter(owner)
    sockets.removeWriter(owner)  # a second time is no error
    sockets.doRead()
    assert owner.done == ["read", "write", "write"]


def test_one_that_ended_in_this_turn_is_not_asked(sockets: ReadySockets, pair: Pair) -> None:
    (one, its_peer), (other, other_peer) = pair(), pair()
    for owner, peer, rest in ((one, its_peer, other), (other, other_peer, one)):
        owner.then = lambda rest=rest: sockets.removeReader(rest)
        sockets.addReader(owner)
        peer.send(b"x")
    sockets.doRead()
    assert sorted([one.done, other.done]) == [[], ["read"]]


def test_peer_that_is_gone_is_lost_once_nothing_is_left_to_read(sockets: ReadySockets, pair: Pair) -> None:
    owner, peer = pair()
    sockets.addWriter(owner)
    peer.close()
    sockets.doRead()
    sockets.doRead()
    assert owner.done == ["lost"]


def test_defect_ends_the_connection_it_befell_and_no_other(sockets: ReadySockets, pair: Pair) -> None:
    (broken, its_peer), (sound, other_peer) = pair(), pair()
    broken.then = lambda: 1 // 0
    for owner, peer in ((broken, its_peer), (sound, other_peer)):
        sockets.addReader(owner)
        peer.send(b"x")
    sockets.doRead()
    sockets.doRead()
    assert broken.done == ["read", "lost"]
    assert sound.done == ["read", "read"]


def test_a_turn_has_a_bound_and_the_next_one_begins_with_who_waited(sockets: ReadySockets, pair: Pair) -> None:
    owners = []
    for _ in range(READY_PER_TURN + 1):
        owner, peer = pair()
        peer.send(b"x")
        sockets.addReader(owner)
        owners.append(owner)
    sockets.doRead()
    assert sum(len(owner.done) for owner in owners) == READY_PER_TURN
    sockets.doRead()
    assert all(owner.done for owner in owners)
