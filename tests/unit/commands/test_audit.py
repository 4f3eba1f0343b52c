"""`sertwist audit`: what it prints, and its exit status."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sertwist.commands.audit import audit
from sertwist.rpc.call import Call
from tests.unit.rpc.audit.kit import ALICE, NOBODY
from tests.unit.server.test_audit_store import Server

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Seven records on one day, 10 minutes apart from the third on."""
    path = tmp_path / "audit.log"
    server = Server(path, rotate_bytes=1_500)
    server.log.start(version="1.0", pid=7, script="ser.cfg")
    server.log.outcome(server.log.begin(Call("core.version"), ALICE, call_id="v", rule="ser.cfg:18"), 0)
    server.now += 600
    server.log.outcome(server.log.begin(Call("core.kill"), ALICE, call_id="k", rule="ser.cfg:18"), 0)
    server.now += 600
    server.log.refused(Call("cfg.set", ("=cmd", "\x1b[31m")), NOBODY, 403, "Denied", call_id="r")
    server.log.flush()
    server.log.refused(None, NOBODY, 400, "Bad", call_id="x")
    server.log.stop("SIGTERM")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(audit, [str(each) for each in arguments])


def numbers(*arguments: object) -> list[int]:
    result = run("export", *arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line)["seq"] for line in result.output.splitlines()]


def test_verify_says_that_a_log_holds_and_where_it_ends(log: Path) -> None:
    result = run("verify", log)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output.startswith("audit.log: holds, records 1 to 7, ")
    assert run("verify", "--quiet", log).output == ""
    end = result.output.split()[-1]
    assert run("verify", "--expect", f"7:{end}", log).exit_code == 0
    wrong = run("verify", "--expect", f"6:{end}", log)
    assert (wrong.exit_code, wrong.stderr) == (1, "error: audit.log:2: record 6 has not the hash that was given\n")


def test_verify_names_the_line_that_was_changed(log: Path) -> None:
    older = log.with_name("audit.log.0000000000000001")
    older.write_bytes(older.read_bytes().replace(b'"core.kill()"', b'"core.echo()"', 1))
    result = run("verify", log)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: audit.log.0000000000000001:3: record 3 was changed\n"


@pytest.mark.parametrize("command", ["show", "export"])
def test_records_of_a_log_that_does_not_hold_are_shown_and_the_status_is_1(log: Path, command: str) -> None:
    log.with_name("audit.log.head").unlink()
    result = run(command, log)
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 7)
    assert result.stderr == "error: audit.log.head: there is no head, or it was changed: a cut end could not be told\n"
    assert run(command, "--no-head", log).exit_code == 0


def test_show_prints_a_line_a_record_that_moves_no_cursor(log: Path) -> None:
    assert run("show", log).output.splitlines() == [
        "2026-11-18T11:06:40Z 1 start version=1.0 pid=7 script=ser.cfg",
        "2026-11-18T11:06:40Z 2 outcome core.version() -> 0 from 192.0.2.7:4711 user:alice@example.org by ser.cfg:18",
        "2026-11-18T11:16:40Z 3 intent core.kill() from 192.0.2.7:4711 user:alice@example.org by ser.cfg:18",
        "2026-11-18T11:16:40Z 4 outcome core.kill() -> 0 from 192.0.2.7:4711 user:alice@example.org by ser.cfg:18",
        '2026-11-18T11:26:40Z 5 refused cfg.set("=cmd", "\\u001b[31m") -> 403 from 192.0.2.8:4712 no TLS: Denied',
        "2026-11-18T11:26:40Z 6 refused (not read) -> 400 from 192.0.2.8:4712 no TLS: Bad",
        "2026-11-18T11:26:40Z 7 stop: SIGTERM",
    ]
    assert len(run("show", "-n", 2, log).output.splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--since", "2026-11-18T11:16:40Z"], [3, 4, 5, 6, 7]),
        (["--until", "2026-11-18T12:16:40+01:00"], [1, 2]),
        (["--since", "2026-11-19"], []),
        (["--since", "100000d"], [1, 2, 3, 4, 5, 6, 7]),
        (["--who", "ALICE"], [2, 3, 4]),
        (["--who", "192.0.2.8"], [5, 6]),
        (["--method", "core.*"], [2, 3, 4]),
        (["--method", "core.kill", "--call", "k"], [3, 4]),
        (["--decision", "refused"], [5, 6]),
        (["--decision", "allowed", "--method", "*.version"], [2]),
        (["--call", "none"], []),
    ],
)
def test_records_are_chosen(log: Path, options: list[str], expected: list[int]) -> None:
    assert numbers(*options, log) == expected


def test_csv_has_one_row_a_record_and_no_formula(log: Path) -> None:
    result = run("export", "-o", "csv", log)
    rows = list(csv.DictReader(io.StringIO(result.output)))
    assert [row["seq"] for row in rows] == ["1", "2", "3", "4", "5", "6", "7"]
    assert (rows[2]["methods"], rows[2]["key"]) == ("core.kill", "user:alice@example.org")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify"], "Missing argument"),
        (["verify", "/no-audit.log"], "/no-audit.log: No such file or directory"),
        (["show", "--since", "yesterday", "x"], "'yesterday' is no time: write 2026-11-24"),
        (["verify", "--expect", "7", "x"], "'7' is not a number, a colon and 64 hexadecimal digits"),
    ],
)
def test_what_can_not_be_read_is_said(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert words in result.stderr
