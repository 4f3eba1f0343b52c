"""`-v`: show what goes over the wire, without what looks like a secret."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from sertwist.errors import PeerError
from sertwist.printable import escape_controls
from sertwist.rpc.fault import Fault
from sertwist.serctl.output import format_json

if TYPE_CHECKING:
    import socket

    from sertwist.client.endpoint import Endpoint
    from sertwist.client.exchange import Answer
    from sertwist.client.protocol import Params
    from sertwist.rpc.call import Value

__all__ = ["WireLog", "redact", "redact_params"]

# Members with such names are not shown, neither in what is sent nor in what comes.
SECRET: Final = re.compile(r"pass|pwd|secret|token|credential|ha1|private.?key", re.IGNORECASE)
HIDDEN: Final = "[hidden]"
MAX_SHOWN: Final = 8_192


class WireLog:
    """A `Trace` that writes to standard error."""

    def connected(self, endpoint: Endpoint, sock: socket.socket) -> None:
        """See `Trace`."""
        self._show("*", f"connected to {endpoint.address}{_tls(sock)}")

    def sending(self, endpoint: Endpoint, method: str, params: Params) -> None:
        """See `Trace`."""
        self._show(">", f"POST {endpoint.path} HTTP/1.1")
        self._show(">", endpoint.protocol.write(method, redact_params(params)).decode())

    def answered(self, endpoint: Endpoint, answer: Answer) -> None:
        """See `Trace`."""
        self._show("<", f"HTTP {answer.status} {answer.reason}")
        for name, value in answer.fields.items():
            self._show("<", f"{name}: {HIDDEN if SECRET.search(name) or name.lower() == 'set-cookie' else value}")
        self._show("<", _body(endpoint, answer.body))

    def _show(self, mark: str, text: str) -> None:
        for line in text[:MAX_SHOWN].splitlines():
            click.echo(f"{mark} {escape_controls(line)}", err=True)
        if len(text) > MAX_SHOWN:
            click.echo(f"{mark} ... {len(text) - MAX_SHOWN} characters more", err=True)


def _tls(sock: socket.socket) -> str:
    if not isinstance(sock, ssl.SSLSocket):
        return ""
    cipher = sock.cipher()
    return f": {sock.version()}, {cipher[0] if cipher else 'no cipher'}"


def redact_params(params: Params) -> Params:
    """`params` without secrets."""
    if isinstance(params, Mapping):
        return {name: HIDDEN if SECRET.search(name) else redact(each) for name, each in params.items()}
    return [redact(each) for each in params]


def redact(value: Value) -> Value:
    """`value` with the members hidden whose names are those of secrets."""
    if isinstance(value, Mapping):
        return {name: HIDDEN if SECRET.search(name) else redact(each) for name, each in value.items()}
    return [redact(each) for each in value] if isinstance(value, list | tuple) else value


def _body(endpoint: Endpoint, body: bytes) -> str:
    """The value in `body` without secrets; what is no response, as it is."""
    try:
        return format_json(redact(endpoint.protocol.read(body)))
    except Fault as fault:
        return f"fault {fault}"
    except PeerError:
        return body[: MAX_SHOWN + 1].decode("latin-1")
