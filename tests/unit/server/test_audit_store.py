"""The audit log's files: who can read them, what happens to them, and what two servers do with one."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.spool import Around
from sertwist.rpc.call import Call
from sertwist.rpc.fault import Fault
from sertwist.server.audit_reading import last_records, rotated_files, verify_files, verify_log
from sertwist.server.audit_store import FileStore
from tests.unit.rpc.audit.kit import ALICE, AT, METHODS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Server:
    """A log in files."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.now = AT
        self.told: list[str] = []
        around = Around(
            wall_clock=lambda: self.now,
            clock=lambda: self.now,
            later=lambda *_: None,
            tell=lambda _level, text: self.told.append(text),
            count=lambda _name: None,
        )
        self.store = FileStore(path)
        self.log = AuditLog(AuditSettings(**{"level": Level.ALL, **settings}), self.store, around, METHODS.get)

    def calls(self, count: int) -> None:
        for number in range(count):
            self.log.outcome(self.log.begin(Call("cfg.set", ("a", number)), ALICE, call_id=f"c{number}"), 0)
            self.log.flush()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def seen(path: Path, **given: Any) -> list[str]:
    return [str(each) for each in verify_log(path, **given).failures]


def test_log_goes_on_over_restarts_and_nobody_else_can_read_it(path: Path) -> None:
    old = os.umask(0)
    try:
        for pid in (1, 2, 3):
            server = Server(path)
            server.log.start(pid=pid)
            server.calls(3)
            server.log.stop("SIGTERM")
    finally:
        os.umask(old)
    assert seen(path) == []
    assert verify_log(path).records == 15
    for each in (path, path.with_name("audit.log.head")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_full_files_are_put_away_and_the_oldest_go(path: Path) -> None:
    for _ in range(2):
        server = Server(path, rotate_bytes=1_200, keep=3)
        server.calls(11)
        server.log.stop("")
    older = rotated_files(path)
    assert len(older) == 3
    report = verify_log(path)
    assert report.failures == []
    assert report.first == int(older[0].suffix[1:]) > 1
    assert report.last.seq == 24
    for each in older:
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    older[1].unlink()
    assert "missing before this line" in seen(path)[0]


def test_oldest_file_that_somebody_removed_is_missed_though_the_server_removes_such_files_too(path: Path) -> None:
    server = Server(path, rotate_bytes=1_200, keep=3)
    server.calls(24)
    before, after = rotated_files(path)[:2]
    before.unlink()
    first, second = (int(each.suffix[1:]) for each in (before, after))
    assert first > 1
    assert seen(path) == [f"{after.name}:1: the log begins with record {first}, not with {second}"]


def test_every_record_is_in_one_of_the_files_of_a_log_that_another_program_rotates(path: Path) -> None:
    server = Server(path)
    server.calls(3)
    path.rename(path.with_name("audit.log.2"))
    server.log.flush()
    server.calls(3)
    path.rename(path.with_name("audit.log.1"))
    server.calls(3)
    assert server.told == ["audit log: the file is not under its name any more; another was begun"] * 2
    assert seen(path) == []
    assert verify_log(path).records == 9
    assert [each.name for each in rotated_files(path)] == ["audit.log.2", "audit.log.1"]


def test_last_records_are_read_over_files(path: Path) -> None:
    server = Server(path, rotate_bytes=1_200)
    server.calls(10)
    assert [each["seq"] for each in last_records(path, 7)] == [4, 5, 6, 7, 8, 9, 10]
    assert len(last_records(path, 100)) == 10


def test_last_records_of_a_long_file_are_read_from_its_end(path: Path) -> None:
    server = Server(path)
    server.calls(400)
    assert [each["seq"] for each in last_records(path, 3)] == [398, 399, 400]
    assert len(last_records(path, 350)) == 350


def test_two_servers_do_not_write_one_log(path: Path) -> None:
    first, second = Server(path), Server(path)
    first.log.start(pid=1)
    second.log.start(pid=2)
    assert second.told[0].startswith(f"audit log: cannot write: another server writes to {path}; until it can, ")
    with pytest.raises(Fault, match="503"):
        second.calls(1)
    first.log.stop("")
    second.now += 1
    second.calls(1)
    assert second.told[1:] == ["audit log: records can be written again"]
    assert seen(path) == []


def _writable_by_others(path: Path) -> None:
    path.touch()
    path.chmod(0o666)


def _elsewhere(path: Path) -> None:
    path.with_name("other").touch()
    path.symlink_to("other")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_writable_by_others, "others may write it (chmod go-w)"),
        (_elsewhere, "Too many levels of symbolic links"),
        (lambda path: path.mkdir(), "Is a directory"),
        (os.mkfifo, "is no plain file"),
    ],
)
@pytest.mark.parametrize("name", ["audit.log", "audit.log.head"])
def test_file_that_others_could_use_is_not_written(
    path: Path, name: str, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(path.with_name(name))
    server = Server(path)
    server.log.start()
    assert words in server.told[0]
    assert str(path.with_name(name)) in server.told[0]
    with pytest.raises(Fault, match="503"):
        server.calls(1)


def test_folder_that_is_not_there_is_told_and_found_when_it_comes(tmp_path: Path) -> None:
    server = Server(tmp_path / "none" / "audit.log")
    server.log.start()
    assert "No such file or directory" in server.told[0]
    (tmp_path / "none").mkdir()
    server.now += 1
    server.calls(1)
    assert seen(tmp_path / "none" / "audit.log") == []


def test_crash_at_any_moment_of_a_rotation_is_survived(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has its new name, and the next is not there, or empty."""
    for begun in (False, True):
        server = Server(path, rotate_bytes=1)
        server.log.start(pid=1)
        server.log.outcome(server.log.begin(Call("core.version"), ALICE, call_id="c"), 0)
        if not begun:
            monkeypatch.setattr(server.store, "_begin_file", _crash)
        else:
            monkeypatch.setattr(server.store, "append", _crash)
        with pytest.raises(KeyboardInterrupt):
            server.log.flush()
        server.store.close()
        server = Server(path, rotate_bytes=0, rotate_days=0)
        server.log.start(pid=2)
        server.log.stop("")
        assert seen(path) == []
    assert verify_log(path).records == 6


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_log_without_its_head_does_not_hold_and_its_parts_do(path: Path) -> None:
    server = Server(path, rotate_bytes=1_200)
    server.calls(9)
    path.with_name("audit.log.head").unlink()
    assert seen(path) == ["audit.log.head: there is no head, or it was changed: a cut end could not be told"]
    assert verify_files([path, *rotated_files(path)]).failures == []
    report = verify_files(rotated_files(path)[1:])
    assert report.failures == []
    assert [str(each) for each in report.notes] == [
        f"{rotated_files(path)[1].name}:1: the log begins here with record {report.first}"
    ]


def test_log_that_is_written_meanwhile_holds(path: Path) -> None:
    server = Server(path, rotate_bytes=30_000)
    server.log.start(pid=1)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            server.calls(5)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while (report := verify_log(path)).records < 300:
            assert report.failures == []
    finally:
        done.set()
        writer.join()
    assert len(rotated_files(path)) > 3


def test_removed_file_is_missed(path: Path) -> None:
    server = Server(path, rotate_bytes=1_200)
    server.calls(7)
    server.log.stop("")
    path.unlink()
    assert seen(path) == [f"{rotated_files(path)[-1].name}:3: records 7 to 8 are missing behind this line"]
    for each in rotated_files(path):
        each.unlink()
    path.touch()
    assert seen(path) == ["audit.log: records 1 to 8 are missing behind this line"]


def test_last_line_without_its_end_is_found(path: Path) -> None:
    server = Server(path)
    server.calls(2)
    server.log.stop("")
    path.write_bytes(path.read_bytes()[:-1])
    assert seen(path) == [
        "audit.log:3: this is no record, or has no end",
        "audit.log:2: record 3 is missing behind this line",
    ]
