"""What operators do with the TLS layer of a running server: look at it, end connections, see what expires."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import xmlrpc.client
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names
from tests.system.issuing import open_authority, write_credential
from tests.system.running import RunningServer, options_request, read_to_end, seed_script

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tests.system.conftest import StartServer

SERCTL = str(Path(sys.executable).with_name("serctl"))


def run_serctl(server: RunningServer, *arguments: str) -> str:
    """What serctl prints, as Bob."""
    pki = server.pki
    options = ["--url", server.url, "--cacert", pki / "ca.pem", "--cert", pki / "bob.pem", "--key", pki / "bob.key"]
    done = subprocess.run(
        [SERCTL, *map(str, options), *arguments], cwd=server.directory, text=True, timeout=60, check=False,
        capture_output=True, env={**os.environ, "HOME": str(server.directory)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def until(call: Callable[[], Any], seconds: float = 15) -> Any:
    """The first true value of `call`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := call():
            return value
        time.sleep(0.05)
    raise AssertionError("it does not come true")


def row_of(proxy: xmlrpc.client.ServerProxy, port: int) -> dict[str, Any] | None:
    """The row of `tls.list` for the connection from local port `port`."""
    rows: Any = proxy.tls.list()
    return next((row for row in rows if row["src_port"] == port), None)


