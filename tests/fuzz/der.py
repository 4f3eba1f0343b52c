"""DER as a tree that can be changed at one place and written again with lengths that fit (X.690 8.1, 10.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Node", "build", "every_node", "parse"]

_CONSTRUCTED = 0x20
_OCTET_STRING, _BIT_STRING = 0x04, 0x03


@dataclass(slots=True)
class Node:
    """One element: `children` when it is made of others, else `value`; `before` is what stands before children."""

    tag: int
    value: bytes = b""
    children: list[Node] = field(default_factory=list)
    before: bytes = b""

    def content(self) -> bytes:
        """What it holds, without tag and length."""
        return self.before + build(self.children) if self.children else self.value


def parse(der: bytes) -> list[Node]:
    """The elements side by side in `der`, and those within them; also within strings that hold DER.

    Raises:
        ValueError: it is no DER with tags of one octet.
    """
    nodes, at = [], 0
    while at < len(der):
        if at + 2 > len(der) or der[at] & 0x1F == 0x1F:
            raise ValueError("no element")
        tag, length, begin = der[at], der[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, begin = int.from_bytes(der[begin : begin + octets]), begin + octets
        if begin + length > len(der) or begin > len(der):
            raise ValueError("an element is cut off")
        nodes.append(_node(tag, der[begin : begin + length]))
        at = begin + length
    return nodes


def build(nodes: list[Node]) -> bytes:
    """The DER of `nodes`."""
    return b"".join(_element(node.tag, node.content()) for node in nodes)


def every_node(nodes: list[Node]) -> list[tuple[list[Node], int]]:
    """Every element as the list that it stands in and its place there, parents first."""
    found = []
    for place, node in enumerate(nodes):
        found.append((nodes, place))
        found += every_node(node.children)
    return found


def _node(tag: int, value: bytes) -> Node:
    before = value[:1] if tag == _BIT_STRING else b""
    if tag & _CONSTRUCTED or tag in (_OCTET_STRING, _BIT_STRING):
        try:
            children = parse(value[len(before) :])
        except ValueError:
            children = []
        if children:
            return Node(tag, children=children, before=before)
    return Node(tag, value)


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content
