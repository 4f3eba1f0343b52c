"""Write a file so that whoever reads it finds the old one or the new one, whole."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in place of the file `path`; only its owner can read a new one.

    Raises:
        OSError: it can't be written; the old file is as it was.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
