"""The servers that are measured, each pinned to core 0: ours, and Debian's Kamailio and nginx doing the same work."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Peer", "kamailio", "memory_kib", "nginx", "sertwist"]

SERVER_CORE: Final = "0"
CONF: Final = Path(__file__).parents[1] / "conf"
START_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server: its name, its first process, its ports (0 where it has none)."""

    name: str
    pid: int
    udp: int
    tls: int


def free_port() -> int:
    """A TCP and UDP port that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() not in (None, 0):
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} does not listen")


@contextlib.contextmanager
def _run(command: list[str], port: int, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (cwd / "log").open("wb") as log:
        process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], cwd=cwd, stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def sertwist(
    work: Path,
    pki: Path,
    *,
    script: str = "ser.cfg",
    certificate: str = "server",
    lines: Iterable[str] = (),
    asking: str = "",
) -> Iterator[Peer]:
    """Our server on the example script, with further `lines` before its routes, `asking` in place of dispatch_rpc()."""
    plain, tls = free_port(), free_port()
    text = (CONF / script).read_text().replace(":5060", f":{plain}").replace(":5061", f":{tls}")
    text = text.replace("pki/server", f"{pki}/{certificate}").replace('"pki/', f'"{pki}/')
    text = text.replace("\nroute {", "".join(f"\n{line}" for line in lines) + "\n\nroute {", 1)
    if asking:
        text = text.replace("        dispatch_rpc();", asking, 1)
    directory = work / f"sertwist-{plain}"
    directory.mkdir()
    (directory / "ser.cfg").write_text(text)
    twistd = str(Path(sys.executable).with_name("twistd"))
    command = [twistd, "-n", "--pidfile=", "sertwist", "--config", "ser.cfg"]
    with _run(command, plain, directory) as process:
        yield Peer("sertwist", process.pid, plain, tls)


KAMAILIO: Final = """#!KAMAILIO
debug=-1
log_stderror=no
fork=yes
children=1
tcp_children=1
enable_tls=yes
tcp_accept_no_cl=yes
tcp_max_connections=8192
tls_max_connections=8192
listen=udp:127.0.0.1:{plain}
listen=tcp:127.0.0.1:{plain}
listen=tls:127.0.0.1:{tls}
loadmodule "kex.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "tls.so"
loadmodule "xmlrpc.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "verify_certificate", 1)
modparam("tls", "require_certificate", 0)
modparam("tls", "private_key", "{pki}/{certificate}.key")
modparam("tls", "certificate", "{pki}/{certificate}.pem")
modparam("tls", "ca_list", "{pki}/ca.pem")
modparam("xmlrpc", "route", "RPC")
modparam("xmlrpc", "url_match", "^/RPC2")
request_route {{
    if (proto == TLS && $tls_peer_subject_cn != "Bob") {{ sl_reply("403", "Forbidden"); exit; }}
    sl_reply("200", "OK");
}}
route[RPC] {{
    if (!$tls_peer_verified) {{ xmlrpc_reply("400", "Unauthorized"); return; }}
    dispatch_rpc();
}}
"""


@contextlib.contextmanager
def kamailio(work: Path, pki: Path, *, certificate: str = "server") -> Iterator[Peer | None]:
    """Debian's Kamailio with one worker, or None when it is not installed."""
    program = shutil.which("kamailio", path="/usr/sbin:/usr/bin")
    if program is None:
        yield None
        return
    plain, tls = free_port(), free_port()
    directory = work / f"kamailio-{plain}"
    directory.mkdir()
    config = directory / "kamailio.cfg"
    config.write_text(KAMAILIO.format(plain=plain, tls=tls, pki=pki, certificate=certificate))
    command = [program, "-DD", "-f", str(config), "-Y", str(directory), "-m", "256"]
    with _run(command, plain, directory) as process:
        yield Peer("kamailio", process.pid, plain, tls)


NGINX: Final = """worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  server {{
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {pki}/{certificate}.pem;
    ssl_certificate_key {pki}/{certificate}.key;
    ssl_client_certificate {pki}/ca.pem;
    ssl_verify_client optional;
    ssl_session_tickets {tickets};
    location / {{ return 200 "<methodResponse/>"; }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(work: Path, pki: Path, *, certificate: str = "server", tickets: bool = False) -> Iterator[Peer | None]:
    """Debian's nginx with one worker that answers a constant, or None when it is not installed."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if program is None:
        yield None
        return
    tls = free_port()
    directory = work / f"nginx-{tls}"
    directory.mkdir()
    (directory / "nginx.conf").write_text(
        NGINX.format(tls=tls, pki=pki, certificate=certificate, tickets="on" if tickets else "off")
    )
    with _run([program, "-p", str(directory), "-c", "nginx.conf"], tls, directory) as process:
        yield Peer("nginx", process.pid, 0, tls)


def memory_kib(pid: int) -> int:
    """Proportional set size of a process and its children, in KiB."""
    total = int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])  # type: ignore[index]
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += sum(memory_kib(int(child)) for child in (task / "children").read_text().split())
    return total
