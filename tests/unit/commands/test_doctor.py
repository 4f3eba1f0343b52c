"""`sertwist doctor`: each thing that would keep a server from running well is told, with what to do."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from sertwist.pki.demo import write_demo
from sertwist.server.cli import main
from sertwist.server.diagnosis import Finding, _backlog, _clock, _files


def _script(directory: Path, port: int, more: str = "") -> str:
    path = directory / "ser.cfg"
    path.write_text(f'{more}listen = udp:127.0.0.1:{port}\nloadmodule "sl"\nroute {{ sl_reply("200", "OK"); }}\n')
    return str(path)


def _findings(script: str, status: int) -> list[dict[str, str]]:
    result = CliRunner().invoke(main, ["doctor", "--config", script, "-o", "json"])
    assert result.exit_code == status, result.output
    answer = json.loads(result.output)
    assert answer["ok"] is (status == 0)
    found: list[dict[str, str]] = answer["findings"]
    return found


def test_a_script_that_can_run(tmp_path: Path) -> None:
    findings = _findings(_script(tmp_path, 0), 0)
    assert {each["about"] for each in findings} == {"libraries", "open files", "clock", "backlog", "script", "ports"}


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        findings = _findings(_script(tmp_path, taken.getsockname()[1]), 1)
    (port,) = [each for each in findings if each["state"] == "error"]
    assert port["about"] == "ports"
    assert "another program uses this port" in port["text"]
    assert port["fix"] == "stop it or change the listen line"


@pytest.mark.parametrize(
    ("more", "about", "words"),
    [('metrics_listen = "9091"\n', "ports", "no address and port"), ("nonsense = 1\n", "script", "nonsense")],
)
def test_what_is_wrong_in_the_script(tmp_path: Path, more: str, about: str, words: str) -> None:
    errors = [each for each in _findings(_script(tmp_path, 0, more), 1) if each["state"] == "error"]
    assert [each["about"] for each in errors] == [about]
    assert words in errors[0]["text"]


def test_no_script_at_all(tmp_path: Path) -> None:
    assert _findings(str(tmp_path / "none.cfg"), 1)[-1]["about"] == "script"


def test_certificates(tmp_path: Path) -> None:
    write_demo(tmp_path, now=datetime.now(UTC))
    tls = 'loadmodule "tls"\nmodparam("tls", "certificate", "server.pem")\nmodparam("tls", "private_key", "{}.key")\n'
    good = _findings(_script(tmp_path, 0, tls.format("server")), 0)
    assert [each["state"] for each in good if each["about"] == "certificates"]
    wrong = [each["text"] for each in _findings(_script(tmp_path, 0, tls.format("bob")), 1) if each["state"] == "error"]
    assert any("does not belong to certificate" in text for text in wrong)


def test_for_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["doctor", "-f", _script(tmp_path, 0)])
    assert result.exit_code == 0
    assert "ok      ports: udp:127.0.0.1:0 is free\n" in result.output


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        (_files(1024), "warning", "LimitNOFILE="),
        (_files(65_536), "ok", ""),
        (_clock(0.0), "error", "timedatectl"),
        (_clock(1_800_000_000.0), "ok", ""),
        (_backlog(Path("/nowhere")), "warning", ""),
    ],
)
def test_the_machine(finding: Finding, state: str, words: str) -> None:
    assert finding.state == state
    assert words in finding.fix


def test_a_small_backlog(tmp_path: Path) -> None:
    (tmp_path / "most").write_text("128\n")
    assert _backlog(tmp_path / "most").fix == "sysctl net.core.somaxconn=4096"
