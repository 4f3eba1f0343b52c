"""Every exit status of serctl by the real server, and the methods that it has for serctl."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sertwist.client import Client, FaultError, Options, OutcomeUnknownError
from sertwist.client.described import key_memory
from sertwist.client.failure import ExitCode
from tests.system.running import RunningServer, seed_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = 'loadmodule "cfg_rpc"\nloadmodule "htable"\nloadmodule "pike"\nmodparam("htable", "htable", "seen=>size=4")\n'
SOCKET = 'modparam("xmlrpc", "unix_socket", "rpc.sock")\n'
# What the announcement's script does not have: the Unix socket, and an answer that is no RPC at all.
ODD = f"""    if (@rpc.uid == "{os.getuid()}") {{
        dispatch_rpc();
        exit;
    }};
    if (method == "POST" && @xmlrpc.method == "odd.answer") {{
        sl_reply("200", "OK");
        exit;
    }};
"""


@pytest.fixture(scope="module")
def server(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    script = seed_script(pki)
    at = script.index("loadmodule")
    script = (script[:at] + MODULES + script[at:]).replace("route {\n", SOCKET + "route {\n" + ODD, 1)
    running = RunningServer.start(tmp_path_factory.mktemp("real"), script, pki, ())
    yield running
    running.end()


def command(server: RunningServer, *arguments: object, name: str = "bob", url: str = "") -> list[str]:
    pki = server.pki
    identity = ("--cert", pki / f"{name}.pem", "--key", pki / f"{name}.key") if name else ()
    words = ("--url", url or server.url, "--cacert", pki / "ca.pem", *identity, *arguments)
    return [sys.executable, "-m", "sertwist.serctl", *map(str, words)]


def bob(server: RunningServer) -> Options:
    return Options(cacert=server.pki / "ca.pem", cert=server.pki / "bob.pem", key=server.pki / "bob.key")


def run(server: RunningServer, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(server, *arguments, **more), capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done


REACHED = [
    (ExitCode.OK, ("version",)),
    (ExitCode.FAULT, ("--yes", "call", "tls.kill")),
    (ExitCode.USAGE, ("--timeout", "soon", "version")),
    (ExitCode.UNREACHABLE, ("--servername", "elsewhere.example.net", "version")),
    (ExitCode.DENIED, ("--yes", "kill")),
    (ExitCode.NOT_FOUND, ("call", "no.such_method")),
    (ExitCode.SOME_FAILED, ("--url", "https://localhost:1", "version")),
    (ExitCode.WARNING, ("health", "--warn-days", "100000", "--critical-days", "0")),
    (ExitCode.CRITICAL, ("health", "--critical-days", "100000")),
    (ExitCode.CHANGES, ("reload", "--dry-run")),
]


@pytest.mark.parametrize(("status", "arguments"), REACHED)
def test_exit_status_is_reached(server: RunningServer, status: ExitCode, arguments: tuple[str, ...]) -> None:
    done = run(server, *arguments)
    assert done.returncode == status, done.stderr


def test_exit_status_is_8_when_the_answer_is_no_rpc(server: RunningServer) -> None:
    done = run(server, "--yes", "call", "odd.answer")
    assert done.returncode == ExitCode.BAD_ANSWER, done.stderr


def test_exit_status_is_6_when_no_answer_comes_and_130_when_interrupted(server: RunningServer) -> None:
    assert run(server, "version").returncode == 0
    with Client(server.url, replace(bob(server), timeout=0.3, retries=0)) as client:
        assert client.call("core.version")  # connected
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(OutcomeUnknownError) as caught:
                client.call("core.version")
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
    assert caught.value.exit_code == ExitCode.UNKNOWN_OUTCOME
    process = subprocess.Popen(command(server, "watch", "version"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == ExitCode.INTERRUPTED


def test_every_exit_status_is_one_of_those_above() -> None:
    here = {status for status, _ in REACHED} | {ExitCode.BAD_ANSWER, ExitCode.UNKNOWN_OUTCOME, ExitCode.INTERRUPTED}
    assert here == set(ExitCode)


def test_settings_wait_are_tried_and_come_back(server: RunningServer) -> None:
    before = run(server, "-o", "json", "cfg", "get", "core", "debug").stdout
    assert run(server, "cfg", "diff").returncode == 0
    assert run(server, "cfg", "set", "core", "debug", "-1", "--delayed").returncode == 0
    assert run(server, "cfg", "diff").returncode == ExitCode.CHANGES
    assert run(server, "cfg", "commit", "--confirm", "60s").returncode == 0
    assert run(server, "-o", "json", "cfg", "get", "core", "debug").stdout == "-1\n"
    assert run(server, "cfg", "rollback").returncode == 0
    assert run(server, "-o", "json", "cfg", "get", "core", "debug").stdout == before


def test_hash_table_is_filled_and_emptied(server: RunningServer) -> None:
    assert run(server, "ht", "set", "seen", "0123", "7", "--int").returncode == 0
    item = json.loads(run(server, "-o", "json", "ht", "get", "seen", "0123").stdout)["item"]
    assert (item["name"], item["value"]) == ("0123", 7)
    assert run(server, "ht", "rm", "--yes", "seen", "0123").returncode == 0
    assert run(server, "ht", "get", "seen", "0123").returncode != 0


@pytest.mark.parametrize("protocol", ["xmlrpc", "jsonrpc"])
def test_both_protocols_give_the_same(server: RunningServer, protocol: str) -> None:
    done = run(
        server, "--protocol", protocol, "-o", "json", "call", "core.echo", "1", "s:2", "d:0.5", 'json:{"a": [null]}'
    )
    assert json.loads(done.stdout) == [1, "2", 0.5, {"a": [None]}]


@pytest.mark.parametrize("protocol", ["xmlrpc", "jsonrpc"])
def test_unix_socket_is_served(server: RunningServer, protocol: str) -> None:
    done = run(server, "--protocol", protocol, "version", name="", url=f"unix:{server.directory}/rpc.sock")
    assert (done.returncode, done.stdout.startswith("sertwist ")) == (0, True), done.stderr


def test_arguments_by_name_reach_the_method_over_both_protocols(server: RunningServer) -> None:
    for protocol in ("xmlrpc", "jsonrpc"):
        done = run(server, "--protocol", protocol, "-o", "json", "call", "cfg.get", "name=debug", "group=core")
        assert isinstance(json.loads(done.stdout), int), done.stderr


def test_batch_is_judged_as_a_whole(server: RunningServer, tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.write_text("core.version\ncore.echo 'a b' 5\n")
    done = run(server, "-o", "json", "--yes", "batch", batch)
    if done.returncode == ExitCode.DENIED:  # the script looks at the call's name alone, so it may not have a multicall
        assert "multicall" in done.stderr
    else:
        assert [row["ok"] for row in json.loads(done.stdout)] == [True, True]


def test_a_write_with_its_key_is_known_again_by_the_server(server: RunningServer) -> None:
    with Client(server.url, bob(server)) as client:
        key = f"test-{datetime.now(UTC).timestamp()}"
        memory = key_memory(client.session)
        assert memory
        first = client.call("htable.seti", "seen", "k", 1, idempotency_key=key)
        client.call("htable.delete", "seen", "k")
        assert client.call("htable.seti", "seen", "k", 1, idempotency_key=key) == first
        with pytest.raises(FaultError):
            client.call("htable.get", "seen", "k")
        assert key_memory(client.session) == memory


def test_changes_are_told_by_the_server(server: RunningServer) -> None:
    with Client(server.url, bob(server)) as client:
        client.call("htable.sets", "seen", "w", "1")
        told = client.watch("htable.get", ["seen", "w"], every=1.0)
        first = next(told)
        client.call("htable.sets", "seen", "w", "2")
        second = next(told)
        told.close()  # type: ignore[attr-defined]
        assert [each["item"]["value"] for each in (first, second)] == ["1", "2"]  # type: ignore[call-overload,index]
        with pytest.raises(FaultError):
            next(client.watch("htable.delete", ["seen", "w"]))


def test_watch_shows_what_the_server_tells(server: RunningServer) -> None:
    assert run(server, "ht", "set", "seen", "x", "1").returncode == 0
    words = ("-o", "json", "watch", "ht", "get", "seen", "x", "--every", "1s", "--until", "item.value == 2")
    process = subprocess.Popen(command(server, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        shown = [json.loads(process.stdout.readline()), json.loads(process.stdout.readline())]  # asked, then told
        calls = json.loads(run(server, "-o", "json", "call", "rpc.calls").stdout)
        assert ["rpc.watch"] in [each["methods"] for each in calls]
        assert run(server, "ht", "set", "seen", "x", "2").returncode == 0
        shown.append(json.loads(process.stdout.readline()))
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    assert [each["item"]["value"] for each in shown] == ["1", "1", "2"]


def test_server_says_who_may_what_and_why(server: RunningServer) -> None:
    assert run(server, "can-i", "core.ps").returncode == ExitCode.OK
    refused = run(server, "-o", "json", "can-i", "core.kill")
    assert (refused.returncode, json.loads(refused.stdout)["allowed"]) == (ExitCode.DENIED, False)
    assert run(server, "can-i", "core.kill", name="ser-killer").returncode == ExitCode.OK
    denied = run(server, "-o", "json", "--yes", "kill")
    call = json.loads(denied.stderr)["error"]["call"]
    explained = run(server, "explain", call)
    assert '@tls.peer = "Bob"' in explained.stdout
    assert explained.stdout.startswith(f"call: {call}\n")
    assert call in run(server, "rpc", "calls", "--failed").stdout
