"""`serctl ctx`: what becomes of the file, of what a person wrote in it, and of what must never stand there."""

from __future__ import annotations

import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from sertwist.client.failure import UsageError
from sertwist.serctl.context_file import parse_pairs, remove_context, set_context, use_context

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = """\
# mine
[context.lab]
url = "https://lab:5061/RPC2"  # the old one
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conf" / "serctl.toml"


def content(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text())


def test_first_context_becomes_the_current_one_in_a_private_file(path: Path) -> None:
    set_context(path, "lab", parse_pairs(("url=https://a", "retries=3", "confirm=true", "pin=x,y", "timeout=5s")))
    assert content(path) == {
        "current": "lab",
        "context": {"lab": {"url": "https://a", "retries": 3, "confirm": True, "pin": ["x", "y"], "timeout": "5s"}},
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    set_context(path, "two", parse_pairs(("url=https://b",)))
    assert content(path)["current"] == "lab"


def test_comments_stay_when_something_is_set(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(WRITTEN)
    path.chmod(0o600)
    set_context(path, "lab", parse_pairs(("cert=~/me.pem", "url=https://new")))
    set_context(path, "lab", parse_pairs(("cert=",)))
    text = path.read_text()
    assert "# mine" in text
    assert "# the old one" in text
    assert content(path) == {"current": "lab", "context": {"lab": {"url": "https://new"}}}


def test_another_context_is_chosen_and_removed(path: Path) -> None:
    set_context(path, "a", parse_pairs(("url=https://a",)))
    set_context(path, "b", parse_pairs(("url=https://b",)))
    use_context(path, "b")
    assert content(path)["current"] == "b"
    remove_context(path, "b")
    assert content(path) == {"context": {"a": {"url": "https://a"}}}
    for change in (use_context, remove_context):
        with pytest.raises(UsageError, match="no context 'b'"):
            change(path, "b")


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("insecure=true", "say --insecure each time"),
        ("password=x", "name its file"),
        ("nonsense=1", "unknown key 'nonsense'"),
        ("url", "not NAME=VALUE"),
        ("confirm=perhaps", "true or false"),
    ],
)
def test_setting_is_refused_when_a_context_cannot_have_it(pair: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_pairs((pair,))


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "a" * 65, 'x"'])
def test_name_is_refused_when_it_is_none(path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a context"):
        set_context(path, name, {})
    assert not path.exists()


def test_nothing_is_changed_when_others_could_have_written_the_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(WRITTEN)
    path.chmod(0o666)
    with pytest.raises(UsageError, match="chmod go-w"):
        set_context(path, "lab", {})
    assert path.read_text() == WRITTEN
