"""Another version of the script while the server runs: by call and by signal, all of it or nothing."""

from __future__ import annotations

import hashlib
import signal
import threading
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.system.running import options_request, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


def script_with(pki: Path, status: int, more: str = "") -> str:
    """The announcement's script, with SIP answered by `status`."""
    text = seed_script(pki)
    marker = "route {" if "route {" in text else "route{"
    answer = f'if (method == "OPTIONS") {{ sl_reply("{status}", "As told"); exit; }}'
    return more + text.replace(marker, f"{marker}\n{answer}", 1)


def status_of(server: RunningServer) -> int:
    with server.connect("tcp") as sock:
        sock.sendall(options_request("TCP"))
        return int(sock.recv(4096).split()[1])


def rewrite(server: RunningServer, text: str) -> None:
    (server.directory / "ser.cfg").write_text(text)


def test_reload_puts_the_changed_routes_in_force(start_server: StartServer, pki: Path) -> None:
    server = start_server(script_with(pki, 200))
    proxy = server.proxy("bob")
    assert status_of(server) == 200
    rewrite(server, script_with(pki, 486))
    answer = proxy.script.reload()
    assert answer["generation"] == 2
    assert status_of(server) == 486
    info = proxy.script.info()
    text = (server.directory / "ser.cfg").read_bytes()
    assert info["sha256"] == hashlib.sha256(text).hexdigest()
    assert (info["generation"], info["file"]) == (2, str(server.directory / "ser.cfg"))
    assert proxy.script.list_routes() == ["route"]


def test_errors_change_nothing_and_are_all_told(start_server: StartServer, pki: Path) -> None:
    server = start_server(script_with(pki, 200))
    proxy = server.proxy("bob")
    before = proxy.script.info()
    rewrite(server, script_with(pki, 486).replace("exit;", "exti; sl_repyl(1);", 1))
    with pytest.raises(xmlrpc.client.Fault) as raised:
        proxy.script.reload()
    assert raised.value.faultCode == 500
    assert "exti" in raised.value.faultString
    assert "sl_repyl" in raised.value.faultString
    assert "generation 1 stays" in raised.value.faultString
    assert status_of(server) == 200
    assert proxy.script.info() == before


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('loadmodule "maxfwd"\n', "module 'maxfwd' was not loaded"),
        ("tcp_connect_timeout=7\n", "'tcp_connect_timeout' has changed"),
        ("listen = udp:127.0.0.1:15999\n", "the listen lines"),
    ],
)
def test_what_needs_a_restart_is_refused_in_words(start_server: StartServer, pki: Path, more: str, told: str) -> None:
    server = start_server(script_with(pki, 200))
    rewrite(server, script_with(pki, 486, more))
    with pytest.raises(xmlrpc.client.Fault) as raised:
        server.proxy("bob").script.reload()
    assert told in raised.value.faultString
    assert "restart" in raised.value.faultString
    assert status_of(server) == 200


def test_check_tells_what_a_reload_would_do_and_does_nothing(start_server: StartServer, pki: Path) -> None:
    server = start_server(script_with(pki, 200))
    proxy = server.proxy("bob")
    rewrite(server, script_with(pki, 486))
    assert proxy.script.check()["usable"] is True
    rewrite(server, script_with(pki, 486) + "route[X] { nothing_such(); }\n")
    answer = proxy.script.check()
    assert answer["usable"] is False
    assert "nothing_such" in answer["findings"][0]
    assert status_of(server) == 200


def test_hangup_reloads_and_logs_it(start_server: StartServer, pki: Path) -> None:
    server = start_server(script_with(pki, 200))
    rewrite(server, script_with(pki, 486))
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(r"script: reloaded; generation 2")
    assert status_of(server) == 486
    rewrite(server, "route { nothing_such(); }")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(r"script: not reloaded, everything stays; generation 2")
    assert status_of(server) == 486
    assert "nothing_such" in server.log_text()


def test_no_request_is_lost_while_the_script_is_reloaded(start_server: StartServer, pki: Path) -> None:
    server = start_server(script_with(pki, 200))
    stop = threading.Event()

    def ask() -> tuple[int, set[bytes]]:
        count, seen = 0, set()
        with server.connect("tcp") as sock:
            while not stop.is_set():
                sock.sendall(options_request("TCP", branch=f"z9hG4bK{count}"))
                seen.add(sock.recv(4096).split()[1])
                count += 1
        return count, seen

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(ask) for _ in range(2)]
        proxy = server.proxy("bob")
        for generation in range(2, 12):
            rewrite(server, script_with(pki, 200 + generation % 2 * 2))
            assert proxy.script.reload()["generation"] == generation
        stop.set()
        for count, seen in (each.result() for each in running):
            assert count > 0
            assert seen <= {b"200", b"202"}
