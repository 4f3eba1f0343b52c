"""corex: files that a script reads and writes, and what our Via says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from sertwist.limits import MAX_TEXT_FILE
from tests.script_run import OPTIONS, ScriptRun

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'loadmodule "sl"\nloadmodule "pv"\nloadmodule "corex"\n'


def run(body: str, folder: Path | None = None, more: str = "") -> ScriptRun:
    name = "ser.cfg" if folder is None else str(folder / "ser.cfg")
    return ScriptRun(f"{HEAD}{more}\nroute {{ {body} }}", name=name)


def test_file_is_read_into_a_variable(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("good morning")
    body = 'if (file_read("motd", "$var(x)")) sl_reply("200", "$var(x)"); else sl_reply("404", "none");'
    assert run(body, tmp_path).send().reason == "good morning"


@pytest.mark.parametrize("size", [MAX_TEXT_FILE, MAX_TEXT_FILE + 1])
def test_file_has_a_bound(tmp_path: Path, size: int) -> None:
    (tmp_path / "f").write_bytes(b"x" * size)
    outcome = run('if (file_read("f", "$var(x)")) sl_reply("200", "y"); else sl_reply("404", "n");', tmp_path).send()
    assert outcome.status == (200 if size == MAX_TEXT_FILE else 404)
    assert outcome.log == (
        [] if outcome.status == 200 else [f"script: file_read: f: it has more than {MAX_TEXT_FILE} bytes"]
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [("none", "No such file or directory"), ("folder", "it is no regular file"), ("pipe", "it is no regular file")],
)
def test_what_is_no_file_is_told(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    script = run(f'file_read("{name}", "$var(x)"); sl_reply("404", "$retcode");', tmp_path)
    outcome = script.send()
    assert (outcome.reason, outcome.log) == ("-1", [f"script: file_read: {name}: {why}"])
    assert script.environment.counters["corex.file_read_failed"] == 1


def test_file_is_written_whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("something longer than what comes")
    outcome = run('file_write("f", "from $si"); sl_reply("200", "$retcode");', tmp_path).send()
    assert (outcome.reason, (tmp_path / "f").read_text()) == ("1", "from 192.0.2.9")
    assert [each.name for each in tmp_path.iterdir()] == ["f"]


def test_only_files_are_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("pipe", "it is no regular file"), ("none/f", "No such file or directory")):
        outcome = run(f'file_write("{name}", "x"); sl_reply("200", "$retcode");', tmp_path).send()
        assert (outcome.reason, outcome.log) == ("-1", [f"script: file_write: {name}: {why}"])
    body = '$var(x) = "y"; while ($(var(x){s.len}) < 65536) { $var(x) = $var(x) + $var(x); } '
    outcome = run(body + 'file_write("f", "$var(x)"); sl_reply("200", "$retcode");', tmp_path).send()
    assert (outcome.reason, (tmp_path / "f").exists()) == ("-1", False)


@pytest.mark.parametrize("call", ['file_read("$rU", "$var(x)")', 'file_write($var(x), "x")'])
def test_message_names_no_file(call: str) -> None:
    with pytest.raises(AssertionError, match="argument 1"):
        run(f"{call};")


def own_via(body: str, more: str = "") -> tuple[str, list[str]]:
    """Our Via behind its seal, and what was logged."""
    script = run(f'{body} forward("198.51.100.9");', more=more)
    script.environment.server_id = 7
    outcome = script.send(OPTIONS)
    via = outcome.forwards[0].message.top_via
    assert [name for name, _ in via.params[:2]] == [b"branch", b"i"]
    assert script.respond(outcome.forwards[0]).status == 200  # the answer finds its way back
    rest = "".join(f";{n.decode()}" + ("" if v is None else f"={v.decode()}") for n, v in via.params[2:])
    return f"{via.host.decode()}:{via.port}{rest}", outcome.log


@pytest.mark.parametrize(
    ("body", "via"),
    [
        ("", "192.0.2.1:5060"),
        ("via_add_srvid(1);", "192.0.2.1:5060;srvid=7"),
        ("via_add_srvid(1); via_add_srvid(1);", "192.0.2.1:5060;srvid=7"),
        ("via_add_srvid(1); via_add_srvid(0);", "192.0.2.1:5060"),
        ('$xavp(v=>a) = "1"; $xavp(v[0]=>b) = "x y"; via_add_xavp_params(1);', "192.0.2.1:5060;a=1"),
        ('$xavp(v=>a) = ""; $xavp(v[0]=>b) = 2; via_add_xavp_params("1");', "192.0.2.1:5060;a;b=2"),
        ("via_add_xavp_params(1);", "192.0.2.1:5060"),
        ('$xavp(f=>address) = "gw.example"; $xavp(f[0]=>port) = "5099"; via_use_xavp_fields(1);', "gw.example:5099"),
        ('$xavp(f=>address) = "2001:db8::1"; via_use_xavp_fields(1);', "[2001:db8::1]:5060"),
        ("via_use_xavp_fields(1);", "192.0.2.1:5060"),
    ],
)
def test_our_via_says_what_the_script_wants(body: str, via: str) -> None:
    assert own_via(body, 'xavp_via_params = "v"\nxavp_via_fields = "f"')[0] == via


@pytest.mark.parametrize("name", ["branch", "I", "received", "maddr", "a b"])
def test_parameter_that_would_change_the_way_back_is_left_out(name: str) -> None:
    body = f'xavp_child_sets("v", "{name}", "x"); via_add_xavp_params(1);'
    via, log = own_via(body, 'xavp_via_params = "v"')
    assert (via, log) == ("192.0.2.1:5060", [f"script: via_add_xavp_params: {name!r} can't be a parameter of our Via"])


def test_value_never_ends_the_line_and_a_bad_host_is_told() -> None:
    body = '$xavp(v=>a) = "x\r\nEvil: 1"; via_add_xavp_params(1); $xavp(f=>address) = "a b"; via_use_xavp_fields(1);'
    via, log = own_via(body, 'xavp_via_params = "v"\nxavp_via_fields = "f"')
    assert via == "192.0.2.1:5060"
    assert log[1] == "script: via_use_xavp_fields: 'a b' is no host"


def test_without_the_setting_nothing_is_written() -> None:
    for call in ("via_add_xavp_params(1)", "via_use_xavp_fields(1)"):
        assert run(f'{call}; sl_reply("200", "$retcode");').send().reason == "-1"


def test_replies_keep_the_via_of_who_asked() -> None:
    with pytest.raises(AssertionError, match="RFC 3261 8"):
        run("via_reply_add_xavp_params(1);")
