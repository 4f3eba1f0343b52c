"""What a script on disk may read: the files it includes, names from the command line, the environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.limits import MAX_SCRIPT_CHARACTERS
from sertwist.script.preprocess.directives import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["read_defines", "surroundings"]

_DEFINE = re.compile(r"([A-Za-z_]\w*)(?:=(.*))?", re.ASCII | re.DOTALL)


def surroundings(defines: Iterable[str] = ()) -> Surroundings:
    """What a script gets that is read from disk; `defines` are texts `NAME` or `NAME=text`.

    Raises:
        ConfigError: one of them is neither (`define`).
    """
    return Surroundings(_open_file, read_defines(defines), os.environ)


def read_defines(written: Iterable[str]) -> dict[str, str]:
    """Names with what they stand for, from texts `NAME` or `NAME=text`.

    Raises:
        ConfigError: one of them is neither (`define`).
    """
    defines: dict[str, str] = {}
    for each in written:
        match = _DEFINE.fullmatch(each)
        if match is None:
            raise ConfigError(f"{each!r} is no definition: NAME or NAME=text expected", code="define")
        defines[match[1]] = match[2] or ""
    return defines


def _open_file(path: str) -> bytes | None:
    """The bytes of an included file, None when there is none.

    Raises:
        OSError: it can't be read, or is too large or no plain file.
    """
    file = Path(path)
    if not file.exists():
        return None
    if not file.is_file():
        raise OSError("not a file")
    with file.open("rb") as opened:
        data = opened.read(4 * MAX_SCRIPT_CHARACTERS + 1)
    if len(data) > 4 * MAX_SCRIPT_CHARACTERS:
        raise OSError("too large")
    return data
