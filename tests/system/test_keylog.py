"""Session keys go to a file only when the script says so twice."""

from __future__ import annotations

import re
import stat
import subprocess
from typing import TYPE_CHECKING

from tests.system.running import TWISTD, RunningServer, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.system.conftest import StartServer

FILE = 'modparam("tls", "keylog_file", "keys.log")\n'
ALLOWED = 'modparam("tls", "allow_keylog", "yes")\n'


def script_with(pki: Path, lines: str) -> str:
    return seed_script(pki).replace("route {", f"{lines}route {{", 1)


def handshake(server: RunningServer, version: str) -> None:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['tls']}", f"-{version}"]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    assert re.search(r"Cipher is [A-Z]", done.stdout)


def test_environment_variable_alone_does_nothing(
    start_server: StartServer, pki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    server = start_server(seed_script(pki))
    monkeypatch.delenv("SSLKEYLOGFILE")  # of the clients here
    for version in ("tls1_2", "tls1_3"):
        handshake(server, version)
    assert list(tmp_path.rglob("keys.log")) == []
    assert "key" not in server.log_text().lower()


def test_file_without_permission_is_an_error_at_the_start(tmp_path: Path, pki: Path) -> None:
    (tmp_path / "ser.cfg").write_text(script_with(pki, FILE))
    command = [TWISTD, "-n", "--pidfile=", "sertwist", "--config", "ser.cfg"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "set allow_keylog to yes besides" in done.stderr
    assert not (tmp_path / "keys.log").exists()


def test_keys_of_both_versions_go_to_the_file_with_a_warning_at_every_start(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    path = tmp_path / "keys.log"
    script = script_with(pki, FILE.replace("keys.log", str(path)) + ALLOWED)
    for count in (1, 2):
        server = start_server(script)
        line = server.wait_for("may read all that is sent")
        assert "#warn" in line
        for version in ("tls1_2", "tls1_3"):
            handshake(server, version)
        text = path.read_text()
        assert len(re.findall(r"^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$", text, re.MULTILINE)) == count
        assert len(re.findall(r"^SERVER_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$", text, re.MULTILINE)) == count
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        secret = re.search(r"[0-9a-f]{96}", text)
        assert secret is not None
        assert secret[0] not in server.log_text()
        server.end()
