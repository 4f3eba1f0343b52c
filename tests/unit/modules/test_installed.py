"""Entry points are found where packages are installed."""

from __future__ import annotations

import importlib.metadata
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from sertwist.modules.installed import entry_points, load_entry_point

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = """\
[console_scripts]
hits = other:main

[sertwist.modules]
# said by hand
hits = hits.module:HitsModule
 more=hits.more:MoreModule [extra]
"""
_FOUND = {"hits": "hits.module:HitsModule", "more": "hits.more:MoreModule"}


@pytest.mark.parametrize("group", ["sertwist.modules", "console_scripts", "pygments.lexers"])
def test_same_entry_points_are_found_as_python_finds(group: str) -> None:
    expected = {
        each.name: each.value.partition("[")[0].strip() for each in importlib.metadata.entry_points(group=group)
    }
    assert entry_points(group) == expected


def _install(folder: Path, name: str, text: str | None = _TEXT) -> None:
    metadata = folder / name
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hits\nVersion: 1\n")
    if text is not None:
        (metadata / "entry_points.txt").write_text(text)


@pytest.mark.parametrize("name", ["hits-1.0.dist-info", "hits.egg-info"])
def test_entry_points_of_one_group_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _install(tmp_path, name)
    _install(tmp_path, "nothing-2.dist-info", None)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "absent"), str(tmp_path)])
    assert entry_points("sertwist.modules") == _FOUND


def test_first_of_two_installations_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "new", "my_hits-2.dist-info", "[sertwist.modules]\na = a:A\n")
    _install(tmp_path / "old", "My.Hits-1.dist-info", "[sertwist.modules]\na = b:B\nb = b:B\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "new"), str(tmp_path / "old")])
    assert entry_points("sertwist.modules") == {"a": "a:A"}


def test_entry_points_in_an_archive_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "hits.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("hits-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: hits\nVersion: 1\n")
        opened.writestr("hits-1.dist-info/entry_points.txt", _TEXT)
    monkeypatch.setattr(sys, "path", [str(archive)])
    assert entry_points("sertwist.modules") == _FOUND


def test_entry_point_is_loaded() -> None:
    assert load_entry_point("importlib.metadata:EntryPoint.load") is importlib.metadata.EntryPoint.load
    with pytest.raises(AttributeError):
        load_entry_point("importlib.metadata:Nothing")
