"""The bound on what all peers together leave unread."""

from __future__ import annotations

import socket
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sertwist.limits import Limits
from sertwist.transport.backlog import Backlog
from sertwist.transport.connection_table import ConnectionTable
from sertwist.transport.handshake_queue import HandshakeQueue
from sertwist.transport.stream import StreamConnection
from sertwist.transport.unread import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_all_fit_up_to_the_bound_and_past_it_who_has_most_is_named() -> None:
    unread = Unread(100)
    assert unread.note(1, 30) is None
    assert unread.note(2, 50) is None
    assert unread.note(3, 20) is None  # exactly the bound
    assert unread.note(3, 21) == 2
    assert unread.total == 101


def test_what_is_taken_or_gone_no_longer_counts() -> None:
    unread = Unread(100)
    unread.note(1, 80)
    unread.note(1, 10)
    assert unread.note(2, 90) is None
    assert unread.note(1, 0) is None
    assert unread.note(7, 0) is None
    assert unread.total == 90


@pytest.fixture
def peers() -> Iterator[tuple[list[StreamConnection], list[socket.socket], list[str]]]:
    """Three connections whose peers read nothing, in a table that has room for 3,000,000 bytes; why any was dropped."""
    limits = replace(Limits().connection, max_write_queues=3_000_000)
    dropped: list[str] = []
    receiver = SimpleNamespace(dropped=lambda _connection, reason: dropped.append(reason), tls_established=None)
    nothing = SimpleNamespace(
        **{name: lambda _x: None for name in ("addReader", "removeReader", "addWriter", "removeWriter")}
    )
    table = ConnectionTable(
        limits, lambda: 0.0, lambda: 0.0, Backlog(nothing), HandshakeQueue(nothing, lambda: 0.0, limits)
    )
    connections, others = [], []
    for port in (1, 2, 3):
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        owner = (nothing, table, replace(Limits(), connection=limits))
        made = StreamConnection(ours, (("192.0.2.1", port), ("192.0.2.2", 5060)), None, receiver, owner)
        made.start()
        connections.append(made)
        others.append(theirs)
    yield connections, others, dropped
    for each in (*connections, *others):
        each.close()


def test_connection_with_most_is_ended_when_all_together_are_past_the_bound(
    peers: tuple[list[StreamConnection], list[socket.socket], list[str]],
) -> None:
    connections, _, dropped = peers
    for connection, megabytes in zip(connections, (1, 2, 1), strict=True):
        assert dropped == []
        connection.write(bytes(megabytes * 1_000_000))
    assert [each.state for each in connections] == ["open", "closing", "open"]
    assert dropped == ["peers leave more answers unread than there is room for, this one most"]


def test_what_a_peer_has_taken_makes_room(
    peers: tuple[list[StreamConnection], list[socket.socket], list[str]],
) -> None:
    connections, others, dropped = peers
    for connection in connections[:2]:
        connection.write(bytes(1_200_000))
    while connections[0].queued_bytes:
        others[0].recv(65_536)
        connections[0].doWrite()
    connections[2].write(bytes(1_200_000))
    assert dropped == []
