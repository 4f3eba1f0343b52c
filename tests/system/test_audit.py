"""The audit log of a real server: over its start and end, a crash, SIGHUP, and what `sertwist audit` says of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import xmlrpc.client
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.running import RunningServer, seed_script

if TYPE_CHECKING:
    from tests.system.conftest import StartServer

SERTWIST = str(Path(sys.executable).with_name("sertwist"))


def script(pki: Path, log: Path) -> str:
    """The announcement's example, with an audit log of all calls."""
    lines = f'modparam("xmlrpc", "audit_file", "{log}")\nmodparam("xmlrpc", "audit", "all")\n'
    text = seed_script(pki)
    at = text.index("\nroute")
    return text[:at] + "\n" + lines + text[at:]


def sertwist(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SERTWIST, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)


def records(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def run(server: RunningServer) -> RunningServer:
    """The same, once it takes signals."""
    with server.proxy("bob") as proxy:
        proxy.core.version()
    return server


def end(server: RunningServer) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit() == 0


def test_log_holds_over_a_restart_and_a_crash(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    end(run(start_server(script(pki, log))))
    second = run(start_server(script(pki, log)))
    second.process.kill()
    second.wait_exit()
    run(start_server(script(pki, log)))
    kinds = [(each["kind"], each.get("reason")) for each in records(log) if each["kind"] != "outcome"]
    assert kinds == [("start", None), ("stop", "SIGTERM"), ("start", None), ("start", None)]
    done = sertwist("audit", "verify", log)
    assert (done.returncode, done.stderr) == (0, "")
    note, holds = done.stdout.splitlines()
    assert note.endswith(": the server had not ended in order before it started here")
    assert holds.startswith("audit.log: holds, records 1 to ")


def test_file_that_was_moved_is_followed_by_another_at_sighup(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    log = tmp_path / "audit.log"
    server = run(start_server(script(pki, log)))
    log.rename(tmp_path / "audit.log.1")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("audit log: the file is not under its name any more; another was begun")
    end(server)
    assert [each["kind"] for each in records(log)][-1] == "stop"
    assert sertwist("audit", "verify", log).returncode == 0


def test_log_that_can_not_be_written_is_told_at_the_start(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    server = start_server(script(pki, tmp_path / "none" / "audit.log"))
    server.wait_for(
        "audit log: cannot write: .*/none/audit.log.head: No such file or directory; until it can, calls that change "
        "something are refused"
    )
    (tmp_path / "none").mkdir()
    deadline = time.monotonic() + 20
    while not (tmp_path / "none" / "audit.log").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_calls_are_recorded_with_who_made_them_and_core_kill_before_it_runs(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    log = tmp_path / "audit.log"
    server = run(start_server(script(pki, log)))
    with server.proxy("bob") as bob, pytest.raises(xmlrpc.client.Fault, match="denied"):
        bob.core.kill()
    with server.proxy("ser-killer") as killer:
        killer.core.kill()
    assert server.wait_exit() == 0
    seen = [(each["kind"], each.get("methods"), each.get("decision")) for each in records(log)]
    kill = ["core.kill"]
    assert seen == [
        ("start", None, None),
        ("outcome", ["core.version"], "allowed"),
        ("refused", kill, "refused"),
        ("intent", kill, "allowed"),
        ("outcome", kill, "allowed"),
        ("stop", None, None),
    ]
    refused, intent, outcome = records(log)[2:5]
    assert refused["caller"]["subject"] == "CN=Bob"
    assert refused["code"] >= 400
    assert "SER-Killer" in intent["caller"]["subject"]
    assert intent["caller"]["key"].startswith("cert:")
    assert (intent["protocol"], intent["effect"], intent["text"]) == ("TLS", "destructive", "core.kill()")
    assert intent["call"] == outcome["call"] != refused["call"]
    assert intent["bytes_in"] > 0
    assert (outcome["code"], outcome["duration_us"] > 0) == (0, True)
    assert sertwist("audit", "verify", "--quiet", log).stdout == ""


def test_destructive_call_is_refused_while_the_log_can_not_be_written(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    server = start_server(script(pki, tmp_path / "none" / "audit.log"))
    with server.proxy("ser-killer") as killer:
        assert killer.core.version()
        with pytest.raises(xmlrpc.client.Fault, match="Audit log can not be written") as refused:
            killer.core.kill()
        assert refused.value.faultCode == 503
        (tmp_path / "none").mkdir()
        deadline = time.monotonic() + 20
        while not (tmp_path / "none" / "audit.log").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert killer.core.kill() == 1
    assert server.wait_exit() == 0
    assert [each["kind"] for each in records(tmp_path / "none" / "audit.log")][-3:] == ["intent", "outcome", "stop"]


def test_changed_log_is_told_with_its_line_and_status_1(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    end(run(start_server(script(pki, log))))
    log.write_bytes(log.read_bytes().replace(b'"SIGTERM"', b'"SIGKILL"'))
    last = len(records(log))
    done = sertwist("audit", "verify", log)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"error: audit.log:{last}: record {last} was changed\n",
    )
