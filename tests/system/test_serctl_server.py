"""serctl as an operator runs it, on the real server: what it prints, how it exits, what becomes of the server."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.running import SCRIPTS, RunningServer

if TYPE_CHECKING:
    from tests.system.conftest import StartServer

SERCTL = str(Path(sys.executable).with_name("serctl"))
RUN_DEMO = SCRIPTS.parent / "tools" / "run-demo"


@dataclass
class Ran:
    """How serctl ended."""

    status: int
    out: str
    err: str


def _run(home: Path, *arguments: object) -> Ran:
    """Run serctl with nothing of this machine's configuration and no terminal."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SERCTL_", "XDG_"))}
    done = subprocess.run(
        [SERCTL, *map(str, arguments)], cwd=home, env={**environment, "HOME": str(home)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def _as(server: RunningServer, name: str, *arguments: object, url: str = "", cacert: str = "ca") -> Ran:
    pki = server.pki
    options = ("--url", url or server.url, "--cacert", pki / f"{cacert}.pem", "--cert", pki / f"{name}.pem")
    return _run(server.directory, *options, "--key", pki / f"{name}.key", *arguments)


def test_version_is_printed_plainly(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "version")
    assert (ran.status, ran.err) == (0, "")
    assert re.fullmatch(r"sertwist \S+ \(Python \S+, Twisted \S+\)\n", ran.out)


def test_processes_are_shown_with_the_servers_number(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "ps")
    assert (ran.status, ran.err) == (0, "")
    assert str(seed_server.process.pid) in ran.out
    assert "main process" in ran.out


def test_uptime_is_json_when_wanted(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "-o", "json", "uptime")
    assert (ran.status, ran.err) == (0, "")
    assert isinstance(json.loads(ran.out)["uptime"], int)


def test_methods_and_their_help_are_the_servers(seed_server: RunningServer) -> None:
    methods = _as(seed_server, "bob", "-o", "json", "methods")
    assert methods.status == 0
    names = json.loads(methods.out)
    assert "core.kill" in str(names)
    help_ = _as(seed_server, "bob", "help", "core.kill")
    assert help_.status == 0
    assert "core.kill" in help_.out
    assert "Stop the server" in help_.out


def test_arguments_keep_their_types_on_the_way(seed_server: RunningServer) -> None:
    ran = _as(
        seed_server, "bob", "-o", "json", "call", "core.echo", "i:5", "s:5", "b:true", "d:1.5", "85030A", "ž", ";x=y"
    )
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.out) == [5, "5", True, 1.5, "85030A", "ž", ";x=y"]


def test_status_is_4_when_the_script_denies_a_call(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "kill", "--yes")
    assert (ran.status, ran.out) == (4, "")
    assert "Access to core.kill denied" in ran.err
    assert seed_server.process.poll() is None


def test_kill_is_not_even_sent_when_nobody_can_confirm_it(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "ser-killer", "kill")
    assert (ran.status, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert seed_server.process.poll() is None


@pytest.mark.parametrize("certificate", ["expired", "revoked", "wrong-ca", "self-signed", "wrong-purpose"])
def test_status_is_4_when_the_certificate_is_not_good(seed_server: RunningServer, certificate: str) -> None:
    ran = _as(seed_server, certificate, "call", "core.version")
    assert (ran.status, ran.out) == (4, "")
    assert "Unauthorized" in ran.err


def test_status_is_5_when_the_method_is_not_known(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "call", "no.such.method")
    assert (ran.status, ran.out) == (5, "")


def test_status_is_1_when_the_method_faults(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "ser-killer", "call", "--yes", "core.kill", "i:9")
    assert (ran.status, ran.out) == (1, "")
    assert seed_server.process.poll() is None


def test_nothing_is_sent_when_the_server_is_not_of_the_ca(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "version", cacert="other-ca")
    assert (ran.status, ran.out) == (3, "")
    assert "certificate" in ran.err


def test_nothing_is_sent_when_the_servers_name_is_another(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "--servername", "sip.example.org", "version")
    assert (ran.status, ran.out) == (3, "")
    assert "sip.example.org" in ran.err


def test_status_is_3_when_the_server_is_gone(start_server: StartServer) -> None:
    server = start_server()
    server.end()
    ran = _as(server, "bob", "version")
    assert (ran.status, ran.out) == (3, "")


def test_status_is_3_when_the_port_speaks_no_tls(seed_server: RunningServer) -> None:
    ran = _as(seed_server, "bob", "version", url=f"https://localhost:{seed_server.ports['tcp']}/RPC2")
    assert (ran.status, ran.out) == (3, "")


def _lines_of_the_demo() -> list[list[str]]:
    """The arguments of the serctl lines that tools/run-demo prints."""
    lines = re.findall(r"^ +\$bin/serctl (.*)$", RUN_DEMO.read_text(), re.MULTILINE)
    return [line.split() for line in lines]


def test_every_line_that_the_demonstration_prints_works_when_pasted(start_server: StartServer, pki: Path) -> None:
    server = start_server()
    folder = server.directory
    (folder / "conf").mkdir(mode=0o700)
    (folder / "conf" / "pki").symlink_to(pki)
    text = (SCRIPTS / "serctl.toml").read_text()
    assert text.count(":5061/") == 2
    config = folder / "conf" / "serctl.toml"
    config.write_text(text.replace(":5061/", f":{server.ports['tls']}/"))
    config.chmod(0o600)
    lines = _lines_of_the_demo()
    assert len(lines) == 4
    assert all(line[:2] == ["--config", "conf/serctl.toml"] for line in lines)
    ran = [_run(folder, *line) for line in lines]
    assert [each.status for each in ran] == [0, 0, 4, 0]
    assert "main process" in ran[0].out
    assert "uptime" in json.loads(ran[1].out)
    assert "Access to core.kill denied" in ran[2].err
    assert server.wait_exit() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.ports["tls"]))
