"""`SourceTree`: how many requests came from each address lately, in bounded memory.

A tree over the bytes of addresses. A prefix gets a branch for the next byte once it was seen so often that one address
behind it could be a flood; so a flood from forged addresses, each seen once, makes few branches. Only whole addresses
are ever blocked. Requests are counted by units of time: the present one and the one before.
"""

from __future__ import annotations

import enum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Node", "SourceTree", "Verdict"]

_SPLITS: Final = 4  # a prefix is split at this part of the density that blocks


class Verdict(enum.Enum):
    """What a request's address is."""

    FINE = "fine"
    BLOCKED = "blocked"  # and was before
    NEWLY_BLOCKED = "newly blocked"


class Node:
    """A prefix, or a whole address.

    Attributes:
        children: by the next byte.
        unit: number of the present unit of time.
        now: requests in it.
        before: requests in the unit before it.
        seen: when the last one came, seconds.
        is_blocked: of a whole address: it sent too many.
    """

    __slots__ = ("before", "children", "is_blocked", "now", "seen", "unit")

    def __init__(self, seen: float) -> None:
        self.children: dict[int, Node] | None = None
        self.unit = 0
        self.now = 0
        self.before = 0
        self.seen = seen
        self.is_blocked = False

    def enter(self, unit: int) -> None:
        """Let time go on to `unit`."""
        if unit != self.unit:
            self.before = self.now if unit == self.unit + 1 else 0
            self.now = 0
            self.unit = unit

    def density(self) -> int:
        """Requests of a unit: the most of this one, the last one and their mean, which the most always is."""
        return max(self.now, self.before)


class SourceTree:
    """Counts requests by address.

    Attributes:
        density: requests of one unit from which on an address is blocked.
        nodes: how many there are.
        refused: branches that found no room; their requests count for the prefix alone.
    """

    def __init__(self, *, unit: float, density: int, memory: float, ipv6_prefix: int, max_nodes: int) -> None:
        """Times in seconds; `memory` is how long an address without requests is remembered."""
        self.nodes = 0
        self.refused = 0
        self._unit = unit
        self.adjust(density, memory)
        self._ipv6_bytes = ipv6_prefix // 8
        self._max_nodes = max_nodes
        self._roots: dict[int, Node] = {4: Node(0.0), 16: Node(0.0)}

    def adjust(self, density: int, memory: float) -> None:
        """Block and forget by other numbers from now on."""
        self.density = density
        self._memory = memory
        self._split = max(1, density // _SPLITS)

    def count(self, address: bytes, now: float) -> Verdict:
        """Count one request from `address` (4 or 16 bytes)."""
        unit = int(now / self._unit)
        length = self._length(address)
        node, depth = self._find(address, length)
        if depth and depth == length:
            return self._judge(node, unit, now)
        node.enter(unit)
        node.now += 1
        node.seen = now
        if depth == 0 or node.density() >= self._split:
            self._grow(node, address[depth], unit, now)
        return Verdict.FINE

    def reset(self, address: bytes) -> bool:
        """Forget the requests of a whole address; whether it was known as one."""
        length = self._length(address)
        node, depth = self._find(address, length)
        if depth < length:
            return False
        node.now = node.before = 0
        node.is_blocked = False
        return True

    def _length(self, address: bytes) -> int:
        """Bytes of it that are looked at."""
        return 4 if len(address) == 4 else self._ipv6_bytes

    def _find(self, address: bytes, length: int) -> tuple[Node, int]:
        """The node of the longest prefix that there is, and how many bytes that has."""
        node, depth = self._roots[len(address)], 0
        while depth < length and node.children is not None and (child := node.children.get(address[depth])) is not None:
            node, depth = child, depth + 1
        return node, depth

    def _judge(self, node: Node, unit: int, now: float) -> Verdict:
        """Count a request of a whole address."""
        node.enter(unit)
        node.now += 1
        node.seen = now
        was_blocked, node.is_blocked = node.is_blocked, node.density() >= self.density
        if not node.is_blocked:
            return Verdict.FINE
        return Verdict.BLOCKED if was_blocked else Verdict.NEWLY_BLOCKED

    def _grow(self, node: Node, byte: int, unit: int, now: float) -> None:
        if self.nodes >= self._max_nodes:
            self.refused += 1
            return
        child = Node(now)
        child.unit, child.now = unit, 1
        if node.children is None:
            node.children = {}
        node.children[byte] = child
        self.nodes += 1

    def rows(self, now: float) -> Iterator[tuple[str, Node, float]]:
        """Every whole address or prefix without branches, its counts, and seconds until it is forgotten."""
        unit = int(now / self._unit)
        for length, root in self._roots.items():
            for prefix, node in _walk(root, b""):
                if prefix and node.children is None:
                    node.enter(unit)
                    yield _text(prefix, length), node, max(0.0, node.seen + self._memory - now)

    def forget(self, now: float) -> Iterator[None]:
        """Take out what was not seen for so long, in steps: a node and its children each."""
        for root in self._roots.values():
            yield from self._prune(root, now)

    def _prune(self, node: Node, now: float) -> Iterator[None]:
        """Take out what is old below `node`."""
        yield
        for byte, child in list((node.children or {}).items()):
            if child.children is not None:
                yield from self._prune(child, now)
            if not child.children and child.seen + self._memory <= now and node.children is not None:
                del node.children[byte]
                self.nodes -= 1
        if not node.children:
            node.children = None


def _walk(node: Node, prefix: bytes) -> Iterator[tuple[bytes, Node]]:
    yield prefix, node
    for byte, child in sorted((node.children or {}).items()):
        yield from _walk(child, prefix + bytes((byte,)))


def _text(prefix: bytes, length: int) -> str:
    """An address, or a prefix with its bits."""
    address = str(ip_address(prefix.ljust(length, b"\0")))
    return address if len(prefix) == length else f"{address}/{8 * len(prefix)}"
