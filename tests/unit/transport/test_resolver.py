"""Names are looked up in threads, one look-up a name; what is known is kept for a while; both are bounded."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock

from sertwist.errors import UnavailableError
from sertwist.limits import OutboundLimits
from sertwist.transport.failures import Failures
from sertwist.transport.resolver import NameResolver, literal_address, look_up

if TYPE_CHECKING:
    from collections.abc import Callable


class Reactor(Clock):
    """A clock that calls what threads ask for when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: queue.Queue[tuple[Callable[..., Any], tuple[Any, ...]]] = queue.Queue()

    def callFromThread(self, call: Callable[..., Any], *args: object) -> None:  # noqa: N802
        self.from_threads.put((call, args))

    def take_answer(self) -> None:
        call, args = self.from_threads.get(timeout=20)
        call(*args)


class World:
    def __init__(self, **bounds: float) -> None:
        self.reactor = Reactor()
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.limits = OutboundLimits(**bounds)  # type: ignore[arg-type]
        self.resolver = NameResolver(self.reactor, self.limits, self.look_up)

    def look_up(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        assert self.go_on.wait(20)
        if host.startswith("bad"):
            raise OSError(-2, "Name or service not known")
        return () if host.startswith("empty") else ("192.0.2.1", "2001:db8::1")

    def ask(self, host: str) -> list[Any]:
        found: list[Any] = []
        asked: Deferred[Any] = ensureDeferred(self.resolver.addresses(host))
        asked.addCallbacks(
            found.append, lambda failure: found.append(str(failure.trap(UnavailableError) and failure.value))
        )
        return found


@pytest.fixture
def world() -> World:
    return World()


def test_address_is_not_looked_up(world: World) -> None:
    assert world.ask("192.0.2.7") == [("192.0.2.7",)]
    assert world.ask("[2001:DB8::7]") == [("2001:db8::7",)]
    assert world.asked == []


def test_name_is_looked_up_once_and_kept_for_its_time(world: World) -> None:
    first, second = world.ask("a.example"), world.ask("A.Example.")
    world.reactor.take_answer()
    assert first == second == [("192.0.2.1", "2001:db8::1")]
    assert world.ask("a.example") == first
    world.reactor.advance(world.limits.name_lifetime - 0.1)
    assert world.ask("a.example") == first
    assert world.asked == ["a.example"]
    world.reactor.advance(0.1)
    world.ask("a.example")
    world.reactor.take_answer()
    assert world.asked == ["a.example"] * 2


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("bad.example", "bad.example: the name can't be resolved: Name or service not known"),
        ("empty.example", "empty.example: the name has no address"),
    ],
)
def test_name_that_can_not_be_resolved_is_remembered_too_but_shorter(world: World, host: str, words: str) -> None:
    found = world.ask(host)
    world.reactor.take_answer()
    assert found == [words]
    assert world.ask(host) == [words]
    world.reactor.advance(world.limits.failure_lifetime)
    world.ask(host)
    world.reactor.take_answer()
    assert world.asked == [host] * 2


def test_look_up_is_given_up_on_in_time_and_its_answer_taken_when_it_comes(world: World) -> None:
    world.go_on.clear()
    found = world.ask("a.example")
    world.reactor.advance(world.limits.lookup_timeout - 0.1)
    assert found == []
    world.reactor.advance(0.1)
    assert found == ["a.example: no answer about the name in 5 seconds"]
    assert world.ask("a.example") == found
    world.go_on.set()
    world.reactor.take_answer()
    assert world.ask("a.example") == [("192.0.2.1", "2001:db8::1")]


def test_look_ups_at_a_time_are_bounded_stuck_ones_among_them() -> None:
    world = World(max_lookups=2)
    world.go_on.clear()
    waiting = [world.ask("a.example"), world.ask("b.example"), world.ask("a.example")]
    assert world.ask("c.example") == ["c.example: too many names are being looked up"]
    world.reactor.advance(world.limits.lookup_timeout)
    assert [len(each) for each in waiting] == [1, 1, 1]
    assert world.ask("c.example") == ["c.example: too many names are being looked up"]
    world.go_on.set()
    world.reactor.take_answer()
    third = world.ask("c.example")
    world.reactor.take_answer()
    world.reactor.take_answer()
    assert third == [("192.0.2.1", "2001:db8::1")]


def test_what_waits_for_names_is_bounded() -> None:
    world = World(max_lookup_waiters=3)
    world.go_on.clear()
    waiting = [world.ask("a.example"), world.ask("a.example"), world.ask("b.example")]
    for name in ("a.example", "c.example"):
        assert world.ask(name) == [f"{name}: too much waits for names being looked up"]
    world.go_on.set()
    world.reactor.take_answer()
    world.reactor.take_answer()
    assert [len(each) for each in waiting] == [1, 1, 1]
    world.ask("c.example")
    world.reactor.take_answer()
    assert world.asked[-1] == "c.example"


def test_names_kept_are_bounded() -> None:
    world = World(max_names=2)
    for name in ("a.example", "b.example", "c.example"):
        world.ask(name)
        world.reactor.take_answer()
    assert world.ask("b.example") == world.ask("c.example") == [("192.0.2.1", "2001:db8::1")]
    world.ask("a.example")
    world.reactor.take_answer()
    assert world.asked == ["a.example", "b.example", "c.example", "a.example"]


def test_machine_knows_itself() -> None:
    assert "127.0.0.1" in look_up("localhost")
    with pytest.raises(OSError, match=r"\w"):
        look_up("no-such-name.invalid")
    assert literal_address("localhost") == ""


def test_threads_do_not_keep_the_process() -> None:
    world = World()
    world.go_on.clear()
    world.ask("a.example")
    deadline = time.monotonic() + 20
    while not (found := [each for each in threading.enumerate() if each.name == "look-up"]):
        assert time.monotonic() < deadline
    assert all(each.daemon for each in found)
    world.go_on.set()
    world.reactor.take_answer()


def test_failures_are_remembered_in_number_and_time() -> None:
    clock = Clock()
    failures = Failures(clock.seconds, 5.0, 2)
    for about in "abc":
        failures.add(about, f"{about} failed")
    assert [failures.of(about) for about in "abc"] == ["", "b failed", "c failed"]
    clock.advance(4.9)
    assert failures.of("c") == "c failed"
    failures.add("b", "again")
    clock.advance(0.1)
    assert (failures.of("b"), failures.of("c")) == ("again", "")
