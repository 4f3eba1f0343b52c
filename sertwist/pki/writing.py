"""Write files so that a reader sees all of one or nothing, and never with more permission than they shall have."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["PRIVATE", "PUBLIC", "StagedFiles", "replace_file", "sync_folder", "write_error"]

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644


def write_error(path: Path, error: OSError) -> ConfigError:
    """What is said when `path` can't be written: a full disk, a folder that is read-only, a file in the way."""
    return ConfigError(f"cannot write {path}: {error.strerror or type(error).__name__}", code="pki-write")


def replace_file(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Put `content` at `path` in one step, on the disk before this returns.

    Raises:
        ConfigError: it can't be written (`pki-write`); what was there is there still.
    """
    with StagedFiles(replace=True) as staged:
        staged.add(path, content, mode)
        staged.publish()


class StagedFiles:
    """Files written whole beside where they belong, and put there all together by `publish`.

    What can fail (no room, no permission) fails in `add`, before anybody has been promised anything.
    """

    def __init__(self, *, replace: bool) -> None:
        """With `replace` false, a file that is there already is an error and stays as it is."""
        self._replace = replace
        self._staged: list[tuple[Path, Path]] = []

    def __enter__(self) -> Self:
        """Itself; what is not published when the block ends is removed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was not published."""
        for temporary, _ in self._staged:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def add(self, path: Path, content: bytes, mode: int) -> None:
        """Write `content` beside `path`.

        Raises:
            ConfigError: it can't be written (`pki-write`), or is there and may not be replaced (`pki-exists`).
        """
        if not self._replace and os.path.lexists(path):
            raise ConfigError(f"{path} is there already and is not replaced", code="pki-exists")
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            self._staged.append((Path(name), path))
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(content)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise write_error(path, error) from error

    def publish(self) -> None:
        """Give every file its name.

        Raises:
            ConfigError: one has been put there meanwhile, or can't be; those before it are in place.
        """
        while self._staged:
            temporary, path = self._staged[0]
            try:
                if self._replace:
                    temporary.replace(path)
                else:
                    _give_free_name(temporary, path)
                sync_folder(path.parent)
            except OSError as error:
                raise write_error(path, error) from error
            del self._staged[0]


def _give_free_name(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)  # fails when the name is taken, unlike a rename
    except FileExistsError:
        raise
    except OSError:  # a file system without links: a memory stick
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        temporary.rename(path)
    else:
        temporary.unlink()


def sync_folder(path: Path) -> None:
    """Make names given or taken in the folder `path` last through a loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
