"""The files of one audit log: the one that is written, those before it, the head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_AUDIT_LINE
from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import parse_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["first_line", "head_path", "lines_of", "read_head", "rotated_files"]

_HEAD: Final = ".head"


def head_path(path: Path) -> Path:
    """Where the head of the log at `path` is."""
    return path.with_name(path.name + _HEAD)


def read_head(path: Path) -> Head | None:
    """The head of the log at `path`; None when there is none, or none that can be read.

    Raises:
        OSError: it can't be read.
    """
    try:
        with head_path(path).open("rb") as file:
            return Head.read(file.read(4_096))
    except FileNotFoundError:
        return None


def rotated_files(path: Path) -> list[Path]:
    """The older files of the log at `path`, the oldest first: all that are called `path.` and a number.

    They are ordered by their first records, so that those of another program that numbers them backwards are too.
    """
    prefix = path.name + "."
    found = [each for each in path.parent.iterdir() if each.name.startswith(prefix) and _is_number(each.name, prefix)]
    return sorted(found, key=_order)


def first_line(path: Path) -> bytes:
    """The first line of a file, without its line feed; empty when it has none."""
    with path.open("rb") as file:
        line = file.readline(MAX_AUDIT_LINE + 1)
    return line[:-1] if line.endswith(b"\n") else b""


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file with their line feeds; one that is too long comes in parts."""
    with path.open("rb") as file:
        while line := file.readline(MAX_AUDIT_LINE + 1):
            yield line


def _is_number(name: str, prefix: str) -> bool:
    rest = name[len(prefix) :]
    return rest.isascii() and rest.isdigit()


def _order(path: Path) -> tuple[int, str]:
    record = parse_line(first_line(path))
    return (record["seq"] if record is not None else int(path.suffix[1:]), path.name)
