"""Next hops that are slow in every way: each is bounded, and nobody else waits for it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.limits import ConnectionLimits
from tests.next_hop import RecordingHop, answer_to, server_context, whole_message
from tests.system.sip_caller import Caller, request_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

SCRIPT = """
loadmodule "sl"
loadmodule "tls"
modparam("tls", "certificate", "{pki}/server.pem")
modparam("tls", "private_key", "{pki}/server.key")
modparam("tls", "certificate", "@{pki}/bob.pem")
modparam("tls", "private_key", "@{pki}/bob.key")
modparam("tls", "ca_list", "@{pki}/ca.pem")
modparam("tls", "handshake_timeout", "@{handshake_timeout}")
tcp_send_timeout = 1
listen = udp:127.0.0.1:0
listen = tcp:127.0.0.1:0
listen = tls:127.0.0.1:0
route {{
    if (uri =~ "^sip:here@") {{ sl_reply("200", "Here"); exit; }}
    {route}
}}
"""


def _start(start_server: StartServer, pki: Path, route: str, handshake_timeout: int = 3) -> RunningServer:
    return start_server(SCRIPT.format(pki=pki, route=route, handshake_timeout=handshake_timeout))


def _answer_all(call: Any) -> None:
    while True:
        call.answer(call.message())


def test_hop_that_never_shakes_hands_is_given_up_on_and_delays_nobody_else(
    start_server: StartServer, pki: Path
) -> None:
    good_context = server_context(pki / "server")
    with RecordingHop(handshake=False) as silent, RecordingHop(good_context, then=_answer_all) as good:
        server = _start(
            start_server,
            pki,
            f"""
            if (uri =~ "^sip:silent@") {{ forward_tls("localhost", {silent.port}); exit; }}
            forward_tls("localhost", {good.port});
            """,
        )
        slow, quick = Caller(server), Caller(server)
        before = time.monotonic()
        slow.send("silent")
        for _ in range(20):
            assert quick.ask("good") == "200 OK"
        assert quick.ask("here") == "200 Here"
        slow.sock.settimeout(0)
        with pytest.raises(BlockingIOError):  # it is still waiting
            slow.sock.recv(1)
        slow.sock.settimeout(20)
        assert slow.status() == "500 Next Hop Not Reachable"
        assert time.monotonic() - before < 15
        assert "the handshake took too long" in server.wait_for("cannot connect to tls")
        slow.send("silent")  # not tried again: refused at once
        assert slow.status() == "500 Next Hop Not Reachable"
        assert silent.accepted == 1
        server.assert_unharmed()


def test_hop_that_never_reads_is_bounded_and_cut_off_and_delays_nobody_else(
    start_server: StartServer, pki: Path
) -> None:
    context = server_context(pki / "server")
    with RecordingHop(context) as stuffed, RecordingHop(context, then=_answer_all) as good:
        server = _start(
            start_server,
            pki,
            f"""
            if (uri =~ "^sip:stuffed@") {{ forward_tls("localhost", {stuffed.port}); exit; }}
            forward_tls("localhost", {good.port});
            """,
        )
        slow, quick = Caller(server), Caller(server)
        slow.send("stuffed", size=60_000)
        stuffed.call()
        # What the kernels hold is theirs to say; past that and ours, requests are refused at once.
        for _ in range(400):
            slow.send("stuffed", size=60_000)
            assert quick.ask("good") == "200 OK"
            slow.sock.settimeout(0)
            try:
                assert slow.status() == "503 Too Much Waits For Next Hops"
                break
            except BlockingIOError:
                continue
        else:
            pytest.fail("nothing was refused")
        assert "the peer does not read" in server.wait_for("connection dropped")
        assert quick.ask("good") == "200 OK"
        server.assert_unharmed()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("waiting", [ConnectionLimits().max_waiting - 1, ConnectionLimits().max_waiting])
def test_requests_that_wait_let_others_of_their_connection_pass_up_to_a_bound(
    start_server: StartServer, pki: Path, waiting: int
) -> None:
    with RecordingHop(handshake=False) as silent:
        server = _start(start_server, pki, f'forward_tls("localhost", {silent.port});', handshake_timeout=4)
        with server.connect("tcp") as sock:
            slow = [request_to("silent", f"z9hG4bKslow{number}", "TCP") for number in range(waiting)]
            sock.sendall(b"".join(slow) + request_to("here", "z9hG4bKquick", "TCP"))
            statuses = [_next_status(sock) for _ in range(waiting + 1)]
        passed = statuses.index("200 Here")
        assert passed == (0 if waiting < ConnectionLimits().max_waiting else 1)
        assert statuses.count("500 Next Hop Not Reachable") == waiting
        server.assert_unharmed()


_kept: dict[int, bytes] = {}


def _next_status(sock: Any) -> str:
    data = _kept.pop(id(sock), b"")
    while not (length := whole_message(data)):
        chunk = sock.recv(65_536)
        assert chunk, data
        data += chunk
    _kept[id(sock)] = data[length:]
    return data.partition(b"\r\n")[0].decode().removeprefix("SIP/2.0 ")


def test_openssl_is_a_next_hop(start_server: StartServer, pki: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl is not installed"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [openssl, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", f"{pki}/server.pem"]
    command += ["-key", f"{pki}/server.key", "-CAfile", f"{pki}/ca.pem", "-Verify", "2", "-verify_return_error"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while b"ACCEPT" not in process.stdout.readline():
            assert process.poll() is None
        server = _start(start_server, pki, f'forward_tls("localhost", {port});')
        caller = Caller(server)
        caller.send("openssl")
        output = b""
        while not re.search(rb"OPTIONS .*\r\n\r\n", output, re.DOTALL):
            output += process.stdout.read1(65_536)  # type: ignore[attr-defined]
        request = output[output.index(b"OPTIONS ") :]
        process.stdin.write(answer_to(request))
        process.stdin.flush()
        assert caller.status() == "200 OK"
        while not re.search(rb"CIPHER is|Verification|subject=", output):
            output += process.stdout.read1(65_536)  # type: ignore[attr-defined]
        assert re.search(rb"CN ?= ?Bob", output)
        server.assert_unharmed()
    finally:
        process.kill()
        process.wait()


def test_requests_that_can_not_go_on_are_no_flood_of_log_lines(start_server: StartServer) -> None:
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        script = f"""
listen = udp:127.0.0.1:0
loadmodule "sl"
route {{
    if (!forward_tcp("127.0.0.1", "{port}")) {{ sl_reply("503", "No Way"); }}
}}
"""
        server = start_server(script)
        caller = Caller(server)
        for _ in range(400):
            assert caller.ask("there").startswith("503")
    held = server.wait_for("more lines about peers: too many to log each")
    written = len(re.findall("not forwarded|cannot connect", server.log_text()))
    assert 100 <= written < 400
    assert int(re.findall(r"(\d+) more lines", held)[0]) > 0
