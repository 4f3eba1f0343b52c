"""A script file to everything the server needs to start, or every reason why it can't: nothing is half loaded."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import ConfigError
from sertwist.limits import Limits
from sertwist.modules.log_levels import scale_of
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment
from sertwist.script.diagnostic import Severity
from sertwist.server.examination import examine, read_script, tls_of, xmlrpc_of
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sertwist.modules.loader import Loaded
    from sertwist.modules.tls import TlsModule
    from sertwist.modules.xmlrpc import XmlRpcModule
    from sertwist.script.dialect import Dialect
    from sertwist.script.nodes import Script
    from sertwist.script.program import Program
    from sertwist.server.addresses import ListenAddress
    from sertwist.server.examination import Examined

__all__ = ["Configuration", "configure", "load_configuration", "make_environment", "read_script"]

_LARGE_BY: Final = {"": "", "udp": "", "tcp": "TCP", "tls": "TLS"}
TO_TAG_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Configuration:
    """A script that may run.

    Attributes:
        path: the script's file.
        reading: how it was read.
        script: its tree.
        dialect: the family of servers that it was written for.
        program: its compiled routes.
        loaded: its modules, with their settings.
        addresses: the sockets to open.
        limits: all bounds, with the script's settings put in.
        findings: rendered warnings and hints, with their lines.
        warnings: the warnings alone, a line each, for the log.
    """

    path: Path
    reading: Reading
    script: Script
    dialect: Dialect
    program: Program
    loaded: Loaded
    addresses: tuple[ListenAddress, ...]
    limits: Limits
    findings: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def tls(self) -> TlsModule | None:
        """The tls module, when the script loads it."""
        return tls_of(self.loaded)

    @property
    def xmlrpc(self) -> XmlRpcModule | None:
        """The xmlrpc module, when the script loads it."""
        return xmlrpc_of(self.loaded)

    @property
    def digest(self) -> str:
        """SHA-256 over all that was read as the script, hexadecimal."""
        return hashlib.sha256(self.script.source.text.encode("utf-8", "surrogateescape")).hexdigest()

    def bound_to(self, loaded: Loaded, program: Program) -> Configuration:
        """The same with other modules, which `program` calls."""
        return replace(self, loaded=loaded, program=program)

    def environment(self) -> Environment:
        """A new environment for one server that runs this script."""
        core = self.loaded.modules[0].settings
        return make_environment(core, self.dialect, time.time, os.urandom(TO_TAG_KEY_BYTES))


def make_environment(
    core: dict[str, Any], dialect: Dialect, wall_clock: Callable[[], float], to_tag_key: bytes
) -> Environment:
    """What all messages of a server with these core settings share, before its sockets are known."""
    return Environment(
        wall_clock=wall_clock,
        aliases=frozenset(_alias(str(each.value)) for each in core["alias"]),
        server=_server_header(core),
        to_tag_key=to_tag_key,
        force_rport=core["force_rport"],
        debug=core["debug"],
        log_scale=scale_of(dialect),
        server_id=core["server_id"],
        udp_mtu=core["udp_mtu"],
        large_by=_LARGE_BY[core["udp_mtu_try_proto"].lower()],
    )


def load_configuration(path: Path, reading: Reading | None = None) -> Configuration:
    """Read, check and compile the script at `path`.

    Args:
        path: the script's file.
        reading: what it does not say itself. A server takes no module on trust: it runs none that nobody knows.

    Raises:
        ConfigError: it can't be read, or has errors; the text holds all of them, rendered with their lines.
    """
    how = replace(reading or Reading(), assume_modules=False, stub_modules=False)
    return configure(path, examine(read_script(path), how), how)


def configure(path: Path, examined: Examined, reading: Reading | None = None) -> Configuration:
    """Make what can run of a script that was examined.

    Raises:
        ConfigError: it has errors; the text holds all findings, rendered with their lines.
    """
    if examined.errors:
        raise ConfigError("\n".join(each.text for each in examined.findings), code="script")
    loaded = examined.loaded
    limits = _limits(loaded.modules[0].settings, tls_of(loaded))
    xmlrpc = xmlrpc_of(loaded)
    return Configuration(
        path=path,
        reading=reading or Reading(),
        script=examined.script,
        dialect=examined.told.dialect,
        program=compile_script(examined.script, loaded.catalogue, examined.told.dialect),
        loaded=loaded,
        addresses=examined.addresses,
        limits=limits if xmlrpc is None else xmlrpc.limits(limits),
        findings=tuple(each.text for each in examined.findings),
        warnings=tuple(each.headline for each in examined.findings if each.severity is Severity.WARNING),
    )


def _limits(core: dict[str, Any], tls: TlsModule | None) -> Limits:
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
    if tls is not None:
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
