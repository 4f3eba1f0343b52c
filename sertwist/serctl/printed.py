"""`--print`: the request of a call, or the curl line that sends it, in place of sending it."""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING

import click

from sertwist.client.endpoint import parse_url
from sertwist.client.failure import UsageError
from sertwist.client.pins import parse_pin
from sertwist.client.placing import place
from sertwist.client.protocol import JSONRPC, Params, Protocol
from sertwist.printable import escape_controls
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.client.endpoint import Endpoint
    from sertwist.serctl.planned import Planned
    from sertwist.serctl.program import Program

__all__ = ["print_call"]


def print_call(program: Program, planned: Planned) -> int:
    """Write what would be sent for `planned`. Returns the exit status.

    Raises:
        UsageError: an argument cannot be sent so.
    """
    wanted = program.invocation.given("print")
    for url in program.settings.urls if wanted == "curl" else program.settings.urls[:1]:
        protocol = program.settings.protocol if wanted == "curl" else wanted
        endpoint = parse_url(url, server_name=program.settings.servername, protocol=protocol)
        document = _document(program, planned, endpoint.protocol)
        text = _curl(program, endpoint, document) if wanted == "curl" else document
        click.echo(escape_controls(text, keep_lines=True))
    return 0


def _document(program: Program, planned: Planned, protocol: Protocol) -> str:
    params: Params = planned.params
    if planned.named:
        by_name = protocol is JSONRPC and not planned.params
        params = planned.named if by_name else place(program.describe(planned.method), planned.params, planned.named)
    try:
        return protocol.write(planned.method, params).decode()
    except Fault as error:
        raise UsageError(
            f"an argument cannot be sent as {protocol.words}: {error.text}", code="bad-argument"
        ) from error


def _curl(program: Program, endpoint: Endpoint, document: str) -> str:
    """A line for a shell; curl asks for passwords itself, so that none stands in it."""
    settings = program.settings
    words = ["curl", "--fail-with-body", "--silent", "--show-error"]
    if endpoint.socket_path:
        words += ["--unix-socket", endpoint.socket_path]
    for option in ("cacert", "cert", "key"):
        value = getattr(settings, option)
        words += [f"--{option}", str(value)] if value else []
    if program.invocation.has("insecure"):
        words.append("--insecure")
    for pin in settings.pins[:1]:
        words += ["--pinnedpubkey", "sha256//" + base64.b64encode(parse_pin(pin)).decode()]
    if settings.user:
        words += ["--digest", "--user", settings.user]
    host = endpoint.expected_name if endpoint.server_name else endpoint.host
    authority = f"[{host}]" if ":" in host else host
    if endpoint.server_name and not endpoint.socket_path:
        words += ["--connect-to", f"{authority}:{endpoint.port}:{endpoint.address}"]
    words += ["--max-time", f"{settings.timeout:g}", "--header", f"Content-Type: {endpoint.protocol.content_type}"]
    words += ["--data-binary", document]
    url = f"http://localhost{endpoint.path}"
    if not endpoint.socket_path:
        url = f"https://{authority}:{endpoint.port}{endpoint.path}"
    return shlex.join([*words, url])
