"""Where serctl takes its options from, what it warns of and asks, and what it says about itself."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sertwist.pki.authority import Credential
from sertwist.serctl.cli import serctl as command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.serctl.conftest import Run
    from tests.system.serctl.peer import Peer


@pytest.fixture
def config(peer: Peer, pki: Path, tmp_path: Path) -> Path:
    """The user's serctl.toml, whose current context is Bob on the server of this test."""
    directory = tmp_path / "xdg_config_home" / "serctl"
    directory.mkdir(parents=True)
    path = directory / "serctl.toml"
    path.write_text(
        f'current = "lab"\n[context.lab]\nurl = "{peer.url}"\ncacert = "{pki}/ca.pem"\n'
        f'cert = "{pki}/bob.pem"\nkey = "{pki}/bob.key"\noutput = "json"\n'
        '[context.away]\nurl = "https://127.0.0.1:1/"\n'
    )
    path.chmod(0o600)
    return path


@pytest.mark.usefixtures("config")
def test_current_context_is_used_when_nothing_else_is_said(run: Run) -> None:
    assert run("version").out == '"sertwist 0.1.0"\n'


@pytest.mark.usefixtures("config")
def test_option_wins_over_environment_and_that_over_context(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("-c", "away", "version").status == 3
    monkeypatch.setenv("SERCTL_CONTEXT", "away")
    assert run("version").status == 3
    assert run("--context", "lab", "version").status == 0
    monkeypatch.setenv("SERCTL_CONTEXT", "lab")
    monkeypatch.setenv("SERCTL_OUTPUT", "table")
    assert run("version").out == "sertwist 0.1.0\n"
    assert run("-o", "json", "version").out == '"sertwist 0.1.0"\n'


def test_environment_gives_every_setting(run: Run, peer: Peer, pki: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERCTL_SER", peer.url)
    monkeypatch.setenv("SERCTL_CACERT", f"{pki}/ca.pem")
    monkeypatch.setenv("SERCTL_CERT", f"{pki}/bob.pem")
    monkeypatch.setenv("SERCTL_KEY", f"{pki}/bob.key")
    assert run("version").out == "sertwist 0.1.0\n"
    monkeypatch.setenv("SERCTL_URL", "https://127.0.0.1:1/")
    assert run("version").status == 3
    monkeypatch.setenv("SERCTL_TIMEOUT", "soon")
    ran = run("version")
    assert (ran.status, "'soon' is not a time" in ran.err) == (2, True)


def test_short_and_old_names_of_options_work(run: Run, peer: Peer, pki: Path) -> None:
    for name in ("-s", "-u", "--ser-uri"):
        options = (name, peer.url, "--cacert", pki / "ca.pem", "-m", pki / "bob.pem", "-k", pki / "bob.key")
        assert run(*options, "version").status == 0


@pytest.mark.usefixtures("peer")
def test_named_file_is_the_only_one_that_is_read(run: Run, config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('current = "x"\n[context.x]\nurl = "https://127.0.0.1:1/"\n')
    other.chmod(0o600)
    assert run("--config", other, "version").status == 3
    assert run("--config", other, "-c", "lab", "version").status == 2
    assert run("--config", tmp_path / "none", "version").status == 2


def test_configuration_is_refused_when_others_may_write(run: Run, config: Path, peer: Peer) -> None:
    config.chmod(0o666)
    ran = run("version")
    assert ran.status == 2
    assert "chmod go-w" in ran.err
    assert peer.accepted == 0
    assert run("ps", "--help").status == 0  # help needs no configuration


def test_readable_key_is_warned_of_unless_quiet(serctl: Run, pki: Path, tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    key.write_bytes((pki / "bob.key").read_bytes())
    key.chmod(0o644)
    ran = serctl("--key", key, "version")
    assert (ran.status, f"chmod 600 {key}" in ran.err) == (0, True)
    assert serctl("-q", "--key", key, "version").err == ""


def test_encrypted_key_opens_when_its_password_is_in_a_file(serctl: Run, pki: Path, tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate((pki / "bob.pem").read_bytes())
    key = load_pem_private_key((pki / "bob.key").read_bytes(), None)
    sealed, password = tmp_path / "sealed.key", tmp_path / "password"
    sealed.write_bytes(Credential(certificate, key).key_pem(b"sesame"))  # type: ignore[arg-type]
    password.write_text("sesame\nsecond line\n")
    for path in (sealed, password):
        path.chmod(0o600)
    assert serctl("--key", sealed, "--key-pass-file", password, "version").status == 0
    password.write_text("wrong")
    ran = serctl("--key", sealed, "--key-pass-file", password, "version")
    assert (ran.status, "wrong password" in ran.err, "wrong\n" in ran.err) == (2, True, False)
    assert serctl("--key", sealed, "--key-pass-file", tmp_path / "none", "version").status == 2
    assert serctl("--key", sealed, "version").status == 2


@pytest.mark.parametrize(("typed", "status", "calls"), [("y\n", 0, 1), ("n\n", 130, 0), ("\n", 130, 0)])
def test_kill_asks_when_there_is_a_terminal(peer: Peer, config: Path, typed: str, status: int, calls: int) -> None:
    peer.methods["core.kill"] = True
    try:
        terminal, device = pty.openpty()
    except OSError:
        pytest.skip("no pseudo-terminals here (/dev/pts is not mounted)")
    command = [sys.executable, "-m", "sertwist.serctl", "--config", str(config), "kill"]
    process = subprocess.Popen(command, stdin=device, stderr=device, stdout=subprocess.DEVNULL)
    os.close(device)
    asked = os.read(terminal, 1000)
    assert b"Call core.kill on localhost:" in asked
    os.write(terminal, typed.encode())
    assert process.wait(10) == status
    os.close(terminal)
    assert len(peer.calls) == calls


def test_usage_is_wrong_when_a_command_is_not_known(run: Run) -> None:
    for arguments in (
        ("verson",),
        ("--nonsense",),
        ("kill", "65"),
        ("kill", "0"),
        ("help",),
        ("call",),
        ("-o", "html", "ps"),
    ):
        ran = run(*arguments)
        assert (ran.status, ran.out) == (2, "")
    assert "version" in run("verson").err


def test_own_version_is_shown_without_a_server(run: Run) -> None:
    ran = run("--version")
    assert ran.status == 0
    assert ran.out.startswith("serctl 0.")


def test_help_names_every_options_variable(run: Run) -> None:
    text = " ".join(run("--help").out.split())
    for parameter in command.params:
        if parameter.name in {"version", "help"} or parameter.opts == ["-t"]:
            continue
        assert isinstance(parameter.envvar, list)
        assert parameter.envvar[0] == f"SERCTL_{(parameter.name or '').upper()}"
        assert all(name in text for name in parameter.envvar)
    assert "outcome unknown" in text


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from sertwist.serctl.cli import main; main(['--help']);"
        "print([name for name in ('ssl', 'rich', 'twisted', 'http.client', 'platformdirs') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_twisted_and_rich_are_not_imported_when_a_plain_result_is_shown(peer: Peer, config: Path) -> None:
    program = (
        f"import sys; from sertwist.serctl.cli import main; main(['--config', {str(config)!r}, 'version']);"
        "print([name for name in ('rich', 'twisted', 'cryptography', 'OpenSSL') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == ['"sertwist 0.1.0"', "[]"]


def test_contexts_are_completed_when_typed_in_a_shell(config: Path) -> None:
    environment = os.environ | {
        "_SERCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": f"serctl --config {config} -c l",
        "COMP_CWORD": "4",
    }
    program = [sys.executable, "-m", "sertwist.serctl"]
    out = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
    assert out == "plain,lab\n"


def test_configuration_error_is_json_when_wanted(run: Run, tmp_path: Path) -> None:
    ran = run("--config", tmp_path / "none", "-o", "json", "version")
    assert json.loads(ran.err)["error"]["reason"] == "config-missing"
