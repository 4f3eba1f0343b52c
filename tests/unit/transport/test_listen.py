"""Accepting leaves the processor to calls of authenticated connections that come one behind the other."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.task import Clock

from sertwist.limits import ConnectionLimits, Limits
from sertwist.transport.backlog import Backlog
from sertwist.transport.connection_table import ConnectionTable
from sertwist.transport.handshake_queue import HandshakeQueue
from sertwist.transport.listen import StreamListener, bind_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = 10
LIMITS = ConnectionLimits(accepts_per_turn=16, accepts_per_busy_turn=4, accept_share=0.1, handshake_gap=1.0)


class Reactor(Clock):
    """Knows who is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:  # noqa: N802 (Twisted's name)
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802 (Twisted's name)
        self.readers.remove(reader)


class Receiver:
    """Takes what an accepted connection tells."""


class World:
    """A TCP listener with connections that wait; each one that is accepted takes a tenth of a second."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.now = 0.0
        self.table = ConnectionTable(
            LIMITS,
            lambda: self.now,
            self._wall_clock,
            Backlog(self.reactor),  # type: ignore[arg-type]
            HandshakeQueue(self.reactor, lambda: self.now, LIMITS),  # type: ignore[arg-type]
        )
        sock = bind_socket(socket.SOCK_STREAM, "TCP", "127.0.0.1", 0)
        owner: Any = (self.reactor, self.table, Limits(connection=LIMITS))
        self.listener = StreamListener("TCP", sock, None, Receiver(), owner)  # type: ignore[arg-type]
        self.listener.start()
        self.peers = [socket.create_connection(self.listener.address, timeout=5) for _ in range(WAITING)]

    def _wall_clock(self) -> float:
        self.now += 0.1  # asked once for each connection
        return time.time()

    def close(self) -> None:
        self.listener.connectionLost(None)
        for each in (*self.table, *self.peers):
            each.connectionLost(None) if hasattr(each, "connectionLost") else each.close()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def test_connections_that_wait_are_accepted_together_when_nobody_calls(world: World) -> None:
    world.listener.doRead()
    assert len(world.table) == WAITING
    assert world.listener in world.reactor.readers


def test_few_are_accepted_and_then_none_for_a_while_when_calls_come(world: World) -> None:
    world.table.handshakes.note_call()
    world.listener.doRead()
    assert len(world.table) == LIMITS.accepts_per_busy_turn
    assert world.listener not in world.reactor.readers
    world.reactor.advance(3.5)  # 0.4 seconds were a tenth of four
    assert world.listener not in world.reactor.readers
    world.reactor.advance(0.2)
    assert world.listener in world.reactor.readers
