"""Digest users of management calls on a real server, with curl and serctl's own client."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest

from sertwist.server.examination import examine, read_script
from tests.system.running import call_document, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

POLICY = """
[role.reader]
who = [{ digest = "alice@lab" }]

[[allow]]
roles = ["reader"]
methods = ["core.version", "core.ps", "system.multicall"]
"""
MORE = """
modparam("xmlrpc", "policy", "policy.toml")
modparam("xmlrpc", "digest_file", "users.htdigest")
modparam("xmlrpc", "route", "MANAGE")
route[MANAGE] {
    if (!rpc_digest("lab")) {
        exit;
    }
    if (!rpc_policy()) {
        xmlrpc_reply("403", "denied");
        exit;
    }
    dispatch_rpc();
}
route {
"""


def script(pki: Path) -> str:
    return seed_script(pki).replace("route{", "route {").replace("route {", MORE, 1)


@pytest.fixture
def started(start_server: StartServer, pki: Path, tmp_path: Path) -> RunningServer:
    folder = tmp_path / "server0"
    folder.mkdir()
    (folder / "policy.toml").write_text(POLICY)
    ha1 = hashlib.md5(b"alice:lab:secret", usedforsecurity=False).hexdigest()
    (folder / "users.htdigest").write_text(f"alice:lab:{ha1}\n")
    (folder / "users.htdigest").chmod(0o600)
    return start_server(script(pki))


def curl(server: RunningServer, *options: str, method: str = "core.version") -> str:
    command = ["curl", "-sS", "--cacert", str(server.pki / "ca.pem"), "-H", "Content-Type: text/xml"]
    command += ["--data-binary", call_document(method).decode(), *options, server.url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def test_curl_calls_as_a_digest_user(started: RunningServer) -> None:
    assert "sertwist" in curl(started, "--digest", "-u", "alice:secret")
    assert "denied" in curl(started, "--digest", "-u", "alice:secret", method="core.kill")
    started.wait_for("denied.*user 'alice' of 'lab'")
    assert "401 Unauthorized" in curl(started, "--digest", "-u", "alice:wrong")
    assert "401 Unauthorized" in curl(started)


def test_the_checker_finds_the_script_sound(started: RunningServer) -> None:
    found = examine(read_script(started.directory / "ser.cfg"))
    assert [
        each.headline for each in found.findings if each.severity.value != "hint" and "SSLv23" not in each.text
    ] == []


def test_a_file_that_can_not_be_used_is_told(started: RunningServer) -> None:
    (started.directory / "users.htdigest").write_text("alice:lab:nothing\n")
    found = examine(read_script(started.directory / "ser.cfg"))
    assert any("line 1: write user:realm:HA1" in each.text for each in found.findings)