def test_list_shows_an_established_connection_and_one_in_its_handshake(seed_server: RunningServer) -> None:
    silent = socket.create_connection(("127.0.0.1", seed_server.ports["tls"]))
    with silent, seed_server.connect("tls", "bob") as sock, seed_server.proxy("bob") as proxy:
        row = until(lambda: row_of(proxy, sock.getsockname()[1]))
        assert row["peer"]["verified"] is True
        assert "CN=Bob" in row["peer"]["subject"]
        assert (row["dom"], row["direction"], row["state"]) == ("server:default", "in", "open")
        assert row["version"] == "TLSv1.3"
        opened = time.time() - time.mktime(time.strptime(row["timestamp"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone
        assert -2 < opened < 60
        unfinished = until(lambda: row_of(proxy, silent.getsockname()[1]))
        assert (unfinished["state"], unfinished["dom"]) == ("handshake", "")


def test_kill_ends_a_connection_at_once(seed_server: RunningServer) -> None:
    with seed_server.connect("tls", "bob") as sock, seed_server.proxy("bob") as proxy:
        row = until(lambda: row_of(proxy, sock.getsockname()[1]))
        assert proxy.tls.kill(row["id"]) == "OK"
        assert read_to_end(sock) == b""
        assert row_of(proxy, sock.getsockname()[1]) is None
        with pytest.raises(xmlrpc.client.Fault) as caught:
            proxy.tls.kill(row["id"])
        assert caught.value.faultCode == 404
    seed_server.wait_for("connection dropped: tls.kill; TLS from")
    seed_server.wait_for("call ran: tls.kill, from .*, certificate 'Bob'")


def test_kill_ends_a_connection_in_its_handshake(seed_server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", seed_server.ports["tls"]), timeout=15) as silent:
        with seed_server.proxy("bob") as proxy:
            row = until(lambda: row_of(proxy, silent.getsockname()[1]))
            assert proxy.tls.kill(row["id"]) == "OK"
        with pytest.raises(ConnectionResetError):
            silent.recv(1)


def test_kill_of_the_callers_own_connection_is_answered_first(seed_server: RunningServer) -> None:
    with seed_server.proxy("bob") as proxy:
        rows: Any = proxy.tls.list()
        own = max(row["id"] for row in rows)
        assert proxy.tls.kill(own) == "OK"
        again: Any = proxy.tls.list()  # on a new connection
        assert own not in [row["id"] for row in again]


def test_kill_does_not_end_plain_connections(seed_server: RunningServer) -> None:
    with seed_server.connect("tcp") as sock, seed_server.proxy("bob") as proxy:
        sock.sendall(options_request("TCP"))
        assert sock.recv(12) == b"SIP/2.0 200 "
        rows: Any = proxy.tls.list()
        newest = max(row["id"] for row in rows)
        for number in range(newest + 3):
            if number not in [row["id"] for row in rows]:
                with pytest.raises(xmlrpc.client.Fault, match="No such TLS connection"):
                    proxy.tls.kill(number)
        sock.sendall(options_request("TCP", branch="z9hG4bKb"))
        answers = b""
        while b"Call-ID: z9hG4bKb" not in answers:
            answers += (received := sock.recv(4096))
            assert received


def test_sessions_count_full_handshakes_and_refusals(seed_server: RunningServer) -> None:
    def counts() -> tuple[int, int]:
        rows: Any = proxy.tls.sessions()
        return (
            sum(row["full"] for row in rows if row["domain"] == "server:default"),
            sum(row["reasons"].get("not-tls", 0) for row in rows),
        )

    with seed_server.proxy("bob") as proxy:
        full, refused = counts()
        with seed_server.connect("tls", "bob"):
            until(lambda: counts()[0] == full + 1)
        with socket.create_connection(("127.0.0.1", seed_server.ports["tls"])) as sock:
            sock.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
            until(lambda: counts()[1] == refused + 1)


def test_tickets_that_were_of_no_use_are_counted_by_reason(start_server: StartServer, pki: Path) -> None:
    server = start_server(seed_script(pki).replace("route {", 'modparam("tls", "session_cache", 1)\nroute {', 1))
    context = server.context("bob")

    def visit(session: ssl.SSLSession | None = None) -> tuple[ssl.SSLSession, bool]:
        raw = socket.create_connection(("127.0.0.1", server.ports["tls"]), timeout=15)
        with context.wrap_socket(raw, server_hostname="localhost", session=session) as sock:
            sock.sendall(options_request("TLS"))
            assert sock.recv(4_096)  # the ticket came before it
            assert sock.session is not None
            return sock.session, bool(sock.session_reused)

    session, _ = visit()
    _, continued = visit(session)
    assert continued
    with server.proxy("bob") as proxy:
        proxy.tls.reload()
        _, continued = visit(session)
        assert not continued
        rows: Any = proxy.tls.sessions()
    assert [(row["resumed"], row["tickets_refused"]) for row in rows] == [(1, {"unknown": 1})]


def test_serctl_prints_connections_domains_and_certificates(seed_server: RunningServer) -> None:
    listed = run_serctl(seed_server, "call", "tls.list").splitlines()
    assert listed[0].split()[:6] == ["id", "direction", "src_ip", "src_port", "dst_ip", "dst_port"]
    assert "CN=Bob" in listed[-1]
    domains = run_serctl(seed_server, "call", "tls.domains")
    assert "server:default" in domains
    assert "TLSv1.2 TLSv1.3" in domains
    certificates = run_serctl(seed_server, "call", "tls.certificates")
    assert str(seed_server.pki / "server.pem") in certificates
    assert "days_left" in certificates
    options = run_serctl(seed_server, "call", "tls.options")
    assert str(seed_server.pki / "server.key") in options
    assert "PRIVATE KEY" not in options
    assert run_serctl(seed_server, "call", "tls.info").split()[0] == "max_connections"


def test_certificate_near_its_end_is_said_in_the_log_and_in_numbers(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    authority = open_authority(pki)
    names = alternative_names("localhost", "127.0.0.1")
    ends = datetime.now(UTC) + timedelta(days=3, hours=1)
    profile = Profile(common_names=("short",), usages=(SERVER_AUTH,), alternative_names=names, not_after=ends)
    path = write_credential(tmp_path, authority, profile, name="short")
    path.with_suffix(".key").chmod(0o600)
    server = start_server(seed_script(pki).replace(str(pki / "server"), str(path)))
    line = server.wait_for("tls: certificate 'CN=short' in .*short.pem, used by server:default, expires in 3 days")
    assert "#error" in line
    assert "(renew it, then call tls.reload)" in line
    with server.proxy("bob") as proxy:
        numbers: Any = proxy.tls.info()
        assert (numbers["days_left"], numbers["expiring"]) == (3, 1)
        rows: Any = proxy.tls.certificates()
        assert (rows[0]["subject"], rows[0]["state"], rows[0]["days_left"]) == ("CN=short", "urgent", 3)
