"""serctl.toml, and which setting wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sertwist.client.failure import ExitCode, Failure
from sertwist.serctl.context import MAX_FILE, default_files, read_contexts
from sertwist.serctl.settings import parse_duration, resolve_settings

NO_OPTIONS = dict.fromkeys(("url", "cacert", "cert", "key", "key_pass_file", "servername", "timeout", "output"))


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_later_file_wins_setting_by_setting(tmp_path: Path) -> None:
    system = write(tmp_path / "system", 'current = "a"\n[context.a]\nurl = "1"\ntimeout = 5\n[context.b]\n')
    user = write(tmp_path / "user", '[context.a]\nurl = "2"\n')
    contexts = read_contexts([system, tmp_path / "missing", user])
    assert contexts.choose("") == {"url": "2", "timeout": 5}
    assert contexts.choose("b") == {}


def test_no_context_is_chosen_when_no_file_says(tmp_path: Path) -> None:
    assert read_contexts([tmp_path / "missing"]).choose("") == {}


def test_paths_are_the_files_or_the_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/op")
    text = '[context.a]\ncacert = "ca.pem"\ncert = "~/me.pem"\nkey = "/k"\n'
    chosen = read_contexts([write(tmp_path / "c", text)]).choose("a")
    assert chosen == {"cacert": str(tmp_path / "ca.pem"), "cert": "/home/op/me.pem", "key": "/k"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('curent = "a"', "did you mean 'current'"),
        ('[context.a]\nulr = "x"', "did you mean 'url'"),
        ("[context.a]\ninsecure = true", "say --insecure each time"),
        ('[context.a]\npassword = "x"', "name its file"),
        ('[context.a]\nconfirm = "yes"', "confirm must be true or false"),
        ("[context.a]\nurls = 5", "urls must be a list of texts"),
        ("current = 5", "must be text"),
        ('context = "a"', "[context.NAME]"),
        ("[context]\na = 5", "[context.NAME]"),
        ("[context.a]\nurl = 5", "url must be text"),
        ("[context.a]\ntimeout = true", "timeout must be text"),
        ("[context.a", "is not TOML"),
        ('current = "lap"\n[context.lab]', "did you mean 'lab'"),
        ('current = "x"\n[context.lab]', "known: lab"),
    ],
)
def test_file_is_refused_when_it_says_what_it_cannot(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Failure) as caught:
        read_contexts([write(tmp_path / "c", text)]).choose("")
    assert caught.value.exit_code == ExitCode.USAGE
    assert words in str(caught.value)


@pytest.mark.parametrize(("mode", "is_refused"), [(0o644, False), (0o600, False), (0o620, True), (0o602, True)])
def test_file_is_refused_when_others_may_write(tmp_path: Path, mode: int, is_refused: bool) -> None:
    path = write(tmp_path / "c", "", mode)
    if not is_refused:
        assert read_contexts([path]).named == {}
        return
    with pytest.raises(Failure, match="chmod go-w"):
        read_contexts([path])


def test_file_is_refused_when_it_is_not_there_but_named_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="there is no configuration file"):
        read_contexts([tmp_path / "missing"], must_exist=True)
    with pytest.raises(Failure, match="Is a directory"):
        read_contexts([tmp_path])


def test_file_is_bounded_when_one_byte_larger(tmp_path: Path) -> None:
    assert read_contexts([write(tmp_path / "c", "#" * MAX_FILE)]).named == {}
    with pytest.raises(Failure, match="larger than"):
        read_contexts([write(tmp_path / "c", "#" * (MAX_FILE + 1))])


def test_system_file_is_read_before_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_DIRS", "/etc/xdg")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/op/.config")
    assert default_files() == [Path("/etc/xdg/serctl/serctl.toml"), Path("/home/op/.config/serctl/serctl.toml")]


def test_option_wins_over_context_and_that_over_default() -> None:
    defaults = resolve_settings(NO_OPTIONS, {})
    assert (defaults.urls, defaults.timeout, defaults.connect_timeout) == (("https://localhost:5061/RPC2",), 10, 3)
    assert (defaults.output, defaults.cert, defaults.servername) == ("table", None, "")
    context = {"url": "https://c", "timeout": 5, "cert": "/c", "output": "json"}
    assert resolve_settings(NO_OPTIONS, context).urls == ("https://c",)
    assert resolve_settings(NO_OPTIONS, context).timeout == 5
    given = resolve_settings({**NO_OPTIONS, "url": ("https://o",), "output": "table"}, context)
    assert (given.urls, given.output, given.cert, given.timeout) == (("https://o",), "table", Path("/c"), 5)


def test_output_is_refused_when_a_context_names_no_such() -> None:
    with pytest.raises(Failure, match="csv or none"):
        resolve_settings(NO_OPTIONS, {"output": "html"})


def test_servers_of_a_context_give_way_to_those_that_are_named() -> None:
    context = {"urls": ["https://a", "https://b", "https://a"], "url": "https://c"}
    assert resolve_settings(NO_OPTIONS, context).urls == ("https://a", "https://b")
    assert resolve_settings({**NO_OPTIONS, "url": ("https://o",)}, context).urls == ("https://o",)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("retries", "many", "from 0 to 99"),
        ("retries", 100, "from 0 to 99"),
        ("parallel", "0", "from 1"),
        ("limit", "-1", "from 1"),
        ("protocol", "soap", "auto, xmlrpc or jsonrpc"),
        ("url", (" ",), "1 to 1000 URLs"),
    ],
)
def test_setting_is_refused_when_it_is_not_of_its_kind(name: str, value: Any, words: str) -> None:
    with pytest.raises(Failure, match=words):
        resolve_settings({**NO_OPTIONS, name: value}, {})


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("500ms", 0.5), ("2m", 120), ("24h", 86_400), ("1.5", 1.5), (7, 7), (0.5, 0.5)]
)
def test_duration_is_seconds(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["0", "0s", "", "-1s", "86401", "25h", "1e3", "10 s", "s", "1d", "9" * 400, 0, -1, 86_401]
)
def test_duration_is_refused_when_it_is_none(text: str | float) -> None:
    with pytest.raises(Failure, match="is not a time"):
        parse_duration(text)
