"""Change an input a little: byte by byte, or, for DER, element by element so that its frame stays whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.der import Node, build, every_node, parse

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MUTATIONS", "mutate_bytes", "mutate_der"]

MUTATIONS = 12  # kinds of change; both functions take any number

# Tags of strings, times, numbers and of the kinds of alternative names.
_TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1C, 0x1E, 0x30, 0x31)
_NAME_TAGS = (0x80, 0x81, 0x82, 0x86, 0x87, 0x88, 0xA0, 0xA4)


def mutate_bytes(data: bytes, kind: int, at: int, filler: bytes) -> bytes:
    """`data` with one change at `at`, any number, of `kind`, any number."""
    at = at % (len(data) + 1)
    before, after = data[:at], data[at:]
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: before + filler + after,
        lambda: before + filler + after[len(filler) :],
        lambda: before + after[1 + len(filler) :],
        lambda: before,
        lambda: before + after[: len(filler) + 1] * 2 + after[len(filler) + 1 :],
        lambda: before + bytes((after[0] ^ (1 << len(filler) % 8),)) + after[1:] if after else before,
        lambda: after + before,
        lambda: before + filler * 300 + after,
    )
    return changes[kind % len(changes)]()


def mutate_der(data: bytes, kind: int, at: int, filler: bytes) -> bytes:
    """The DER `data` with one element changed; what is no DER any more is changed byte by byte."""
    try:
        nodes = parse(data)
    except ValueError:
        return mutate_bytes(data, kind, at, filler)
    places = every_node(nodes)
    if not places or kind % MUTATIONS == MUTATIONS - 1:
        return mutate_bytes(data, kind // MUTATIONS, at, filler)
    siblings, place = places[at % len(places)]
    node = siblings[place]
    changes: tuple[Callable[[], list[Node]], ...] = (
        lambda: [Node(node.tag, filler)],
        lambda: [Node(node.tag, node.content() + filler)],
        lambda: [Node(node.tag, filler + node.content())],
        lambda: [Node(_TAGS[len(filler) % len(_TAGS)], node.content())],
        lambda: [Node(_NAME_TAGS[len(filler) % len(_NAME_TAGS)], node.content())],
        lambda: [Node(_NAME_TAGS[at % len(_NAME_TAGS)], filler), node],
        list,
        lambda: [node, node],
        lambda: [Node(node.tag, mutate_bytes(node.content(), at, kind, filler))],
        lambda: [Node(node.tag, b"")],
        lambda: [Node(node.tag, filler * 300)],
    )
    siblings[place : place + 1] = changes[kind % len(changes)]()
    return build(nodes)
