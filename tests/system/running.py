"""`RunningServer`: `twistd -n sertwist` as a child process on ports that the system chose, and clients for it."""

from __future__ import annotations

import http.client
import os
import queue
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import xmlrpc.client
from pathlib import Path
from typing import Any

__all__ = [
    "SCRIPTS",
    "TWISTD",
    "RunningServer",
    "call_document",
    "minimal_script",
    "options_request",
    "read_response",
    "read_to_end",
    "seed_script",
]

TWISTD = str(Path(sys.executable).with_name("twistd"))
SCRIPTS = Path(__file__).parents[2] / "conf"
START_SECONDS = 30.0
LISTENING = re.compile(r"listening on (\w+):(.+):(\d+)$")


def seed_script(pki: Path) -> str:
    """The announcement's example as it stands, but for its three file names and the ports, which the system chooses."""
    text = (Path(__file__).parents[1] / "data" / "announcement.cfg").read_text()
    for name, file in (
        ("/usr/local/etc/ser/alice_prik.key", "server.key"),
        ("/usr/local/etc/ser/rootca.cert.pem", "ca.pem"),
        ("/usr/local/etc/ser/alice_cert.crt", "server.pem"),
    ):
        assert name in text
        text = text.replace(name, str(pki / file))
    return text.replace(":5060", ":0").replace(":5061", ":0")


def minimal_script() -> str:
    """conf/minimal.cfg, at ports that the system chooses."""
    text = (SCRIPTS / "minimal.cfg").read_text()
    assert text.count(":5060") == 2
    return text.replace(":5060", ":0")


class RunningServer:
    """A started server.

    Attributes:
        ports: protocol (`udp`, `tcp`, `tls`) to port.
        lines: what it has logged so far.
    """

    def __init__(self, process: subprocess.Popen[str], directory: Path, pki: Path) -> None:
        self.process = process
        self.directory = directory
        self.pki = pki
        self.ports: dict[str, int] = {}
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, directory: Path, script: str, pki: Path, options: tuple[str, ...]) -> RunningServer:
        """Start on `script` and wait until every socket listens."""
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "ser.cfg"
        config.write_text(script)
        process = subprocess.Popen(
            [TWISTD, "-n", "--pidfile=", *options, "sertwist", "--config", str(config)],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        server = cls(process, directory, pki)
        server.wait_for("runs .*, pid")
        for line in server.lines:
            if found := LISTENING.search(line):
                server.ports[found[1]] = int(found[3])
        return server

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait_for(self, pattern: str, timeout: float = START_SECONDS) -> str:
        """The first line, from the beginning of the log, that matches; fails with the log when none comes in time."""
        for line in self.lines:
            if re.search(pattern, line):
                return line
        while True:
            try:
                line = self._queue.get(timeout=timeout)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line {pattern!r} in:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if re.search(pattern, line):
                return line

    def log_text(self) -> str:
        """All lines logged so far."""
        while not self._queue.empty():
            line = self._queue.get_nowait()
            if line is None:
                self._queue.put(None)
                break
            self.lines.append(line)
        return "\n".join(self.lines)

    def wait_exit(self, timeout: float = 15.0) -> int:
        """Exit status, once the process has ended by itself."""
        return self.process.wait(timeout)

    def assert_unharmed(self) -> None:
        """Stop a server that must still run: it ends in order, and has logged no fault of its own."""
        assert self.process.poll() is None, self.log_text()
        self.process.send_signal(signal.SIGTERM)
        assert self.wait_exit() == 0
        self._reader.join(START_SECONDS)
        faults = [line for line in self.log_text().splitlines() if re.search("Traceback|incident|timer failed", line)]
        assert faults == []

    def end(self) -> None:
        """Stop it if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    # -- clients ------------------------------------------------------------------------------------------------------

    def context(self, name: str | Path | None = None) -> ssl.SSLContext:
        """A context that trusts the demonstration CA and shows the certificate `name`, or that of a whole path."""
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        if name is not None:
            context.load_cert_chain(self.pki / f"{name}.pem", self.pki / f"{name}.key")
        return context

    @property
    def url(self) -> str:
        """Where management calls go."""
        return f"https://localhost:{self.ports['tls']}/RPC2"

    def proxy(self, name: str | Path | None = None) -> xmlrpc.client.ServerProxy:
        """The standard library's client with the certificate `name`."""
        return xmlrpc.client.ServerProxy(self.url, context=self.context(name), allow_none=True)

    def connect(self, protocol: str = "tcp", name: str | Path | None = None) -> Any:
        """A connected socket; over TLS with the certificate `name`."""
        sock = socket.create_connection(("127.0.0.1", self.ports[protocol]), timeout=15)
        if protocol == "tls":
            return self.context(name).wrap_socket(sock, server_hostname="localhost")
        return sock

    def http(self, name: str | Path | None = None) -> http.client.HTTPSConnection:
        """A keep-alive HTTP connection over TLS."""
        return http.client.HTTPSConnection("localhost", self.ports["tls"], context=self.context(name), timeout=15)


def call_document(method: str = "core.version") -> bytes:
    """The XML-RPC document of a call without parameters."""
    return f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName></methodCall>".encode()


def read_response(sock: Any) -> tuple[int, dict[str, str], bytes]:
    """One HTTP response from a raw socket: status, fields (lower case), body by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(1)
        if not chunk:
            raise ConnectionError(f"closed after {data!r}")
        data += chunk
    head, _, _ = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length, body = int(fields.get("content-length", "0")), b""
    while len(body) < length:
        chunk = sock.recv(length - len(body))
        if not chunk:
            raise ConnectionError("closed in the body")
        body += chunk
    return int(status_line.split()[1]), fields, body


def options_request(protocol: str, branch: str = "z9hG4bKa", method: str = "OPTIONS") -> bytes:
    """A small SIP request; its answer comes back to where it was sent from."""
    return (
        f"{method} sip:x@localhost SIP/2.0\r\nVia: SIP/2.0/{protocol} 127.0.0.1:9;rport;branch={branch}\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:a@localhost>;tag=1\r\nTo: <sip:x@localhost>\r\n"
        f"Call-ID: {branch}@x\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def read_to_end(sock: Any) -> bytes:
    """All that comes until the server closes; a reset is an end too."""
    data = b""
    while True:
        try:
            chunk = sock.recv(65_536)
        except (ConnectionError, ssl.SSLError):
            return data
        if not chunk:
            return data
        data += chunk
