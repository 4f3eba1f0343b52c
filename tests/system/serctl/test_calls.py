"""What a person or a script gets from calls that succeed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.serctl.conftest import Run
    from tests.system.serctl.peer import Peer

PS = [4711, "main process", 4712, "tls:127.0.0.1:5061"]


def test_version_is_printed_plainly(serctl: Run) -> None:
    ran = serctl("version")
    assert (ran.status, ran.out, ran.err) == (0, "sertwist 0.1.0\n", "")


def test_request_is_xml_rpc_over_http_when_sent(serctl: Run, peer: Peer) -> None:
    assert serctl("version").status == 0
    path, fields = peer.heads[0]
    assert path == "/RPC2"
    assert fields["Content-Type"] == "text/xml"
    assert fields["User-Agent"].startswith("serctl/")
    assert fields["Host"] == peer.url.split("/")[2]


def test_processes_are_rows_when_shown_as_table(serctl: Run, peer: Peer) -> None:
    peer.methods["core.ps"] = PS
    assert serctl("ps").out == (
        " PID  DESCRIPTION\n4711  main process\n4712  tls:127.0.0.1:5061\n"
    )  # fmt: skip


def test_processes_stay_flat_when_shown_as_json(serctl: Run, peer: Peer) -> None:
    peer.methods["core.ps"] = PS
    assert json.loads(serctl("-o", "json", "ps").out) == PS
    assert json.loads(serctl("ps", "-o", "json").out) == PS


def test_uptime_comes_first_when_shown_as_table_only(serctl: Run, peer: Peer) -> None:
    peer.methods["core.uptime"] = {"now": "B", "up_since": "A", "uptime": 7, "extra": "x"}
    assert serctl("uptime").out == "uptime    7\nup_since  A\nnow       B\nextra     x\n"
    assert list(json.loads(serctl("-o", "json", "uptime").out)) == ["now", "up_since", "uptime", "extra"]


def test_structs_are_rows_when_an_array_holds_them(serctl: Run, peer: Peer) -> None:
    peer.methods["core.psx"] = [{"IDX": 0, "DSC": "main"}, {"IDX": 10, "DSC": "tls", "MORE": [1, {"a": "b"}]}]
    assert serctl("call", "core.psx").out == (
        'IDX  DSC   MORE\n  0  main\n 10  tls   [1,{"a":"b"}]\n'
    )  # fmt: skip


def test_json_is_exact_when_the_result_has_every_type(serctl: Run, peer: Peer) -> None:
    when = datetime(2026, 1, 31, 12, 0, 1)  # noqa: DTZ001 - XML-RPC has no zone
    peer.methods["every"] = [1, -1.5, True, None, "ü", b"\0\xff", when, {}, []]
    assert json.loads(serctl("-o", "json", "call", "every").out) == [
        *(1, -1.5, True, None, "ü", "AP8=", "2026-01-31T12:00:01Z", {}, [])
    ]


def test_terminal_controls_are_escaped_when_a_server_sends_them(serctl: Run, peer: Peer) -> None:
    peer.methods["core.version"] = "a\x9b31m\u202eb"
    peer.methods["evil"] = [{"na\x9bme": "x\u2028y"}]
    assert serctl("version").out == "a\\x9b31m\\u202eb\n"
    assert serctl("call", "evil").out == "na\\x9bme\nx\\u2028y\n"
    document = serctl("-o", "json", "version").out
    assert "\x9b" not in document
    assert json.loads(document) == "a\x9b31m\u202eb"


def test_methods_are_filtered_when_a_glob_is_given(serctl: Run, peer: Peer) -> None:
    peer.methods["system.listMethods"] = ["core.kill", "core.version", "tls.list"]
    assert serctl("methods").out == "core.kill\ncore.version\ntls.list\n"
    assert serctl("methods", "core.*").out == "core.kill\ncore.version\n"
    ran = serctl("methods", "ul.*")
    assert (ran.status, ran.out) == (5, "")


def test_help_shows_signatures_and_words(serctl: Run, peer: Peer) -> None:
    peer.methods |= {
        "system.methodHelp": lambda name: f"What {name} does.",
        "system.methodSignature": [["string"], ["string", "int"]],
    }
    assert serctl("help", "m").out == "string m()\nstring m(int)\n\nWhat m does.\n"
    assert json.loads(serctl("-o", "json", "help", "m").out) == {
        "method": "m",
        "help": "What m does.",
        "signatures": [["string"], ["string", "int"]],
    }
    del peer.methods["system.methodSignature"]
    assert serctl("help", "m").out == "m\n\nWhat m does.\n"


def test_arguments_get_declared_types_when_there_is_a_signature(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"m": True, "system.methodSignature": [["int", "string", "string", "double", "int"]]}
    assert serctl("call", "m", "0123", "42", "-1", "-7").status == 0
    assert peer.calls[-1] == ("m", ("0123", "42", -1.0, -7))
    assert isinstance(peer.calls[-1][1][2], float)


def test_plain_numbers_are_numbers_when_there_is_no_signature(serctl: Run, peer: Peer) -> None:
    peer.methods["m"] = True
    texts = ("42", "-1.0", "85030A", ";transport=udp", '"quoted"', "ü", "1e5", "0123", "+49", "--help", "-o")
    assert serctl("call", "m", *texts).status == 0
    assert peer.calls[-1] == ("m", (42, -1.0, *texts[2:]))


def test_signature_is_not_asked_for_when_arguments_say_their_types(serctl: Run, peer: Peer, tmp_path: Path) -> None:
    peer.methods["m"] = True
    arguments = ("s:42", "i:42", "d:1", "b:false", 'json:{"a": [1, null]}', "t:2026-01-31T12:00:00Z")
    assert serctl("--yes", "call", "m", *arguments).status == 0
    when = datetime(2026, 1, 31, 12, tzinfo=UTC).replace(tzinfo=None)
    assert peer.calls == [("m", ("42", 42, 1.0, False, {"a": [1, None]}, when))]


def test_one_connection_carries_both_when_a_signature_is_asked_for(serctl: Run, peer: Peer) -> None:
    peer.methods["m"] = True
    assert serctl("call", "m", "1").status == 0
    assert [method for method, _ in peer.calls] == ["system.methodInfo", "system.methodSignature", "m"]
    assert peer.accepted == 1


def test_stdout_stays_clean_when_verbose(serctl: Run, peer: Peer) -> None:
    peer.methods["m"] = {"password": "hunter2", "name": "bob"}
    ran = serctl("-v", "call", "m", 'json:{"ha1": "abc123", "user": "bob"}')
    assert ran.out == "password  hunter2\nname      bob\n"
    assert "hunter2" not in ran.err
    assert "abc123" not in ran.err
    assert "<name>user</name><value><string>bob" in ran.err
    assert "TLSv1.3" in ran.err
    assert "HTTP 200" in ran.err


def test_kill_is_sent_when_confirmed(serctl: Run, peer: Peer) -> None:
    peer.methods["core.kill"] = True
    assert serctl("kill", "--yes").status == 0
    assert serctl("--yes", "kill", "15").status == 0
    assert serctl("call", "--yes", "core.kill").status == 0
    ran = serctl("--yes", "-o", "json", "kill")
    assert (ran.status, ran.out) == (0, "true\n")
    assert [params for method, params in peer.calls if method == "core.kill"] == [(), (15,), (), ()]


def test_kill_is_refused_when_nobody_can_be_asked(serctl: Run, peer: Peer) -> None:
    peer.methods["core.kill"] = True
    for command in (("kill",), ("call", "core.kill")):
        ran = serctl(*command)
        assert ran.status == 2
        assert "--yes" in ran.err
    assert peer.accepted == 0
