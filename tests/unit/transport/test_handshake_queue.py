"""Handshake steps take turns by source, a turn's share at a time, and a fault in one does not end the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sertwist.limits import ConnectionLimits
from sertwist.transport.address import source_group
from sertwist.transport.handshake_queue import HandshakeQueue

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = ConnectionLimits(handshake_slice=0.2, handshake_gap=1.0, handshake_share=0.05)
SLICE, GAP = LIMITS.handshake_slice, LIMITS.handshake_gap


class Connection:
    """Each step takes `cost` seconds; after the last one it is done, before that it queues again."""

    def __init__(self, world: World, source: str, cost: float = 1.0, steps: int = 1) -> None:
        self.world, self.source_group, self.cost, self.steps = world, source, cost, steps

    def take_handshake_turn(self) -> None:
        self.world.done.append(self.source_group)
        self.world.now += self.cost
        self.steps -= 1
        if self.steps:
            self.world.queue.add(self)  # type: ignore[arg-type]


class Broken(Connection):
    lost = False

    def take_handshake_turn(self) -> None:
        raise ZeroDivisionError

    def connectionLost(self, _reason: object) -> None:  # noqa: N802 (Twisted's name)
        self.lost = True


class Reactor:
    """Calls made in a turn run in the next one."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def callLater(self, delay: float, call: Callable[[], None]) -> None:  # noqa: N802 (Twisted's name)
        assert delay in (0, GAP)
        self.calls.append(call)

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


class World:
    def __init__(self) -> None:
        self.reactor, self.now, self.done = Reactor(), 0.0, list[str]()
        self.queue = HandshakeQueue(self.reactor, lambda: self.now, LIMITS)  # type: ignore[arg-type]

    def add(self, *connections: Any) -> None:
        for each in connections:
            self.queue.add(each)

    def turn(self) -> list[str]:
        self.done.clear()
        self.reactor.turn()
        return list(self.done)


@pytest.fixture
def world() -> World:
    return World()


def test_one_dear_step_is_a_turns_share(world: World) -> None:
    world.add(*(Connection(world, "a") for _ in range(3)))
    assert world.queue.waiting == 3
    assert [world.turn() for _ in range(4)] == [["a"], ["a"], ["a"], []]
    assert world.queue.waiting == 0


def test_cheap_steps_go_together_until_the_share_is_used_up(world: World) -> None:
    world.add(*(Connection(world, "a", SLICE / 4) for _ in range(6)))
    assert [len(world.turn()) for _ in range(3)] == [4, 2, 0]


def test_sources_take_turns_whatever_one_of_them_queues(world: World) -> None:
    world.add(*(Connection(world, "flood", steps=2) for _ in range(5)), Connection(world, "honest", steps=2))
    order = [world.turn()[0] for _ in range(5)]
    assert order == ["flood", "honest", "flood", "honest", "flood"]
    assert world.queue.waiting_of("flood") == 5
    assert world.queue.waiting_of("honest") == 0


def test_within_a_source_the_oldest_comes_first(world: World) -> None:
    connections = [Connection(world, "a") for _ in range(3)]
    served: list[int] = []
    for number, each in enumerate(connections):
        each.take_handshake_turn = lambda number=number: served.append(number)  # type: ignore[method-assign]
    world.add(*connections)
    world.turn()
    assert served == [0, 1, 2]


def test_fault_in_one_handshake_ends_that_connection_alone(world: World) -> None:
    broken = Broken(world, "a")
    world.add(broken, Connection(world, "b"))
    assert world.turn() == ["b"]
    assert broken.lost
    world.add(Connection(world, "c"))
    assert world.turn() == ["c"]


def test_idle_queue_asks_nothing_of_the_reactor(world: World) -> None:
    assert not world.reactor.calls
    world.add(Connection(world, "a"))
    world.turn()
    assert not world.reactor.calls


def test_all_ready_sockets_are_served_between_two_steps_of_a_turn(world: World) -> None:
    world.queue.serve_others = lambda: world.done.append("others") or True  # type: ignore[func-returns-value]
    world.add(*(Connection(world, "a") for _ in range(LIMITS.handshake_rounds + 1)))
    assert world.turn() == ["others", *["a", "others"] * LIMITS.handshake_rounds]
    assert world.turn() == ["others", "a"]


def test_call_that_waits_already_is_heard_before_a_step(world: World) -> None:
    world.add(*(Connection(world, "a", cost=1.0) for _ in range(2)))
    assert world.turn() == ["a"]
    world.now += 2 * GAP  # in which others were served, and a call came
    world.queue.serve_others = lambda: world.queue.note_call() or True  # type: ignore[func-returns-value]
    assert world.turn() == []


def test_turn_ends_when_something_waits_for_the_reactors_next_one(world: World) -> None:
    world.queue.serve_others = lambda: False
    world.add(*(Connection(world, "a") for _ in range(3)))
    assert world.turn() == ["a"]


def test_turn_ends_when_an_established_connection_calls_meanwhile(world: World) -> None:
    def serve_others() -> bool:
        world.queue.note_call()
        return True

    world.queue.serve_others = serve_others
    world.add(*(Connection(world, "a") for _ in range(3)))
    assert world.turn() == ["a"]


def test_steps_wait_for_a_gap_between_calls_of_established_connections(world: World) -> None:
    world.add(*(Connection(world, "a", cost=1.0) for _ in range(3)))
    assert world.turn() == ["a"]
    world.queue.note_call()
    assert world.queue.is_held()
    world.now += 0.9 * GAP
    assert world.turn() == []
    world.now += 0.2 * GAP
    assert world.turn() == ["a"]
    assert world.turn() == ["a"]


def test_steps_have_their_share_of_the_time_when_calls_leave_no_gap(world: World) -> None:
    world.add(*(Connection(world, "a", cost=1.0) for _ in range(20)))
    begin, steps = world.now, 0
    while steps < 20:
        world.queue.note_call()
        steps += len(world.turn())
        world.now += 0.1
    assert 0.045 < 20 / (world.now - begin) < 0.055


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%lo", "fe80::2%lo", True),
        ("::1", "::2", True),
    ],
)
def test_source_is_an_ipv4_address_or_an_ipv6_network(one: str, other: str, same: bool) -> None:
    assert (source_group(one) == source_group(other)) is same
