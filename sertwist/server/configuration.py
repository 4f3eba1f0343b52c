"""A script file to everything the server needs to start, or every reason why it can't: nothing is half loaded."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.limits import Limits
from sertwist.modules.loader import load_modules
from sertwist.modules.tls import TlsModule
from sertwist.modules.tls.asking import why_never_verified
from sertwist.modules.xmlrpc import XmlRpcModule
from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment
from sertwist.script.diagnostic import Diagnostics, Severity, headline, render
from sertwist.script.parser import parse
from sertwist.script.source import Source, Span
from sertwist.server.addresses import ListenAddress, listen_addresses
from sertwist.tls.loading.problem import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.loader import Loaded
    from sertwist.script.nodes import Script
    from sertwist.script.program import Program

__all__ = ["Configuration", "load_configuration", "make_environment", "read_script"]

TO_TAG_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Configuration:
    """A script that may run.

    Attributes:
        path: the script's file.
        script: its tree.
        program: its compiled routes.
        loaded: its modules, with their settings.
        addresses: the sockets to open.
        limits: all bounds, with the script's settings put in.
        findings: rendered warnings and hints, with their lines.
        warnings: the warnings alone, a line each, for the log.
    """

    path: Path
    script: Script
    program: Program
    loaded: Loaded
    addresses: tuple[ListenAddress, ...]
    limits: Limits
    findings: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def tls(self) -> TlsModule | None:
        """The tls module, when the script loads it."""
        module = self.loaded.named("tls")
        return module if isinstance(module, TlsModule) else None

    @property
    def xmlrpc(self) -> XmlRpcModule | None:
        """The xmlrpc module, when the script loads it."""
        module = self.loaded.named("xmlrpc")
        return module if isinstance(module, XmlRpcModule) else None

    @property
    def digest(self) -> str:
        """SHA-256 over all that was read as the script, hexadecimal."""
        return hashlib.sha256(self.script.source.text.encode("utf-8", "surrogateescape")).hexdigest()

    def bound_to(self, loaded: Loaded, program: Program) -> Configuration:
        """The same with other modules, which `program` calls."""
        return replace(self, loaded=loaded, program=program)

    def environment(self) -> Environment:
        """A new environment for one server that runs this script."""
        return make_environment(self.loaded.modules[0].settings, time.time, os.urandom(TO_TAG_KEY_BYTES))


def make_environment(core: dict[str, Any], wall_clock: Callable[[], float], to_tag_key: bytes) -> Environment:
    """What all messages of a server with these core settings share, before its sockets are known."""
    return Environment(
        wall_clock=wall_clock,
        aliases=frozenset(_alias(str(each.value)) for each in core["alias"]),
        server=_server_header(core),
        to_tag_key=to_tag_key,
        force_rport=core["force_rport"],
        debug=core["debug"],
    )


def load_configuration(path: Path, *, assume_modules: bool = False) -> Configuration:
    """Read, check and compile the script at `path`.

    Args:
        path: the script's file.
        assume_modules: take modules that come in a later version as if they were there: to check, never to run.

    Raises:
        ConfigError: it can't be read, or has errors; the text holds all of them, rendered with their lines.
    """
    source = read_script(path)
    script, diagnostics = parse(source)
    loaded = load_modules(script, diagnostics, assume_modules=assume_modules)
    core = loaded.modules[0].settings
    tls = loaded.named("tls")
    addresses = listen_addresses(script, core, tls_loaded=tls is not None, diagnostics=diagnostics)
    elsewhere = _configure_tls(tls, source, addresses, diagnostics) if isinstance(tls, TlsModule) else []
    if isinstance(tls, TlsModule) and tls.reloads is not None:
        loaded.catalogue.never_verified = why_never_verified(tls.in_force.table)
    xmlrpc = loaded.named("xmlrpc")
    check(script, loaded.catalogue, diagnostics)
    rendered = [(each.severity, render(each, source)) for each in diagnostics] + elsewhere
    if any(severity is Severity.ERROR for severity, _ in rendered):
        raise ConfigError("\n".join(text for _, text in rendered), code="script")
    limits = _limits(core, tls)
    if isinstance(xmlrpc, XmlRpcModule):
        limits = xmlrpc.limits(limits)
    return Configuration(
        path=path,
        script=script,
        program=compile_script(script, loaded.catalogue),
        loaded=loaded,
        addresses=addresses,
        limits=limits,
        findings=tuple(text for _, text in rendered),
        warnings=tuple(text.partition("\n")[0] for severity, text in rendered if severity is Severity.WARNING),
    )


def read_script(path: Path) -> Source:
    """The text of the script at `path`.

    Raises:
        ConfigError: it can't be read (`script-file`).
    """
    try:
        return Source.from_bytes(str(path), path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the script: {error.strerror}", code="script-file") from None


def _configure_tls(
    tls: TlsModule, source: Source, addresses: tuple[ListenAddress, ...], diagnostics: Diagnostics
) -> list[tuple[Severity, str]]:
    """Build the TLS domains; problems of the script go to `diagnostics`, rendered ones of other files come back."""
    listeners = [(each.host, each.port) for each in addresses if each.protocol == "tls"]
    now = time.time()
    elsewhere = []
    for problem in tls.configure(Path(source.name).resolve().parent, listeners, now, partial(_locate, source)):
        severity = Severity(problem.severity)
        if isinstance(problem.where, Place):
            at = (problem.where.file, problem.where.line)
            elsewhere.append((at, severity, headline(str(problem.where), severity, problem.text, problem.fix)))
            continue
        where = problem.where if isinstance(problem.where, Span) else Span(0, 0)
        diagnostics.add("tls", severity, where, problem.text, problem.fix, cause=problem)
    return [(severity, text) for _, severity, text in sorted(elsewhere, key=lambda each: each[0])]


def _locate(source: Source, where: object) -> str:
    """A setting's place in words: in the script, or as the file that it stands in says."""
    return f"{source.name}:{source.position(where.start).line}" if isinstance(where, Span) else str(where)


