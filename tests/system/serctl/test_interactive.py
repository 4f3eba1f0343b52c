"""Commands that go on: watch, top and the shell; and those about one's own certificate."""

from __future__ import annotations

import json
import os
import pty
import select
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography import x509

from sertwist.pki.commands import pki as pki_command
from tests.system.serctl.peer import fault_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.serctl.conftest import Run
    from tests.system.serctl.peer import Peer


@pytest.fixture
def counting(peer: Peer) -> Peer:
    numbers: Iterator[int] = iter(range(1, 1000))
    peer.methods |= {"core.tcp_info": lambda: {"opened": next(numbers), "max": 9}, "core.kill": True}
    return peer


# -- watch ------------------------------------------------------------------------------------------------------------


def test_watch_marks_what_changed_over_one_connection(serctl: Run, counting: Peer) -> None:
    ran = serctl("watch", "--every", "1ms", "--count", "3", "core", "tcp")
    lines = [line for line in ran.out.splitlines() if not line.startswith("#")]
    assert (ran.status, lines) == (
        0,
        ["opened  1", "max     9", "opened  2*", "max     9", "opened  3*", "max     9"],
    )
    assert counting.accepted == 1


def test_watch_ends_when_the_condition_holds(serctl: Run, counting: Peer) -> None:
    ran = serctl("watch", "core", "tcp", "-o", "json", "--every", "1ms", "--until", "opened >= 3")
    assert [json.loads(line)["opened"] for line in ran.out.splitlines()] == [1, 2, 3]
    assert ran.status == 0
    assert serctl("watch", "--every", "1ms", "--until", "opened < 0", "--count", "2", "core", "tcp").status == 1


def test_watch_goes_on_over_a_failure_and_ends_with_it(serctl: Run, peer: Peer) -> None:
    answers = iter([lambda: fault_document(500, "busy"), lambda: {"n": 1}])

    def answer() -> object:
        return next(answers)()

    peer.methods["core.tcp_info"] = answer
    ran = serctl("watch", "--every", "1ms", "--until", "n == 1", "--count", "5", "core", "tcp")
    assert (ran.status, "500 busy" in ran.err, "n  1" in ran.out) == (0, True, True)


@pytest.mark.parametrize(
    "command", [("kill",), ("ul", "add", "a", "b"), ("call", "unknown.method"), ("shell",), ("top",)]
)
def test_watch_repeats_nothing_that_may_change_something(serctl: Run, peer: Peer, command: tuple[str, ...]) -> None:
    ran = serctl("watch", "--count", "2", *command)
    assert ran.status == 2
    assert [name for name, _ in peer.calls if not str(name).startswith("system.")] == []


def test_watch_repeats_a_call_that_the_server_declares_a_read(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"m": 5, "system.methodInfo": {"effect": "read"}}
    assert serctl("watch", "--count", "2", "--every", "1ms", "call", "m").status == 0


# -- top --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(peer: Peer) -> Peer:
    requests = iter(range(0, 100_000, 100))
    peer.methods |= {
        "core.uptime": {"uptime": 90_061},
        "core.tcp_info": {"opened_connections": 3, "max_connections": 10},
        "xmlrpc.stats": lambda: {"requests": next(requests)},
        "tls.certs": [{"days_left": 40}, {"days_left": 12}],
    }
    peer.methods["system.listMethods"] = [*sorted(peer.methods)]
    return peer


def test_top_shows_frames_where_there_is_no_terminal(serctl: Run, busy: Peer) -> None:
    ran = serctl("top", "--count", "2", "--every", "10ms")
    assert ran.status == 0
    first, second = ran.out.split("SERVER")[1:]
    for words in ("sertwist 0.1.0", "1d 01:01:01", "3 of 10", "12 days"):
        assert words in first
    assert "xmlrpc.requests" in second
    assert "█" in second
    assert busy.accepted == 1


def test_top_shows_a_server_that_does_not_answer(run: Run) -> None:
    ran = run("--url", "https://localhost:1", "top")
    assert (ran.status, "refused" in ran.out) == (0, True)


