"""What `sertwist doctor` looks at: ports, limits, clock and libraries of this machine. Everything is only looked at."""

from __future__ import annotations

import resource
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.limits import Limits
from sertwist.server.monitor import monitor_address
from sertwist.server.tls_examination import examine_script
from sertwist.transport.listen import bind_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.server.examination import Examined

__all__ = ["Finding", "look_at_certificates", "look_at_machine", "look_at_ports"]

_EARLIEST: Final = 1_735_689_600.0  # 2025-01-01: an earlier clock was never set
_SPARE_FILES: Final = 256  # descriptors beside those of connections
_ENOUGH_BACKLOG: Final = 4_096
_SOMAXCONN: Final = Path("/proc/sys/net/core/somaxconn")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: `ok`, `warning` or `error`.
        about: what it is about, in a word.
        text: what was found.
        fix: what to do; empty when nothing is to be done.
    """

    state: str
    about: str
    text: str
    fix: str


def look_at_certificates(path: Path) -> Iterator[Finding]:
    """What `sertwist pki check` finds in the TLS domains of the script at `path`."""
    found = examine_script(path, now=time.time(), warning_days=None)
    problems = [each for each in found.tls.problems if each.severity in {"error", "warning"}]
    for each in problems:
        yield Finding(each.severity, "certificates", each.text, each.fix)
    if not problems:
        yield Finding("ok", "certificates", "keys fit, nothing ends soon", "")


def look_at_machine() -> Iterator[Finding]:
    """What does not depend on a script."""
    yield Finding("ok", "libraries", f"{ssl.OPENSSL_VERSION}", "")
    yield _files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield _clock(time.time())
    yield _backlog(_SOMAXCONN)


def _files(soft: int) -> Finding:
    needed = Limits().connection.max_connections + Limits().outbound.max_connections + _SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return Finding("ok", "open files", f"{soft} allowed", "")
    return Finding(
        "warning",
        "open files",
        f"{soft} allowed, {needed} are wanted for all connections",
        f"ulimit -n {needed}, or LimitNOFILE={needed} in the unit",
    )


def _clock(now: float) -> Finding:
    if now < _EARLIEST:
        day = time.strftime("%Y-%m-%d", time.gmtime(now))
        return Finding("error", "clock", f"it says {day}: certificates are judged by it", "set it: timedatectl, NTP")
    return Finding("ok", "clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)), "")


def _backlog(file: Path) -> Finding:
    try:
        most = int(file.read_text("ascii"))
    except (OSError, ValueError):
        return Finding("warning", "backlog", f"{file} can't be read", "")
    if most >= _ENOUGH_BACKLOG:
        return Finding("ok", "backlog", f"net.core.somaxconn is {most}", "")
    return Finding(
        "warning",
        "backlog",
        f"net.core.somaxconn is {most}: bursts of connections are refused sooner",
        f"sysctl net.core.somaxconn={_ENOUGH_BACKLOG}",
    )


def look_at_ports(examined: Examined) -> Iterator[Finding]:
    """Whether each socket of the script can be opened now; each is closed at once."""
    wanted = [(each.protocol, each.host, each.port) for each in examined.addresses]
    monitor = str(examined.loaded.modules[0].settings["metrics_listen"])
    try:
        if monitor:
            wanted.append(("tcp", *monitor_address(monitor)))
    except ConfigError as error:
        yield Finding("error", "ports", str(error), "mend metrics_listen")
    for protocol, host, port in wanted:
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        name = f"{protocol}:{host}:{port}"
        try:
            bind_socket(kind, protocol, host, port).close()
        except ConfigError as error:
            words, _, fix = str(error).partition(";")
            yield Finding("error", "ports", words, fix.strip())
        else:
            yield Finding("ok", "ports", f"{name} is free", "")
