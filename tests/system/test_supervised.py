"""What systemd hears of a server, on a socket in its place; and the unit file."""

from __future__ import annotations

import configparser
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.task import Clock

from sertwist.server.supervisor import Supervisor

if TYPE_CHECKING:
    import pytest

    from tests.system.conftest import StartServer

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"


def _listener(path: Path | str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(20)
    return sock


def test_a_server_tells_that_it_is_ready_lives_and_stops(
    start_server: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    with _listener(tmp_path / "n") as heard:
        server = start_server()
        first = heard.recv(4096).decode().splitlines()
        assert first[0] == "READY=1"
        assert f"MAINPID={server.process.pid}" in first
        assert [heard.recv(4096), heard.recv(4096)] == [b"WATCHDOG=1"] * 2
        server.process.terminate()
        while (last := heard.recv(4096)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1\nSTATUS=stopping: SIGTERM"
        assert server.wait_exit() == 0


def test_the_watchdog_is_fed_each_half_of_its_time(tmp_path: Path) -> None:
    clock = Clock()
    with _listener(f"\0{tmp_path}") as heard:
        heard.settimeout(0)
        Supervisor({"NOTIFY_SOCKET": f"@{tmp_path}", "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "7"}, clock, 7).ready(
            "x"
        )
        assert heard.recv(4096).startswith(b"READY=1\nSTATUS=x\n")
        assert heard.recv(4096) == b"WATCHDOG=1"
        clock.advance(4.9)
        assert [call.getTime() for call in clock.getDelayedCalls()] == [5.0]
        clock.advance(0.1)
        assert heard.recv(4096) == b"WATCHDOG=1"


def test_a_watchdog_for_another_process_is_not_fed(tmp_path: Path) -> None:
    clock = Clock()
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "none"), "WATCHDOG_USEC": "10", "WATCHDOG_PID": "8"}, clock, 7).ready(
        "x"
    )
    assert clock.getDelayedCalls() == []


def test_the_unit_waits_for_the_word_and_watches() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / "sertwist.service")
    service = unit["Service"]
    assert (service["Type"], service["WatchdogSec"], service["ProtectSystem"]) == ("notify", "30", "strict")
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"]) == ("yes", "")