# The terminal is made the process's own, so that Ctrl-C on it is an interrupt.
CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "sertwist.serctl", *sys.argv[1:]])
"""


class Terminal:
    """serctl on a terminal of its own."""

    def __init__(self, config: Path, *arguments: str) -> None:
        try:
            self.master, device = pty.openpty()
        except OSError:
            pytest.skip("no pseudo-terminals here (/dev/pts is not mounted)")
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
        command = [sys.executable, "-c", CONTROLLED, "--config", str(config), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=device,
            stdout=device,
            stderr=device,
            env=environment,
            start_new_session=True,
        )
        os.close(device)
        self.text = ""

    def wait_for(self, words: str) -> str:
        """Read until `words` come."""
        while words not in self.text:
            ready, _, _ = select.select([self.master], [], [], 30)
            assert ready, f"no {words!r} in {self.text!r}"
            try:
                self.text += os.read(self.master, 65_536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"no {words!r} in {self.text!r}") from None
        before, _, self.text = self.text.partition(words)
        return before

    def type(self, text: str) -> None:
        """Type `text`."""
        os.write(self.master, text.encode())

    def end(self) -> int:
        """The exit status."""
        status = self.process.wait(30)
        os.close(self.master)
        return status


@pytest.fixture
def config(peer: Peer, pki: Path, tmp_path: Path) -> Path:
    path = tmp_path / "serctl.toml"
    text = (
        f'current = "lab"\n[context.lab]\nurl = "{peer.url}"\ncacert = "{pki}/ca.pem"\n'
        f'cert = "{pki}/bob.pem"\nkey = "{pki}/bob.key"\n'
    )
    path.write_text(text + text.partition("\n")[2].replace("lab", "prod") + "confirm = true\n")
    path.chmod(0o600)
    return path


def test_top_fills_the_terminal_until_q(busy: Peer, config: Path) -> None:
    terminal = Terminal(config, "top", "--every", "50ms")
    terminal.wait_for("\x1b[?1049h")
    terminal.wait_for("xmlrpc.requests")
    terminal.type("q")
    terminal.wait_for("\x1b[?1049l")
    assert terminal.end() == 0


# -- the shell --------------------------------------------------------------------------------------------------------


def shell(config: Path, text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sertwist.serctl", "--config", str(config), "shell"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def test_shell_runs_lines_over_one_connection(peer: Peer, config: Path) -> None:
    peer.methods["core.echo"] = lambda *values: list(values)
    done = shell(config, "version\ncore.echo 'a b' ;x=y\nversion | tr a-z A-Z | cut -c1-4\nset output json\nversion\n")
    assert done.stdout == 'sertwist 0.1.0\na b\n;x=y\nSERT\n"sertwist 0.1.0"\n'
    assert (done.returncode, done.stderr, peer.accepted) == (0, "", 1)


def test_shell_goes_on_after_what_fails(peer: Peer, config: Path) -> None:
    done = shell(config, "nonsense\ncall 'x\nkill\nset output html\nversion | /no/such\nuse nowhere\ntime version\n")
    assert done.stdout == "sertwist 0.1.0\n"
    for words in ("No such command 'nonsense'", "no closing quotation", "no terminal to ask on", "set output table|",
                  "cannot run /no/such", "no context 'nowhere'", " ms\n"):  # fmt: skip
        assert words in done.stderr, words
    assert done.returncode == 0
    assert shell(config, "version\nm.x\n").returncode == 5
    assert shell(config, "exit\nversion\n").stdout == ""


def test_shell_goes_to_another_context(peer: Peer, config: Path) -> None:
    peer.methods |= {"m": 1, "system.methodInfo": {"effect": "write"}}
    done = shell(config, "call m\nuse prod\ncall m\n")
    assert done.stdout == "1\n"
    assert "no terminal to ask on" in done.stderr


def test_shell_remembers_lines_but_no_secrets_and_survives_an_interrupt(
    peer: Peer, config: Path, tmp_path: Path
) -> None:
    came, release = threading.Event(), threading.Event()

    def hold() -> str:
        came.set()
        release.wait(30)
        return "late"

    peer.methods |= {"m.hold": hold, "m.x": lambda *_: "done"}
    environment = tmp_path / "state"
    os.environ["XDG_STATE_HOME"] = str(environment)
    try:
        terminal = Terminal(config, "shell")
    finally:
        del os.environ["XDG_STATE_HOME"]
    terminal.wait_for("lab> ")
    terminal.type("m.x password=5\n")
    terminal.wait_for("done")
    terminal.wait_for("lab> ")
    terminal.type("m.hold\n")
    assert came.wait(30)
    terminal.type("\x03")
    terminal.wait_for("interrupted: m.hold was sent and may have run")
    terminal.wait_for("lab> ")
    release.set()
    terminal.type("use prod\n")
    terminal.wait_for("\x1b[1;31mprod>")
    terminal.type("vers\t\n")
    terminal.wait_for("sertwist 0.1.0")
    terminal.wait_for("prod>")
    terminal.type("\x04")
    assert terminal.end() == 0
    history = environment / "serctl" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "m.hold" in history.read_text()
    assert "password" not in history.read_text()


# -- certificates and pages -------------------------------------------------------------------------------------------


def test_certificate_is_described_with_its_pin(serctl: Run, run: Run, peer: Peer, pki: Path) -> None:
    own = json.loads(serctl("-o", "json", "cert", "info").out)
    assert (own["subject"], own["key_fits"]) == ("CN=Bob", True)
    server = json.loads(serctl("-o", "json", "cert", "info", "--server").out)
    assert server["subject"] == "CN=localhost"
    assert json.loads(run("-o", "json", "cert", "info", pki / "server.pem").out)["sha256"] == server["sha256"]
    assert serctl("--pin", server["pin"], "version").status == 0
    assert peer.calls == [("core.version", ())]
    assert run("cert", "info").status == 2
    assert run("cert", "info", pki / "bob.key").status == 2


def sign(pki: Path, tmp_path: Path, request: str) -> Path:
    """The certificate that the authority of a test makes of a request."""
    authority = tmp_path / "ca"
    runner = CliRunner()
    if not authority.exists():
        assert runner.invoke(pki_command, ["ca", "new", str(authority), "--name", "Test CA"]).exit_code == 0
    arguments = [
        "issue",
        str(authority),
        "signed",
        "--client",
        "--csr",
        request,
        "--take-names",
        "--out",
        str(tmp_path),
    ]
    done = runner.invoke(pki_command, [*arguments, "--cn", "bo", "--replace"])
    assert done.exit_code == 0, done.output
    return tmp_path / "signed.pem"


def test_certificate_is_asked_for_renewed_and_taken(run: Run, pki: Path, tmp_path: Path) -> None:
    made = run("-o", "json", "cert", "new", "bo", "--email", "bo@example.net", "--out", tmp_path)
    files = json.loads(made.out)
    assert "sertwist pki issue" in made.err
    request = x509.load_pem_x509_csr((tmp_path / "bo.csr").read_bytes())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=bo"
    assert stat.S_IMODE((tmp_path / "bo.key").stat().st_mode) == 0o600
    assert run("cert", "new", "bo", "--out", tmp_path).status == 2  # nothing is overwritten
    cert = tmp_path / "bo.pem"
    cert.write_bytes(sign(pki, tmp_path, files["request"]).read_bytes())
    own = ("--cert", cert, "--key", tmp_path / "bo.key")
    first = json.loads(run(*own, "-o", "json", "cert", "info").out)
    assert (first["key_fits"], first["names"]) == (True, ["bo@example.net"])
    (tmp_path / "bo.csr").unlink()
    renewed = json.loads(run(*own, "-o", "json", "cert", "renew").out)
    assert renewed["key"] == str(tmp_path / "bo.key.new")
    assert json.loads(run(*own, "-o", "json", "cert", "info").out) == first  # nothing is changed yet
    signed = sign(pki, tmp_path, renewed["request"])
    assert run(*own, "cert", "renew", "--take", pki / "bob.pem").status == 2  # not for these keys
    assert run(*own, "cert", "renew", "--take", signed).status == 0
    second = json.loads(run(*own, "-o", "json", "cert", "info").out)
    assert (second["key_fits"], second["names"], second["pin"] != first["pin"]) == (True, first["names"], True)
    assert not (tmp_path / "bo.key.new").exists()
    assert (tmp_path / "bo.key.old").exists()


def test_manual_pages_are_written(run: Run, tmp_path: Path) -> None:
    assert run("man", tmp_path / "man").status == 0
    assert (tmp_path / "man" / "serctl-ul-get.1").read_text().startswith('.TH "SERCTL-UL-GET"')
    assert run("man").out == (tmp_path / "man" / "serctl.1").read_text()


# -- what takes long --------------------------------------------------------------------------------------------------


def test_what_takes_long_is_told_on_a_terminal_and_taken_away_again(peer: Peer, config: Path) -> None:
    release = threading.Event()

    def hold() -> str:
        release.wait(30)
        return "at last"

    peer.methods["m.hold"] = hold
    terminal = Terminal(config, "--yes", "call", "m.hold")
    terminal.wait_for("m.hold on https://localhost:")
    release.set()
    terminal.wait_for("\x1b[2K")
    terminal.wait_for("at last")
    assert terminal.end() == 0
