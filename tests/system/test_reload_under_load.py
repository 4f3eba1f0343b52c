"""Reloads while others call and shake hands: nobody notices, nothing is left behind (reference tls 11.3)."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import threading
import time
import xmlrpc.client
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names
from tests.system.issuing import open_authority, write_credential
from tests.system.running import RunningServer, call_document, read_response, seed_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.conftest import StartServer

RELOADS = 60
DONE = "Ok. TLS configuration reloaded."
CALL = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"


def request(method: str = "core.version") -> bytes:
    body = call_document(method)
    return CALL % (len(body), body)


def memory_kib(server: RunningServer) -> int:
    """Memory of its own, what it shares with other processes left out."""
    text = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Anonymous:\s+(\d+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


class Caller(threading.Thread):
    """Calls until told to stop, on one connection or each time on a new one; what fails is in `failures`."""

    def __init__(self, server: RunningServer, stop: threading.Event, *, new: bool) -> None:
        super().__init__(daemon=True)
        self.server, self.stop, self.new = server, stop, new
        self.calls = 0
        self.failures: list[BaseException] = []

    def run(self) -> None:
        proxy = self.server.proxy("bob")
        while not self.stop.is_set():
            try:
                if self.new:
                    proxy = self.server.proxy("bob")
                assert str(proxy.core.version()).startswith("sertwist")
                self.calls += 1
            except Exception as error:  # noqa: BLE001 (any failure is what is looked for)
                self.failures.append(error)


def test_reloads_under_load_fail_no_call_and_leave_no_memory(start_server: StartServer) -> None:
    server = start_server()
    stop = threading.Event()
    callers = [Caller(server, stop, new=new) for new in (False, False, True, True)]
    for caller in callers:
        caller.start()
    sizes = []
    with server.proxy("bob") as proxy:
        for _ in range(RELOADS):
            assert proxy.tls.reload() == DONE
            sizes.append(memory_kib(server))
        answer: Any = proxy.tls.reload("struct")
    stop.set()
    for caller in callers:
        caller.join(60)
    assert answer["generation"] == RELOADS + 2
    assert [caller.failures for caller in callers] == [[], [], [], []]
    assert all(caller.calls > 0 for caller in callers)
    # A generation that stayed would cost 85 KiB with each reload: 3,400 in the last forty.
    assert max(sizes[-10:]) - max(sizes[10:20]) < 1_500
    server.assert_unharmed()


def test_fifty_reload_calls_at_the_same_time_are_few_reloads_and_all_are_answered(start_server: StartServer) -> None:
    server = start_server()
    socks = [server.connect("tls", "bob") for _ in range(50)]
    for sock in socks:
        sock.sendall(request("tls.reload"))
    answers = [read_response(sock) for sock in socks]
    assert [status for status, _, _ in answers] == [200] * 50
    assert all(DONE.encode() in body for _, _, body in answers)
    with server.proxy("bob") as proxy:
        answer: Any = proxy.tls.reload("struct")
    assert answer["generation"] < 25  # those that came while one ran have shared it
    for sock in socks:
        sock.close()
    server.assert_unharmed()


class LateClient:
    """A TLS client that reads nothing before it must: so its handshake stands still in between."""

    def __init__(self, server: RunningServer, context: ssl.SSLContext, source: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", server.ports["tls"]), timeout=30, source_address=(source, 0))
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")

    def say_hello(self) -> None:
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        self.sock.sendall(self._out.read())

    def has_answer(self) -> bool:
        """Waits for it."""
        return bool(self.sock.recv(1, socket.MSG_PEEK))

    def do_handshake(self) -> None:
        self._finish(self._tls.do_handshake)

    def sendall(self, data: bytes) -> None:
        self._finish(lambda: self._tls.write(data))

    def recv(self, size: int) -> bytes:
        return self._finish(lambda: self._tls.read(size))

    def _finish(self, attempt: Callable[[], Any]) -> Any:
        while True:
            try:
                result = attempt()
            except ssl.SSLWantReadError:
                self.sock.sendall(self._out.read())
                data = self.sock.recv(65_536)
                if not data:
                    raise ConnectionError("closed") from None
                self._in.write(data)
            else:
                self.sock.sendall(self._out.read())
                return result


def _wait_for_handshakes(proxy: Any, count: int) -> int:
    """How many handshakes are in progress, once there are `count` or ten seconds have passed."""
    end = time.monotonic() + 10
    while True:
        found = sum(row["state"] == "handshake" for row in proxy.tls.list())
        if found >= count or time.monotonic() > end:
            return found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_handshakes_that_run_during_a_reload_come_to_their_end(
    start_server: StartServer, pki: Path, version: ssl.TLSVersion
) -> None:
    script = seed_script(pki).replace("route {", 'modparam("tls", "handshake_timeout", "60")\nroute {', 1)
    server = start_server(script)
    context = server.context("bob")
    context.minimum_version = context.maximum_version = version
    # Fifty of an address: past a bound an address loses its oldest.
    clients = [LateClient(server, context, f"127.0.0.{1 + number // 50}") for number in range(200)]
    for client in clients[:100]:
        client.say_hello()
    assert all(client.has_answer() for client in clients[:100])
    with server.proxy("bob") as proxy:
        for _ in range(3):
            assert proxy.tls.reload() == DONE
        assert _wait_for_handshakes(proxy, 200) == 200  # the last may be waiting in the kernel
        for client in clients:
            client.do_handshake()
            client.sendall(request())
        assert {read_response(client)[0] for client in clients} == {200}
        rows = proxy.tls.list()
    ports = {client.sock.getsockname()[1] for client in clients}
    ours = [row for row in rows if row["src_port"] in ports]
    assert len(ours) == 200
    assert all(row["peer"]["verified"] for row in ours)
    # What the ClientHello found, and what those after it did.
    assert Counter(row["generation"] for row in ours) == {1: 100, 4: 100}
    for client in clients:
        client.sock.close()
    server.assert_unharmed()


def test_renewed_certificate_without_its_key_changes_nothing_until_the_key_is_there(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("server.pem", "server.key", "ca.pem"):
        shutil.copy(pki / name, own / name)
    server = start_server(seed_script(own))
    profile = Profile(
        common_names=("renewed",), usages=(SERVER_AUTH,), alternative_names=alternative_names("localhost", "127.0.0.1")
    )
    write_credential(tmp_path, open_authority(pki), profile, name="new")
    shutil.copy(tmp_path / "new.pem", own / "server.pem")
    with server.proxy("bob") as proxy:
        with pytest.raises(xmlrpc.client.Fault, match=r"server\.key does not belong to certificate"):
            proxy.tls.reload()
        assert _presented(server) == "localhost"
        shutil.copy(tmp_path / "new.key", own / "server.key")
        (own / "server.key").chmod(0o600)
        assert proxy.tls.reload() == DONE
    assert _presented(server) == "renewed"


def _presented(server: RunningServer) -> str:
    with server.connect("tls", "bob") as sock:
        return {name: value for rdn in sock.getpeercert()["subject"] for name, value in rdn}["commonName"]
