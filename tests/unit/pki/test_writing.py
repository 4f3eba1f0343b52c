"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import pathlib
from typing import TYPE_CHECKING

import pytest

from sertwist.errors import ConfigError
from sertwist.pki.writing import PRIVATE, PUBLIC, StagedFiles, replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_file_is_replaced_with_the_mode_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o666)
    before = path.stat().st_ino
    replace_file(path, b"new", PRIVATE)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert path.stat().st_ino != before, "a reader of the old file keeps all of it"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_nothing_changes_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"cannot write .*/a: No space left on device"):
        replace_file(path, b"new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_file_in_the_way_is_never_replaced_unless_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("nowhere")
    with StagedFiles(replace=False) as staged, pytest.raises(ConfigError, match="is there already"):
        staged.add(tmp_path / "a", b"new", PUBLIC)
    assert (tmp_path / "a").is_symlink()


@pytest.fixture(params=["links", "no links"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One that has hard links, and one that has not."""

    def refuse(self: pathlib.Path, target: pathlib.Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "no links":
        monkeypatch.setattr(pathlib.Path, "hardlink_to", refuse)
    return str(request.param)


def test_new_file_gets_its_name_on_every_file_system(tmp_path: Path, file_system: str) -> None:
    with StagedFiles(replace=False) as staged:
        staged.add(tmp_path / "a", b"new", PRIVATE)
        staged.publish()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"new")]


def test_file_put_there_meanwhile_is_not_replaced(tmp_path: Path, file_system: str) -> None:
    with StagedFiles(replace=False) as staged:
        staged.add(tmp_path / "a", b"new", PUBLIC)
        (tmp_path / "a").write_text("another's")
        with pytest.raises(ConfigError, match=r"cannot write .*/a: File exists"):
            staged.publish()
    assert (tmp_path / "a").read_text() == "another's"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_nothing_is_there_when_the_block_fails_before_it_publishes(tmp_path: Path) -> None:
    def stage() -> None:
        with StagedFiles(replace=False) as staged:
            staged.add(tmp_path / "a", b"new", PUBLIC)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stage()
    assert list(tmp_path.iterdir()) == []
