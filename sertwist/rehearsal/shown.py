"""A happening as text for a terminal: each line of the script that was taken, what it saw, and what would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.rehearsal.played import Sent
    from sertwist.rehearsal.rehearsal import Happening
    from sertwist.script.trace import Seen, Step

__all__ = ["shown"]

_LONGEST = 120  # characters of one value
_MOST_BODY_LINES = 20


def shown(happening: Happening) -> str:
    """All of it, lines joined by newlines."""
    return "\n".join(_lines(happening))


def _lines(happening: Happening) -> Iterator[str]:
    files = {step.file for step in happening.trace.steps}
    width = max((len(_place(step, len(files) > 1)) for step in happening.trace.steps), default=0)
    for step in happening.trace.steps:
        yield f"{_place(step, len(files) > 1):>{width}}  {'  ' * step.depth}{step.text}{_decided(step)}"
        for seen in step.seen:
            yield f"{'':>{width}}  {'  ' * step.depth}    {_seen(seen)}"
    if not happening.trace.steps:
        yield "the script was not run"
    for level, text in happening.lines:
        yield f"log {level}: {_printable(text)}"
    for sent in happening.sent:
        yield from _sent(sent)
    if not happening.sent:
        yield "nothing is sent"
    if happening.closed:
        yield "the connection is closed"
    for name, count in sorted(happening.counters.items()):
        yield f"counted {name} {count}"


def _place(step: Step, with_file: bool) -> str:  # noqa: FBT001 (a private detail)
    return f"{step.file}:{step.line}" if with_file else str(step.line)


def _decided(step: Step) -> str:
    return "" if step.taken is None else f"    -> {'true' if step.taken else 'false'}"


def _seen(seen: Seen) -> str:
    value = seen.value
    if value is None:
        text = "undefined"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        cut = value if len(value) <= _LONGEST else value[:_LONGEST] + "..."
        text = f'"{_printable(cut)}"'
    else:
        text = str(value)
    return f"{seen.name} = {text}"


def _sent(sent: Sent) -> Iterator[str]:
    host, port = sent.target
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hop = f" ({sent.hop.text})" if sent.hop is not None else ""
    yield f"sent to {sent.protocol.lower()}:{address}{hop}:"
    lines = sent.data.decode("utf-8", "replace").rstrip("\r\n").split("\r\n")
    for line in lines[: _MOST_BODY_LINES * 2]:
        yield f"    {_printable(line)}".rstrip()


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text.replace("\t", " "))
