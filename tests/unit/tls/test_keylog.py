"""The file that session keys go to: for its owner alone, and never the reason why a handshake fails."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.modules.tls.keylog import KeyLog
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.openssl_context import ContextHooks
from tests.unit.tls.building import fill
from tests.unit.tls.fake_host import FakeHost
from tests.unit.tls.kit import AT, client_context, connect, make_domain

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def opened(path: Path, host: FakeHost | None = None) -> KeyLog:
    keylog = KeyLog(path)
    keylog.start(host or FakeHost())
    return keylog


def test_secrets_of_a_handshake_go_to_the_file(tmp_path: Path) -> None:
    keylog = opened(tmp_path / "keys")
    connect(ServerContextFactory(make_domain(), hooks=ContextHooks(keylog=keylog.write)), client_context())
    labels = [line.split()[0] for line in (tmp_path / "keys").read_text().splitlines()]
    assert "SERVER_TRAFFIC_SECRET_0" in labels
    keylog.close()


def test_file_is_its_owners_alone_also_when_it_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"old\n")
    path.chmod(0o644)
    keylog = opened(path)
    keylog.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"old\nnew\n"
    keylog.close()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("link", ".", "missing/keys", "pipe"):
        host = FakeHost()
        opened(tmp_path / name, host).write(b"secret")
        [(level, line)] = host.lines
        assert level == "error"
        assert f"keylog_file {tmp_path / name} can't be written: " in line
    assert (tmp_path / "target").read_bytes() == b""


def test_file_that_somebody_else_can_read_whatever_its_mode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it in a folder that all may write to is its owner, or has it by another name."""
    for name in ("linked", "foreign"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "second").hardlink_to(tmp_path / "linked")
    for name in ("linked", "foreign"):
        if name == "foreign":
            monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "foreign").stat().st_uid + 1)
        host = FakeHost()
        opened(tmp_path / name, host).write(b"secret")
        assert [level for level, _ in host.lines] == ["error"]
        assert (tmp_path / name).read_bytes() == b""


def test_nothing_is_written_before_it_is_opened_and_after_it_is_closed(tmp_path: Path) -> None:
    keylog = KeyLog(tmp_path / "keys")
    keylog.write(b"x")
    assert not (tmp_path / "keys").exists()
    keylog.start(FakeHost())
    keylog.close()
    keylog.write(b"x")
    assert (tmp_path / "keys").read_bytes() == b""


def test_full_disk_ends_the_writing_with_words_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FakeHost()
    keylog = opened(tmp_path / "keys", host)

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sertwist.modules.tls.keylog.os.write", full)
    keylog.write(b"x")
    keylog.write(b"y")
    words = f"tls: keylog_file {tmp_path / 'keys'} is not written any more: No space left on device"
    assert host.lines == [("error", words)]


def configured(folder: Path, **settings: object) -> list[tuple[str, str]]:
    """Problems of a module with these settings."""
    module = TlsModule(settings)
    return [(p.severity, p.text) for p in module.configure(fill(folder), [], AT) if "key" in p.text]


def test_file_alone_is_an_error_and_with_permission_a_warning(tmp_path: Path) -> None:
    assert configured(tmp_path) == []
    assert configured(tmp_path, allow_keylog=True) == []
    [(severity, _)] = configured(tmp_path, keylog_file=[SettingValue("keys", 1)])
    assert severity == "error"
    [(severity, text)] = configured(tmp_path, keylog_file=[SettingValue("keys", 1)], allow_keylog=True)
    assert severity == "warning"
    assert "may read all that is sent" in text
    twice = [SettingValue("keys", 1), SettingValue("other", 2)]
    assert ("error", "keylog_file is given twice") in configured(tmp_path, keylog_file=twice, allow_keylog=True)
    assert not (tmp_path / "keys").exists()  # checking a script writes nothing
