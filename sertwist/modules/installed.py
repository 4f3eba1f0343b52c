"""Entry points of what is installed beside sertwist, as `importlib.metadata` finds them.

That imports the libraries of mail, archives and sockets, which takes a short script's check a sixth of its time.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["entry_points", "load_entry_point"]

_METADATA: Final = (".dist-info", ".egg-info")
_FILE: Final = "entry_points.txt"


def entry_points(group: str) -> dict[str, str]:
    """Names of `group` with what they stand for: `package.module:attribute`.

    Of a package that is installed in several folders of the path, the first counts.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for folder in sys.path:
        for package, text in _declared(folder or os.curdir):
            if package not in seen:
                seen.add(package)
                found.update(_in_group(text, group))
    return found


def load_entry_point(value: str) -> Any:
    """What `package.module:attribute` stands for.

    Raises:
        ImportError: there is no such module, or importing it fails.
        AttributeError: there is no such attribute.
    """
    module, _, attribute = value.partition(":")
    found: Any = import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _declared(folder: str) -> Iterator[tuple[str, str]]:
    """The packages that `folder` holds the metadata of, with the text of their entry points."""
    if os.path.isfile(folder):  # noqa: PTH113 (a string of the path)
        yield from _in_archive(folder)
        return
    try:
        names = os.listdir(folder)  # noqa: PTH208 (a string of the path)
    except OSError:
        return
    for name in names:
        if name.endswith(_METADATA):
            try:
                text = Path(folder, name, _FILE).read_text(encoding="utf-8")
            except OSError:
                text = ""
            yield _normal(name.rpartition(".")[0].partition("-")[0]), text


def _in_archive(file: str) -> Iterator[tuple[str, str]]:
    from importlib.metadata import distributions  # noqa: PLC0415 (see above)

    for each in distributions(path=[file]):
        yield _normal(each.metadata["Name"]), each.read_text(_FILE) or ""


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "_", package).lower()


def _in_group(text: str, group: str) -> Iterator[tuple[str, str]]:
    """The lines `name = value [extras]` of one section."""
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section == group and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name.strip(), value.partition("[")[0].strip()
