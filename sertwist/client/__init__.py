"""The client as a library: `Client` for programs, `AsyncClient` for asyncio, and the exceptions that they raise.

    from sertwist.client import Client, DeniedError, Options

    with Client("https://sip1.example.net:5061/RPC2", Options(cacert="ca.pem", cert="me.pem", key="me.key")) as server:
        print(server.call("core.version"))
        server.call("ul.rm", table="location", aor="bob@example.net")

It knows codecs and errors of this project, never Twisted. What stands here is imported when it is first used, since
`serctl --help` must start at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sertwist.client.async_client import AsyncClient
    from sertwist.client.client import Client
    from sertwist.client.failure import (
        BadAnswerError,
        DeniedError,
        Failure,
        FaultError,
        NotFoundError,
        OutcomeUnknownError,
        UnreachableError,
        UsageError,
    )
    from sertwist.client.options import Options

__all__ = [
    "AsyncClient",
    "BadAnswerError",
    "Client",
    "DeniedError",
    "Failure",
    "FaultError",
    "NotFoundError",
    "Options",
    "OutcomeUnknownError",
    "UnreachableError",
    "UsageError",
]

_HOMES: Final = {"AsyncClient": "async_client", "Client": "client", "Options": "options"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, 'failure')}"), name)