def _limits(core: dict[str, Any], tls: object) -> Limits:
    limits = Limits()
    max_connections = core["tcp_max_connections"]
    max_tls = min(max_connections, core["tls_max_connections"] or max_connections)
    connection = replace(
        limits.connection,
        max_connections=max_connections,
        max_tls_connections=max_tls,
        reserved_connections=min(limits.connection.reserved_connections, max_tls // 4),
        max_per_address=core["tcp_accept_iplimit"],
        idle_timeout=float(core["tcp_connection_lifetime"]),
        write_timeout=float(core["tcp_send_timeout"]),
        head_timeout=float(core["tcp_msg_read_timeout"]),
        body_timeout=float(core["tcp_msg_data_timeout"]),
        shutdown_timeout=float(core["exit_timeout"]),
    )
    if isinstance(tls, TlsModule):
        connection = replace(connection, **tls.connection_limits())
    outbound = replace(
        limits.outbound,
        connect_timeout=float(core["tcp_connect_timeout"]),
        max_queued=core["tcp_conn_wq_max"],
        max_queued_in_all=core["tcp_wq_max"],
    )
    sip = replace(limits.sip, max_message=core["tcp_rd_buf_size"])
    return replace(limits, connection=connection, outbound=outbound, sip=sip)


def _alias(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdecimal() and not host.endswith(":"):
        return host.strip("[]").lower(), int(port)
    return text.strip("[]").lower(), 0


def _server_header(core: dict[str, Any]) -> str:
    """The Server header's value; no version is told by default (reference rpc 14.12)."""
    if not core["server_signature"]:
        return ""
    written = str(core["server_header"] or "sertwist")
    return written.partition(":")[2].strip() if written.lower().startswith("server:") else written
