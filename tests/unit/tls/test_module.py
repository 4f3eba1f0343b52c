"""Module tls: its settings, and CRLs that reach live connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.errors import ConfigError
from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from tests.unit.tls.fake_host import FakeHost, result_of
from tests.unit.tls.kit import AT, BOB, OTHER_ROOT, ROOT, SERVER, client_context, connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography import x509


def test_parameters_have_no_name_twice() -> None:
    names = [name for p in TlsModule.parameters for name in (p.name, *p.aliases)]
    assert len(names) == len(set(names))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cert.pem").write_bytes(SERVER.certificate_pem() + SERVER.key_pem())
    (tmp_path / "cert.pem").chmod(0o600)
    write_ca(tmp_path)
    return tmp_path


def write_ca(folder: Path, *revoked: x509.Certificate, number: int = 1) -> None:
    crl = ROOT.crl(revoked, number=number).public_bytes(Encoding.PEM)
    (folder / "ca.pem").write_bytes(ROOT.credential.certificate_pem() + crl)


def looks(host: FakeHost) -> Callable[[], None]:
    """What the timer of files does."""
    [call] = [call for seconds, call in host.timers if seconds == 10.0]
    return lambda: result_of(call())


def configured(folder: Path, **settings: object) -> TlsModule:
    given = {"certificate": "cert.pem", "ca_list": "ca.pem", "verify_certificate": 1}
    module = TlsModule({name: [SettingValue(v, name)] for name, v in given.items()} | settings)
    problems = module.configure(folder, [("127.0.0.1", 5061)], AT)
    assert [p for p in problems if p.severity == "error"] == []
    return module


def test_module_serves_the_listener_when_configured(folder: Path) -> None:
    module = configured(folder)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    assert outcome.verdict() == (True, "")


def test_nothing_is_built_when_there_is_an_error(folder: Path) -> None:
    module = TlsModule({"certificate": [SettingValue("missing.pem", 1)]})
    assert [p.severity for p in module.configure(folder, [("127.0.0.1", 5061)], AT)] == ["error"]
    assert module.reloads is None
    with pytest.raises(ConfigError):
        module.factory_for("127.0.0.1", 5061)


def test_refused_parameter_is_an_error_and_its_harmless_value_is_not(folder: Path) -> None:
    base = {"certificate": [SettingValue("cert.pem", 0)]}
    on = TlsModule({**base, "renegotiation": [SettingValue(1, "here")]}).configure(folder, [], AT)
    off = TlsModule({**base, "renegotiation": [SettingValue(0, "here")]}).configure(folder, [], AT)
    assert [p.where for p in on if p.severity == "error"] == ["here"]
    assert [p for p in off if p.severity == "error"] == []


def test_timeouts_become_connection_limits(folder: Path) -> None:
    module = configured(
        folder,
        handshake_timeout=[SettingValue(120, 1)],
        send_timeout=[SettingValue("5", 1)],
        connection_timeout=[SettingValue(-1, 1)],
        con_ct_wq_max=65536,
    )
    limits = module.connection_limits()
    assert (limits["handshake_timeout"], limits["write_timeout"], limits["max_write_queue"]) == (120, 5, 65536)
    assert limits["idle_timeout"] > 365 * 86_400
    assert configured(folder).connection_limits() == {}


@pytest.mark.parametrize(("seconds", "warned"), [(999, False), (1000, True)])
def test_timeout_is_doubted_when_it_looks_like_milliseconds(folder: Path, seconds: int, warned: bool) -> None:
    module = TlsModule({"certificate": [SettingValue("cert.pem", 0)], "handshake_timeout": [SettingValue(seconds, 1)]})
    problems = module.configure(folder, [], AT)
    assert any("it counts seconds" in p.text for p in problems) is warned


def test_live_connection_is_revoked_when_the_crl_file_changes(folder: Path) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    look = looks(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    write_ca(folder, BOB.certificate, number=2)
    look()
    assert outcome.verdict() == (True, "")  # one look is not enough: the file may be half written
    look()
    assert outcome.verdict() == (False, "revoked")
    assert host.lines == [("info", "tls domain server:default: CA and CRL files read again")]
    assert module.factory_for("127.0.0.1", 5061).generation == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        ROOT.credential.certificate_pem() + b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        ROOT.credential.certificate_pem()
        + OTHER_ROOT.credential.certificate_pem()
        + ROOT.crl().public_bytes(Encoding.PEM),
    ],
)
def test_old_data_stays_when_the_changed_file_is_bad(folder: Path, content: bytes) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    (folder / "ca.pem").write_bytes(content)
    for _ in range(4):
        looks(host)()
    assert outcome.verdict() == (True, "")
    assert connect(module.factory_for("127.0.0.1", 5061), client_context(BOB)).verdict() == (True, "")
    assert [level for level, _ in host.lines] == ["error"]
    assert "the old data stays" in host.lines[0][1]


def test_missing_file_changes_nothing_and_its_return_is_noticed(folder: Path) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    (folder / "ca.pem").unlink()
    for _ in range(3):
        result_of(module.check_files())
    assert host.lines == []
    write_ca(folder, BOB.certificate, number=2)
    result_of(module.check_files())
    result_of(module.check_files())
    assert outcome.verdict() == (False, "revoked")


def test_every_parameter_says_what_it_does() -> None:
    assert [p.name for p in TlsModule.parameters if not p.help] == []
