"""Read the files that a script names: inside a bound, and never one that a message names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import MAX_PERMISSION_FILE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_file"]


def read_file(path: Path) -> str | None:
    """The text of `path`; None when there is no such file.

    Raises:
        ValueError: it can't be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PERMISSION_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path}: cannot read it: {error.strerror}") from None
    if len(data) > MAX_PERMISSION_FILE:
        raise ValueError(f"{path}: larger than {MAX_PERMISSION_FILE} bytes")
    return data.decode("utf-8", "surrogateescape")
