"""A happening as text for a terminal: each line of the script that was taken, what it saw, and what would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.trace import printable, trace_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.rehearsal.played import Sent
    from sertwist.rehearsal.rehearsal import Happening

__all__ = ["shown"]

_MOST_LINES: Final = 60  # of one message


def shown(happening: Happening) -> str:
    """All of it, lines joined by newlines."""
    return "\n".join(_lines(happening))


def _lines(happening: Happening) -> Iterator[str]:
    yield from trace_lines(happening.trace)
    if not happening.trace.steps:
        yield "the script was not run"
    for level, text in happening.lines:
        yield f"log {level}: {printable(text)}"
    for sent in happening.sent:
        yield from _sent(sent)
    if not happening.sent:
        yield "nothing is sent"
    if happening.closed:
        yield "the connection is closed"
    for name, count in sorted(happening.counters.items()):
        yield f"counted {name} {count}"


def _sent(sent: Sent) -> Iterator[str]:
    host, port = sent.target
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hop = f" ({sent.hop.text})" if sent.hop is not None else ""
    yield f"sent to {sent.protocol.lower()}:{address}{hop}:"
    lines = sent.data.decode("utf-8", "replace").rstrip("\r\n").splitlines()
    for line in lines[:_MOST_LINES]:
        yield f"    {printable(line)}".rstrip()
    if len(lines) > _MOST_LINES:
        yield f"    ... {len(lines) - _MOST_LINES} more lines"
