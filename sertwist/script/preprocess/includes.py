"""`Includes`: finds the files that a script includes, within the bounds (reference language 1.3)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from sertwist.limits import MAX_INCLUDE_DEPTH, MAX_INCLUDES, MAX_SCRIPT_CHARACTERS
from sertwist.script.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.diagnostic import Diagnostics

__all__ = ["Includes"]


class Includes:
    """Reads included files for one script.

    `open_file` gives the bytes of a path, None when there is no such file; it raises `OSError`, whose text says why,
    for one that can't or mustn't be read. Without it no file can be included.
    """

    def __init__(
        self, source: Source, diagnostics: Diagnostics, open_file: Callable[[str], bytes | None] | None
    ) -> None:
        self._source = source
        self._diagnostics = diagnostics
        self._open_file = open_file
        self._open: list[str] = [posixpath.normpath(source.name)]
        self._count = 0

    def include(self, name: str, span: Span, at: int, *, must_exist: bool) -> int | None:
        """Put the file called `name` in at offset `at`. Returns its length, None when it is not there.

        `span` is where it is asked for. Everything that is wrong is reported.
        """
        if self._open_file is None:
            self._refuse("include-refused", span, "files can't be included here", "put all of the script in one file")
            return None
        if len(self._open) > MAX_INCLUDE_DEPTH or self._count >= MAX_INCLUDES:
            what = "inside each other" if len(self._open) > MAX_INCLUDE_DEPTH else "in one script"
            bound = MAX_INCLUDE_DEPTH if len(self._open) > MAX_INCLUDE_DEPTH else MAX_INCLUDES
            self._refuse("include-bound", span, f"more than {bound} files {what}")
            return None
        found = self._find(name, span, must_exist=must_exist)
        if found is None:
            return None
        if len(self._source.text) + len(found.text) > MAX_SCRIPT_CHARACTERS:
            self._refuse("script-too-large", span, f"the script has more than {MAX_SCRIPT_CHARACTERS} characters")
            return None
        self._source.include(at, span.start, found)
        self._open.append(found.name)
        self._count += 1
        return len(found.text)

    def close(self) -> None:
        """The file that was included last has been read to its end."""
        self._open.pop()

    def _find(self, name: str, span: Span, *, must_exist: bool) -> Source | None:
        """Look relative to the including file, then as given; an absolute name is only that."""
        folder = posixpath.dirname(self._source.file_of(span))
        paths = dict.fromkeys([posixpath.normpath(posixpath.join(folder, name)), posixpath.normpath(name)])
        for path in paths:
            if path in self._open:
                chain = " -> ".join([*self._open[self._open.index(path) :], path])
                self._refuse("include-cycle", span, f"{path!r} includes itself: {chain}")
                return None
            try:
                data = self._open_file(path) if self._open_file is not None else None
            except OSError as error:
                self._refuse("include-file", span, f"cannot read {path!r}: {error.strerror or error}")
                return None
            if data is not None:
                return Source.from_bytes(path, data)
        if must_exist:
            message = f"cannot read {name!r}: there is no such file"
            fix = "'import_file' reads a file only when it is there"
            self._refuse("include-file", span, message, fix)
        return None

    def _refuse(self, code: str, span: Span, message: str, fix: str = "") -> None:
        self._diagnostics.error(code, span, message, fix)
