"""Sources that are shut out get no answer from the kernel; others, and open connections, do not notice."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from twisted.internet.task import Clock

from sertwist.limits import ConnectionLimits
from sertwist.transport.address import source_group
from sertwist.transport.shut_out import ShutOut

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = 0.2  # seconds: the kernel answers within microseconds or, by dropping a SYN, not before it comes again
LIMITS = ConnectionLimits()


class Door:
    """A listening socket and what shuts out."""

    def __init__(self, host: str, limits: ConnectionLimits = LIMITS) -> None:
        self.clock = Clock()
        self.sock = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.sock.settimeout(5)
        self.shut_out = ShutOut(self.sock, self.clock, limits)  # type: ignore[arg-type]
        self.opened: list[socket.socket] = []

    def lets_in(self, source: str) -> bool:
        with contextlib.suppress(TimeoutError):
            self.dial(source)
            return True
        return False

    def dial(self, source: str) -> tuple[socket.socket, socket.socket]:
        address = self.sock.getsockname()[:2]
        theirs = socket.create_connection(address, timeout=SILENCE, source_address=(source, 0))
        ours = self.sock.accept()[0]
        self.opened += [theirs, ours]
        return theirs, ours

    def close(self) -> None:
        for each in (self.sock, *self.opened):
            each.close()


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door("127.0.0.1")
    yield made
    made.close()


def test_source_that_is_shut_out_waits_until_the_time_is_over(door: Door) -> None:
    assert door.shut_out.add("127.0.0.2")
    assert door.shut_out
    assert not door.lets_in("127.0.0.2")
    assert door.lets_in("127.0.0.3")
    door.clock.advance(LIMITS.shut_out_time)
    assert not door.shut_out
    assert door.lets_in("127.0.0.2")


def test_several_sources_are_shut_out_together(door: Door) -> None:
    assert [door.shut_out.add(f"127.0.0.{number}") for number in (2, 3, 4, 3)] == [True, True, True, False]
    assert [door.lets_in(f"127.0.0.{number}") for number in (2, 3, 4, 5)] == [False, False, False, True]
    door.clock.advance(LIMITS.shut_out_time)
    assert door.shut_out.add("127.0.0.3")
    assert [door.lets_in(f"127.0.0.{number}") for number in (2, 3)] == [True, False]


def test_open_connection_of_a_source_that_is_shut_out_goes_on(door: Door) -> None:
    theirs, ours = door.dial("127.0.0.2")
    door.shut_out.add("127.0.0.2")
    for one, other in ((theirs, ours), (ours, theirs)):
        one.sendall(b"x")
        assert other.recv(10) == b"x"


@pytest.mark.parametrize(("group", "lets_in"), [("::1", False), ("0:0:0:1::1", True), ("2001:db8::1", True)])
def test_ipv6_source_is_its_network(group: str, lets_in: bool) -> None:
    door = Door("::1")
    door.shut_out.add(source_group(group))
    assert door.lets_in("::1") is lets_in
    door.close()


@pytest.mark.parametrize("version", [4, 6])
def test_the_kernel_takes_as_many_sources_as_the_bound_allows_and_no_more_are_added(version: int) -> None:
    most = LIMITS.max_shut_out
    door = Door("127.0.0.1" if version == 4 else "::1")
    groups = [
        f"192.0.2.{number}" if version == 4 else source_group(f"2001:db8:0:{number}::1") for number in range(most + 1)
    ]
    assert [door.shut_out.add(group) for group in groups] == [True] * most + [False]
    door.close()


def test_one_past_a_smaller_bound_is_let_in() -> None:
    door = Door("127.0.0.1", replace(LIMITS, max_shut_out=1))
    assert [door.shut_out.add(group) for group in ("127.0.0.2", "127.0.0.3")] == [True, False]
    assert [door.lets_in(source) for source in ("127.0.0.2", "127.0.0.3")] == [False, True]
    door.close()


def test_socket_that_is_closed_meanwhile_does_no_harm(door: Door) -> None:
    door.shut_out.add("127.0.0.2")
    door.sock.close()
    door.clock.advance(LIMITS.shut_out_time)
    assert not door.shut_out.add("127.0.0.2")
