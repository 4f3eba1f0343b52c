"""How the server starts, and the one clear line with which it does not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.running import TWISTD, seed_script

if TYPE_CHECKING:
    from tests.system.conftest import StartServer

SERTWIST = str(Path(sys.executable).with_name("sertwist"))


def _fails(tmp_path: Path, script: str) -> str:
    """What a start on `script` prints; its exit status must be 1."""
    (tmp_path / "ser.cfg").write_text(script)
    done = subprocess.run(
        [TWISTD, "-n", "--pidfile=", "sertwist", "--config", "ser.cfg"],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "listening on" not in done.stdout
    return done.stderr


def test_misspelt_function_is_shown_with_its_line_and_what_to_write(tmp_path: Path) -> None:
    text = (
        'loadmodule "sl"\nroute {\n    if (method == "OPTIONS") {\n        sl_repyl("200", "OK");\n    }\n'
        '    sl_reply("200");\n}\n'
    )
    assert _fails(tmp_path, text) == (
        "ser.cfg:4:9: error: unknown function 'sl_repyl' (did you mean 'sl_reply'?)\n"
        '        sl_repyl("200", "OK");\n'
        "        ^~~~~~~~\n"
        "ser.cfg:6:5: error: 'sl_reply' takes 2 arguments (code, reason), 1 given\n"
        '    sl_reply("200");\n'
        "    ^~~~~~~~~~~~~~~\n"
    )


def test_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = _fails(tmp_path, f'listen = tcp:127.0.0.1:{port}\nloadmodule "sl"\nroute {{ sl_reply("200", "OK"); }}\n')
    assert f"cannot listen on tcp:127.0.0.1:{port}: another program uses this port" in text
    assert text.count("\n") == 1


def test_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [TWISTD, "-n", "--pidfile=", "sertwist", "--config", "nowhere.cfg"],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1,
        "nowhere.cfg: cannot read the script: No such file or directory\n",
    )


def test_trust_file_that_is_not_whole_does_not_start_a_server_without_its_crl(tmp_path: Path, pki: Path) -> None:
    (tmp_path / "half.pem").write_bytes((pki / "ca.pem").read_bytes()[:-40])
    text = _fails(tmp_path, seed_script(pki).replace(str(pki / "ca.pem"), str(tmp_path / "half.pem")))
    assert "half.pem has a PEM block without an end: it is not whole" in text


@pytest.mark.parametrize(
    ("parameter", "replacement", "words"),
    [
        ("private_key", "{pki}/missing.key", "missing.key"),
        ("certificate", "{pki}/missing.pem", "missing.pem"),
        ("private_key", "{pki}/bob.key", "does not belong to"),
        ("ca_list", "{pki}", "folder"),
        ("certificate", "{pki}/server.key", "certificate"),
    ],
)
def test_tls_file_that_can_not_be_used_is_named_with_its_line(
    tmp_path: Path, pki: Path, parameter: str, replacement: str, words: str
) -> None:
    good = {"private_key": "server.key", "certificate": "server.pem", "ca_list": "ca.pem"}[parameter]
    script = seed_script(pki).replace(str(pki / good), replacement.format(pki=pki))
    text = _fails(tmp_path, script)
    assert words in text
    assert f'modparam("tls", "{parameter}"' in text


def test_all_problems_are_shown_in_one_run(tmp_path: Path, pki: Path) -> None:
    script = (
        seed_script(pki)
        .replace("server.key", "nokey.key")
        .replace("sl_reply(", "sl_repyl(")
        .replace('loadmodule "./modules/xmlrpc/xmlrpc.so"', 'loadmodule "xmlrcp"')
        .replace("break;\n        };\n\n        if", "breka;\n        };\n\n        if")
    )
    text = _fails(tmp_path, script)
    for words in ("nokey.key", "sl_repyl", "xmlrcp", "breka"):
        assert words in text


def test_private_key_that_others_can_read_is_refused_unless_that_is_allowed(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    exposed = tmp_path / "exposed.key"
    exposed.write_bytes((pki / "server.key").read_bytes())
    exposed.chmod(0o644)
    script = seed_script(pki).replace(str(pki / "server.key"), str(exposed))
    assert "exposed.key can be read by every user (mode 0644) (chmod 600)" in _fails(tmp_path, script)
    allowed = script.replace("route {", 'modparam("tls", "insecure_key_files", 1)\nroute {', 1)
    start_server(allowed).wait_for("warning: .*exposed.key can be read by every user")


def test_daemon_writes_its_pid_file_and_log_and_ends_by_signal(tmp_path: Path, pki: Path) -> None:
    (tmp_path / "ser.cfg").write_text(seed_script(pki))
    command = [TWISTD, "--pidfile", "run.pid", "--logfile", "run.log", "sertwist", "--config", "ser.cfg"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
    pid = int((tmp_path / "run.pid").read_text())
    _until(lambda: "runs ser.cfg" in _text(tmp_path / "run.log"))
    os.kill(pid, signal.SIGTERM)
    _until(lambda: not (tmp_path / "run.pid").exists())
    assert "stopped" in _text(tmp_path / "run.log")
    assert "Traceback" not in _text(tmp_path / "run.log")


def test_minimal_script_answers_at_the_port_it_was_asked_from(start_server: StartServer) -> None:
    text = (Path(__file__).parents[2] / "conf" / "minimal.cfg").read_text()
    server = start_server(text.replace(":5060", ":0"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(15)
        sock.sendto(
            b"OPTIONS sip:x@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:7;branch=z9hG4bKn\r\nFrom: <sip:a@x>;tag=1\r\n"
            b"To: <sip:x@x>\r\nCall-ID: n\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            ("127.0.0.1", server.ports["udp"]),
        )
        answer = sock.recv(65_536)
    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert b";received=127.0.0.1" in answer


def test_check_says_what_a_start_would(tmp_path: Path, pki: Path) -> None:
    (tmp_path / "good.cfg").write_text(seed_script(pki))
    (tmp_path / "bad.cfg").write_text("route { sl_reply(1); }")
    good = subprocess.run([SERTWIST, "check", "good.cfg"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (good.returncode, "good.cfg: ok, 3 sockets" in good.stdout) == (0, True)
    bad = subprocess.run([SERTWIST, "check", "bad.cfg"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "add 'loadmodule \"sl\"'" in bad.stderr or 'add loadmodule "sl"' in bad.stderr


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _until(condition: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
