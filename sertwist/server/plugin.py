"""`twistd sertwist`: its options, and the service made from them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from sertwist.errors import ConfigError
from sertwist.script.dialect import Dialect
from sertwist.server.configuration import load_configuration
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from twisted.application.service import IService

__all__ = ["Options", "makeService"]

DEFAULT_CONFIG = "/etc/sertwist/ser.cfg"


class Options(UsageOptions):
    """Options of `twistd sertwist`."""

    synopsis = "[--config ser.cfg] [--define NAME=text] [--dialect NAME]"
    longdesc = "A SIP and XML-RPC server whose behaviour is a routing script."
    optParameters: ClassVar = [  # noqa: N815 (Twisted's name)
        ["config", "f", None, f"The routing script; $SERTWIST_CONFIG or {DEFAULT_CONFIG} when not given."],
    ]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted's
        self["defines"] = []
        self.dialect: Dialect | None = None

    def opt_define(self, text: str) -> None:
        """Define a name of the script's, NAME or NAME=text; may be repeated."""
        self["defines"].append(text)

    def opt_dialect(self, name: str) -> None:
        """The family of servers that the script was written for; by default told from it."""
        try:
            self.dialect = Dialect(name)
        except ValueError:
            raise UsageError(f"{name!r} is none of {', '.join(each.value for each in Dialect)}") from None

    opt_A = opt_define  # noqa: N815 (Twisted's way to name a short option)


def makeService(options: Options) -> IService:  # noqa: N802 (Twisted's name)
    """The service for `options`; a script that can't run ends the program with its errors and exit status 1."""
    import os  # noqa: PLC0415 (only here)

    path = Path(options["config"] or os.environ.get("SERTWIST_CONFIG") or DEFAULT_CONFIG)
    try:
        configuration = load_configuration(path, Reading(defines=tuple(options["defines"]), dialect=options.dialect))
        from twisted.internet import reactor  # noqa: PLC0415 (twistd has installed it by now)

        from sertwist.server.service import SertwistService  # noqa: PLC0415 (needs the reactor)

        return SertwistService(configuration, reactor)
    except ConfigError as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    raise SystemExit(1)
