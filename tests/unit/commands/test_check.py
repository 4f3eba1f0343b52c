"""`sertwist check`: several scripts, JSON, SARIF, the dialect, and what a code means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from sertwist.commands.check import check_script
from sertwist.script.codes import codes
from sertwist.server.cli import main

if TYPE_CHECKING:
    from pathlib import Path

GOOD = 'loadmodule "sl"\nroute { sl_reply("200", "OK"); }\n'
BAD = 'loadmodule "sl"\nroute { sl_reply("200"); brake; }\n'


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(check_script, [str(each) for each in arguments])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.cfg"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad one.cfg"
    path.write_text(BAD)
    return path


def test_a_good_script_is_ok_and_its_dialect_is_told(good: Path) -> None:
    found = _run(good)
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        f"{good}: ok, 2 sockets, modules core sl",
        f"{good}: read as kamailio: nothing in it tells (not certain)",
    ]
    assert _run("--dialect", "ser2", good).stdout.splitlines()[1] == f"{good}: read as ser2: asked for"


def test_several_scripts_are_checked_and_one_error_is_the_exit_status(good: Path, bad: Path) -> None:
    found = _run(bad, good)
    assert found.exit_code == 1
    assert f"{bad}:2:9: error: 'sl_reply' takes 2 arguments" in found.stderr
    assert f"{good}: ok" in found.stdout


def test_a_missing_file_is_an_error_and_the_others_are_checked(tmp_path: Path, good: Path) -> None:
    found = _run(tmp_path / "none.cfg", good)
    assert found.exit_code == 1
    assert "cannot read the script" in found.stderr
    assert f"{good}: ok" in found.stdout


def test_json_has_every_finding_with_its_place(good: Path, bad: Path) -> None:
    found = _run("-o", "json", bad, good)
    assert found.exit_code == 1
    first, second = json.loads(found.stdout)["scripts"]
    assert (first["script"], first["errors"], second["errors"], second["findings"]) == (str(bad), 2, 0, [])
    assert second["dialect"] == {"name": "kamailio", "certain": False, "reason": "nothing in it tells"}
    assert first["findings"][0] == {
        "file": str(bad),
        "line": 2,
        "column": 9,
        "end_line": 2,
        "end_column": 24,
        "severity": "error",
        "code": "argument-count",
        "message": "'sl_reply' takes 2 arguments (code, reason), 1 given",
        "fix": "",
    }


def test_sarif_has_what_its_schema_asks_for(bad: Path) -> None:
    found: Any = json.loads(_run("-o", "sarif", bad).stdout)
    assert (found["version"], found["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-2.1.0.json")
    (run,) = found["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "sertwist"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == f"{bad.parent.as_uri()}/bad%20one.cfg"
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]


def test_a_code_is_explained() -> None:
    found = _run("--explain", "argument-count")
    assert found.exit_code == 0
    assert found.stdout.startswith("argument-count (error): a wrong number of arguments\n")
    assert 'sl_reply("404", "Not Found");' in found.stdout
    assert found.stdout.rstrip("\n") == codes()["argument-count"].explained()


def test_an_unknown_code_is_refused_with_the_nearest() -> None:
    found = _run("--explain", "argument-cuont")
    assert found.exit_code == 1
    assert "did you mean 'argument-count'?" in found.stderr


def test_without_a_script_it_says_so() -> None:
    assert _run().exit_code == 2


STUBBED = """loadmodule "sl"
loadmodule "nobodys.so"
modparam("nobodys", "what", "ever")
route {
    if (nobodys_test("x", $nobodys(y))) sl_reply("200", "yes");
    $var(x) = nobodys_number();
    sl_reply("404", "$var(x) $rc");
}
event_route[nobodys:thing] { log("x"); }
"""


def test_module_that_nobody_knows_may_be_taken_on_trust(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text(STUBBED)
    found = _run(path)
    assert found.exit_code == 1
    assert "error: unknown module 'nobodys'" in found.stderr
    found = _run("--stub-unknown-modules", path)
    assert (found.exit_code, "error:" in found.stderr) == (0, False)
    for words in ("unknown module", "unknown function 'nobodys_test'", "unknown variable", "the event 'nobodys:thing'"):
        assert f"warning: {words}" in found.stderr or words in found.stderr
    traced = CliRunner().invoke(main, ["trace", "--stub-unknown-modules", str(path), "OPTIONS sip:a@b"])
    assert traced.exit_code == 0
    assert "404 -1 -1" in traced.stdout
    path.write_text('loadmodule "sl"\nroute { nobodys_test(); }')
    assert _run("--stub-unknown-modules", path).exit_code == 1


SIDES = """loadmodule "sl"
#!define WITH_A
#!ifdef WITH_A
#!define REPLY "fine"
#!else
#!ifdef WITH_B
nonsense = 1
#!endif
lisen = udp:127.0.0.1
#!endif
#!ifndef URL
#!define URL "sip:a@b"
#!endif
#!trydefine TEXT "t"
route {
#!ifdef WITH_C
    sl_replay("200", URL);
#!endif
#!ifexp 1 > 2
    exec_it();
#!endif
    sl_reply("200", TEXT);
}
"""


def test_other_side_of_each_condition_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text(SIDES)
    assert _run(path).exit_code == 0
    found = _run("--all-branches", path)
    assert found.exit_code == 1
    errors = sorted(line.partition("error: ")[2] for line in found.stderr.splitlines() if "error:" in line)
    assert [line.rpartition("(")[2] for line in sorted(errors, key=lambda each: each.rpartition("(")[2])] == [
        "on the other side of '1 > 2')",
        "with WITH_C)",
        "without WITH_A)",
        "without WITH_A, with WITH_B)",
    ]
    assert any("nonsense" in line and "(without WITH_A, with WITH_B)" in line for line in errors)
    assert any("lisen" in line and line.endswith("(without WITH_A)") for line in errors)
    answer = json.loads(_run("--all-branches", "-o", "json", path).stdout)
    assert answer["scripts"][0]["errors"] == len(errors)
