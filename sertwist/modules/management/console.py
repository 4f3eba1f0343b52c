"""`console.view`: the files of the console in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

import sertwist
from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Kind, Parameter

__all__ = ["ConsoleMethods"]

_FOLDER: Final = Path(sertwist.__file__).parent / "console"
_FIRST: Final = "index.html"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class ConsoleMethods(Module):
    """Gives browsers the console, once the script says so.

    Attributes:
        console_files: name to bytes; empty: there is no console.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="console",
            kind=Kind.BOOLEAN,
            default=False,
            help="Serve the console to browsers, over TLS at /console; the script judges each view (`console.view`).",
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.console_files: dict[str, bytes] = {}

    def read_console(self) -> None:
        """Take the files, when the script wants the console."""
        if self.settings["console"]:
            self.console_files = {
                path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES
            }

    @method(
        "console.view",
        Param(name="file", type=Type.STRING, optional=True, help="its name; the page itself when left out"),
        result=Type.STRUCT,
    )
    def view(self, _request: object, file: str = "") -> dict[str, Any]:
        """A file of the console in the browser, which asks for it as `/console/FILE`: type and body.

        Who may call this may load the console; what it shows are calls of their own.
        """
        if not self.console_files:
            raise Fault(404, "No Console: the script does not ask for it")
        name = file or _FIRST
        if name not in self.console_files:
            raise Fault(404, "No Such File")
        return {"type": _TYPES[Path(name).suffix], "body": self.console_files[name]}
