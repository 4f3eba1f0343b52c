"""Host names to addresses without ever waiting: each look-up is a thread of its own, and both are bounded.

The C library is asked, so that `/etc/hosts` and the machine's own rules count. It can't be told to hurry, so a look-up
that takes too long is given up on and its thread left to end by itself; as long as it runs it keeps its place among
`OutboundLimits.max_lookups`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import OrderedDict
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred

from sertwist.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall

    from sertwist.limits import OutboundLimits

__all__ = ["KnownName", "NameResolver", "ThreadReactor", "literal_address", "look_up"]

Addresses = tuple[str, ...]


class ThreadReactor(Protocol):
    """What is needed of a Twisted reactor here."""

    def seconds(self) -> float:
        """See `IReactorTime`."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object) -> IDelayedCall:  # noqa: A002, N802 (Twisted's names)
        """See `IReactorTime`."""

    def callFromThread(self, callable: Callable[..., Any], *args: object) -> None:  # noqa: A002, N802 (Twisted's names)
        """See `IReactorFromThreads`."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name that is remembered: its addresses, seconds until it is looked up again, and since it was asked for."""

    name: str
    addresses: Addresses
    seconds_left: int
    seconds_unused: int


@dataclass(slots=True)
class _Answer:
    """What is known of a name, until `until`; with no addresses, why; and when it was asked for last."""

    addresses: Addresses
    words: str
    until: float
    used: float


def literal_address(host: str) -> str:
    """`host` as sockets print it when it is an address, in brackets or not; empty when it is a name."""
    try:
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return ""


def look_up(host: str) -> Addresses:
    """Every address of `host`, in the order that the machine prefers; waits.

    Raises:
        OSError: there is none, or nobody who could say answers.
    """
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _answer(addresses: Addresses, words: str, now: float, lifetime: float) -> _Answer:
    return _Answer(addresses, words, now + lifetime, now)


class NameResolver:
    """Looks names up, one look-up a name at a time, and remembers for a short while."""

    def __init__(
        self, reactor: ThreadReactor, limits: OutboundLimits, look_up: Callable[[str], Addresses] = look_up
    ) -> None:
        """`look_up` runs in threads of its own, and raises `OSError`."""
        self._reactor = reactor
        self._limits = limits
        self._look_up = look_up
        self._known: OrderedDict[str, _Answer] = OrderedDict()
        self._waiting: dict[str, list[Deferred[_Answer]]] = {}
        self._running = 0
        self._waiters = 0

    async def addresses(self, host: str) -> Addresses:
        """The addresses of `host`, a name or a literal.

        Raises:
            UnavailableError: it has none, or that can't be found out in time or now (`lookup`).
        """
        literal = literal_address(host)
        if literal:
            return (literal,)
        name = host.lower().removesuffix(".")
        answer = self._known.get(name)
        if answer is None or answer.until <= self._reactor.seconds():
            answer = await self._ask(name)
        answer.used = self._reactor.seconds()
        if not answer.addresses:
            raise UnavailableError(f"{name}: {answer.words}", code="lookup")
        return answer.addresses

    def known(self) -> list[KnownName]:
        """The names that are remembered now."""
        now = self._reactor.seconds()
        return [
            KnownName(name, answer.addresses, int(answer.until - now), int(now - answer.used))
            for name, answer in self._known.items()
            if answer.until > now
        ]

    def forget(self, name: str | None = None) -> int:
        """Forget `name`, or all names; how many were forgotten. What is being looked up is not disturbed."""
        if name is None:
            count = len(self._known)
            self._known.clear()
            return count
        return int(self._known.pop(name, None) is not None)

    def _ask(self, name: str) -> Deferred[_Answer]:
        waiting = self._waiting.get(name)
        if self._waiters >= self._limits.max_lookup_waiters:
            raise UnavailableError(f"{name}: too much waits for names being looked up", code="lookup-bound")
        if waiting is None:
            if self._running >= self._limits.max_lookups:
                raise UnavailableError(f"{name}: too many names are being looked up", code="lookup-bound")
            try:
                Thread(target=self._run, args=(name,), name="look-up", daemon=True).start()
            except RuntimeError:
                raise UnavailableError(f"{name}: no thread to look it up with", code="lookup-bound") from None
            waiting = self._waiting[name] = []
            self._running += 1
            self._reactor.callLater(self._limits.lookup_timeout, self._give_up, name, waiting)
        answer: Deferred[_Answer] = Deferred()
        waiting.append(answer)
        self._waiters += 1
        return answer

    def _run(self, name: str) -> None:
        """In a thread of its own."""
        try:
            addresses, words = self._look_up(name), "the name has no address"
        except (OSError, UnicodeError) as error:
            addresses, words = (), f"the name can't be resolved: {getattr(error, 'strerror', None) or 'not a name'}"
        self._reactor.callFromThread(self._ended, name, addresses, words)

    def _ended(self, name: str, addresses: Addresses, words: str) -> None:
        self._running -= 1
        lifetime = self._limits.name_lifetime if addresses else self._limits.failure_lifetime
        self._remember(name, _answer(addresses, words, self._reactor.seconds(), lifetime))

    def _give_up(self, name: str, waiting: list[Deferred[_Answer]]) -> None:
        if self._waiting.get(name) is waiting:
            words = f"no answer about the name in {self._limits.lookup_timeout:g} seconds"
            self._remember(name, _answer((), words, self._reactor.seconds(), self._limits.failure_lifetime))

    def _remember(self, name: str, answer: _Answer) -> None:
        self._known[name] = answer
        self._known.move_to_end(name)
        if len(self._known) > self._limits.max_names:
            self._known.popitem(last=False)
        waiting = self._waiting.pop(name, [])
        self._waiters -= len(waiting)
        for each in waiting:
            each.callback(answer)
