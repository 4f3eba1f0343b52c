"""The C generators: built once, run on core 1, their one line of figures read back."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["LOAD_CORE", "Figures", "build", "flooding", "rpc_load", "sip_load"]

LOAD_CORE: Final = "1"
HERE: Final = Path(__file__).parent
BUILD: Final = HERE.parent / "build"
CALL: Final = b"<?xml version='1.0'?><methodCall><methodName>core.version</methodName></methodCall>"


@dataclass(frozen=True, slots=True)
class Figures:
    """Rate a second, latencies in milliseconds, and what went wrong."""

    rate: float
    p50: float
    p99: float
    errors: int


def build() -> None:
    """Compile the generators.

    Raises:
        subprocess.CalledProcessError: no C compiler, or no OpenSSL headers (libssl-dev).
    """
    BUILD.mkdir(exist_ok=True)
    common = ["cc", "-O2", "-o"]
    subprocess.run([*common, BUILD / "sipload", HERE / "sipload.c", "-lpthread"], check=True)
    for name in ("rpcload", "flood"):
        subprocess.run([*common, BUILD / name, HERE / f"{name}.c", "-lssl", "-lcrypto", "-lpthread"], check=True)


def rpc_load(  # noqa: PLR0913 (the generator's options)
    port: int,
    pki: Path,
    work: Path,
    *,
    keep_alive: bool,
    resume: bool = False,
    threads: int = 16,
    seconds: float = 5.0,
) -> Figures:
    """XML-RPC `core.version` over mutual TLS as Bob; without `keep_alive` a connection each, resumed if asked for."""
    request = work / "request"
    head = f"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {len(CALL)}\r\n\r\n"
    request.write_bytes(head.encode() + CALL)
    command = [BUILD / "rpcload", "-p", str(port), "-f", request, "-c", str(threads), "-d", str(seconds)]
    command += [
        "-C",
        pki / "ca.pem",
        "-E",
        pki / "bob.pem",
        "-K",
        pki / "bob.key",
        *(["-k"] if keep_alive else []),
        *(["-r"] if resume else []),
    ]
    text = _run(command)
    found = re.search(r"errors (\d+) rate (\d+)/s p50 ([\d.]+) p99 ([\d.]+)", text)
    assert found is not None, text
    return Figures(float(found[2]), float(found[3]), float(found[4]), int(found[1]))


def sip_load(port: int, *, seconds: float = 5.0) -> Figures:
    """Stateless OPTIONS over UDP."""
    text = _run([BUILD / "sipload", "-p", str(port), "-d", str(seconds)])
    found = re.search(r"lost (\d+) non2xx (\d+) rate (\d+)/s p50 ([\d.]+) p99 ([\d.]+)", text)
    assert found is not None, text
    return Figures(float(found[3]), float(found[4]), float(found[5]), int(found[1]) + int(found[2]))


@contextmanager
def flooding(port: int, options: Sequence[str]) -> Iterator[None]:
    """New handshakes without end; the healthy client on the same core goes first, so that the server is measured."""
    command = ["nice", "-n", "19", "taskset", "-c", LOAD_CORE, BUILD / "flood", "-p", str(port), "-d", "60", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait()


def _run(command: list[str | Path]) -> str:
    done = subprocess.run(["taskset", "-c", LOAD_CORE, *command], check=True, capture_output=True, text=True)
    return done.stdout
