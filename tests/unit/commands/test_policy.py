"""`sertwist policy`: check, test, matrix, explain."""

from __future__ import annotations

import json
from pathlib import Path
from xml.dom import minidom

import pytest
from click.testing import CliRunner, Result

from sertwist.server.cli import main
from tests.unit.rpc.policy.making import authority, certificate

CONF = Path(__file__).parents[3] / "conf"
POLICY = """\
[ca.test]
subject = "CN=Test CA,O=Example"
[role.reader]
who = [{ cn = "A", ca = "test" }]
[role.chief]
who = [{ unix = 0 }, { digest = "al@r" }]
each = { rate = 2, running = 1 }
[[allow]]
name = "reads"
roles = ["reader", "chief"]
methods = ["core.*", "htable.get"]
effects = ["read"]
[[allow]]
name = "own table"
roles = ["chief"]
methods = ["htable.*"]
params.table = "x"
reveal = true
[[deny]]
name = "no nights"
methods = ["htable.*"]
when.hours = "22:00-06:00"
[[allow]]
name = "stop"
roles = ["chief"]
methods = ["core.kill"]
[[confirm]]
methods = ["core.kill"]
by = ["reader", "chief"]
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(POLICY)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["policy", *(str(each) for each in arguments)])


def run_cases(policy: Path, cases: str, *options: object) -> Result:
    path = policy.with_name("p.test.toml")
    path.write_text(f'policy = "p.toml"\n{cases}')
    return run("test", policy, *options)


def test_a_good_policy_is_ok(policy: Path) -> None:
    result = run("check", policy)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{policy}: ok, 2 roles, 5 rules\n"


def test_what_is_wrong_is_told_with_its_line(policy: Path) -> None:
    policy.write_text(POLICY.replace("core.kill", "core.kil"))
    result = run("check", policy)
    fix = "(did you mean 'core.kill'?)"
    assert result.exit_code == 1
    assert result.stderr == (
        f"{policy}:26: warning: no method is called 'core.kil' {fix}\n"
        f"{policy}:28: error: no method is called 'core.kil' {fix}\n"
    )
    found = json.loads(run("check", policy, "-o", "json").stdout)
    assert found[1] == {
        "file": str(policy),
        "line": 28,
        "severity": "error",
        "code": "policy-method-unknown",
        "message": "no method is called 'core.kil'",
        "fix": "did you mean 'core.kill'?",
    }


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "cannot read the policy: No such file or directory"),
        (b"# \xe4\n", ":1: error: no TOML: it is not UTF-8"),
        (b"[role.a\n", ":1: error: no TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"),
    ],
)
def test_what_is_no_policy_is_told(tmp_path: Path, data: bytes | None, told: str) -> None:
    path = tmp_path / "p.toml"
    if data is not None:
        path.write_bytes(data)
    result = run("check", path)
    assert result.exit_code == 1
    assert told in result.stderr
    assert run("matrix", path).exit_code == 2
    assert run("explain", path, "core.ps").exit_code == 2


def test_a_policy_that_everybody_may_change_is_told(policy: Path) -> None:
    policy.chmod(0o666)
    result = run("check", policy)
    told = f"{policy}:1: warning: every user of this host may change the file (chmod o-w {policy})\n"
    assert (result.exit_code, result.stderr) == (0, told)


def test_cases_that_pass_are_counted(policy: Path) -> None:
    result = run_cases(
        policy,
        """
        [[case]]
        as = { unix = 0 }
        call = "htable.sets"
        arguments = { key = "k", table = "x", value = "1" }
        expect = "allow"
        rule = "own table"
        role = "chief"
        reveal = true
        [[case]]
        name = "no"
        as = { unix = 0 }
        call = "htable.sets"
        arguments = ["y", "k", "1"]
        expect = "deny"
        reason = "only when table is x: 'y'"
        reveal = false
        [[case]]
        as = { digest = "al@r" }
        call = "core.kill"
        expect = "confirm"
        [[case]]
        as = { unix = 0 }
        at = 2026-01-01T22:00:00+01:00
        may = ["core.p*", "core.kill", "htable.sets"]
        [[case]]
        as = { unix = 0 }
        at = 2026-01-01 23:00:00
        may_not = ["htable.*"]
        """,
        "-v",
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1:] == [
        f"passed {policy.with_name('p.test.toml')}: {name}" for name in ("no", "case 3", "case 4", "case 5")
    ] + ["5 cases, 0 failed"]


def test_what_is_otherwise_than_expected_is_told(policy: Path) -> None:
    report = policy.with_name("report.xml")
    result = run_cases(
        policy,
        """
        [[case]]
        name = "first"
        as = { cn = "A", ca = "test" }
        call = "core.kill"
        expect = "allow"
        rule = "stop"
        reveal = true
        reason = "because"
        [[case]]
        name = "second"
        as = { role = "reader" }
        may = ["htable.get", "core.kill"]
        may_not = ["core.ps"]
        [[case]]
        as = { role = "reader" }
        at = 2026-01-01T12:00:00Z
        may_only = ["core.version", "core.nothing"]
        """,
        "--junit",
        report,
    )
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    why = "no rule allows it to role reader"
    assert lines[1:6] == [
        f"  core.kill should be allowed, but is denied: {why}",
        f"  rule should be 'stop', but is 'none': {why}",
        f"  the reason should have 'because', but is: {why}",
        f"  secrets should be shown: {why}",
        f"FAILED {policy.with_name('p.test.toml')}: second",
    ]
    assert lines[6:8] == [
        "  core.kill should be one that the caller may call",
        "  core.ps should not be one that the caller may call",
    ]
    assert "  no method is called 'core.nothing'" in lines
    assert "  htable.get should not be one that the caller may call" in lines
    assert lines[-1] == "3 cases, 3 failed"
    suites = minidom.parse(str(report)).documentElement
    assert (suites.getAttribute("tests"), suites.getAttribute("failures")) == ("3", "3")


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ("cse = 1", ":2: error: unknown key 'cse' (did you mean 'case'?)"),
        ('[[case]]\nas = {}\ncall = "core.ps"', ':2: error: expect is of the wrong kind (write what becomes of'),
        ('[[case]]\nas = {}\ncall = "core.ps"\nexpect = "yes"', ":5: error: expect is of the wrong kind"),
        ("[[case]]\nas = {}", ':2: error: this case asks nothing (write call = "core.ps", expect = "allow", or may ='),
        ('[[case]]\nmay = ["core.*"]', ':2: error: it is not said who calls (write as = { role = "..." }, or as'),
        ('[[case]]\nas = { role = "x" }\nmay = ["core.*"]', ":3: error: there is no role 'x' (known: chief, reader)"),
        ('[[case]]\nas = { cn = "A" }\nmay = ["core.*"]', ":3: error: a CN without its CA"),
        ('[[case]]\nas = { who = "A" }\nmay = ["core.*"]', ":3: error: unknown key 'who'"),
        ('[[case]]\nas = { certificate = "a.pem" }\nmay = ["core.*"]', ":3: error: a.pem can't be read: No such file"),
        ('[[case]]\nas = {}\nfrom = "noc"\nmay = ["core.*"]', ":4: error: from is of the wrong kind"),
        ('[[case]]\nas = {}\nat = "noon"\nmay = ["core.*"]', ":4: error: at is of the wrong kind"),
        ('[[case]]\nas = {}\ncall = "htable.get"\narguments = { tabel = "x" }\nexpect = "deny"',
         ":5: error: arguments is of the wrong kind (write a list of the method's parameters,"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_cases_is_told(policy: Path, cases: str, told: str) -> None:
    result = run_cases(policy, cases)
    assert result.exit_code == 2
    assert f"p.test.toml{told}" in result.stderr


def test_a_policy_with_errors_and_missing_cases_are_told(policy: Path) -> None:
    result = run("test", policy)
    assert (result.exit_code, "p.test.toml: cannot read the cases: No such file" in result.stderr) == (2, True)
    policy.write_text(POLICY.replace("core.kill", "core.kil"))
    result = run_cases(policy, "")
    assert (result.exit_code, ":28: error: no method is called 'core.kil'" in result.stderr) == (2, True)


def test_cases_of_a_folder_are_run_with_those_of_scripts(policy: Path) -> None:
    assert run_cases(policy, '[[case]]\nas = {}\nmay_not = ["*"]').exit_code == 0
    result = CliRunner().invoke(main, ["test", str(policy.parent)])
    assert (result.exit_code, result.stdout) == (0, "1 cases, 0 failed\n")


def test_the_matrix_is_shown_with_its_conditions(policy: Path) -> None:
    result = run("matrix", policy, "--method", "core.ps", "--method", "core.kill", "--method", "htable.get")
    assert result.stdout.splitlines() == [
        "method      effect       reader  chief",
        "core.kill   destructive  -       yes +1",
        "core.ps     read         yes     yes",
        "htable.get  read         if 1    if 1",
        "",
        "1: not when time is 22:00-06:00 UTC",
    ]
    result = run(
        "matrix", policy, "--role", "chief", "--method", "htable.sets", "--method", "core.ps", "-o", "markdown"
    )
    assert result.stdout.splitlines() == [
        "| method | effect | chief |",
        "| --- | --- | --- |",
        "| core.ps | read | yes |",
        "| htable.sets | write | if 1 |",
        "",
        "- if 1: table is x; not when time is 22:00-06:00 UTC",
    ]


def test_the_matrix_as_json_names_the_rules(policy: Path) -> None:
    (row,) = json.loads(run("matrix", policy, "--method", "htable.sets", "-o", "json").stdout)
    assert row == {
        "method": "htable.sets",
        "effect": "write",
        "roles": {
            "reader": {"answer": "no", "conditions": [], "confirmations": 0, "rules": []},
            "chief": {
                "answer": "if",
                "conditions": ["table is x", "not when time is 22:00-06:00 UTC"],
                "confirmations": 0,
                "rules": ["no nights", "own table"],
            },
        },
    }
    result = run("matrix", policy, "--role", "cheif")
    assert (result.exit_code, "there is no role 'cheif'; there are: reader, chief" in result.stderr) == (2, True)


def test_a_call_is_explained_rule_by_rule(policy: Path) -> None:
    at = ("--at", "2026-01-01T12:00Z", "--as", "unix=0")
    result = run("explain", policy, *at, "htable.sets", "table=x", "key=k", "value=5")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "htable.sets: allowed",
        f"  rule 'own table' allows it to role chief ({policy}:13)",
        "  roles: chief",
        "  at most 2 a second, 1 at a time",
        "  line 19: rule 'no nights' (deny, everybody) does not hold",
        "    time is 22:00-06:00 UTC: no",
        "  line 13: rule 'own table' (allow, role chief) holds",
        "    table is x: 'x': yes",
    ]
    result = run("explain", policy, *at, "htable.sets", "y", "k", "5")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "htable.sets: denied",
        "  rule 'own table' (line 13) allows it to role chief only when table is x: 'y'",
    ]
    result = run("explain", policy, *at, "core.kill")
    assert result.stdout.splitlines()[0] == "core.kill: allowed when 1 other confirms it: chief or reader"
    result = run("explain", policy, *at, "core.nothing", "x")
    assert result.stdout.splitlines() == ["core.nothing: denied", "  there is no such method", "  roles: chief"]


def test_a_certificate_file_is_taken_as_verified(policy: Path, tmp_path: Path) -> None:
    for name, view in (("a", certificate("A")), ("ca", authority()), ("other", authority("Other CA"))):
        (tmp_path / f"{name}.pem").write_text(view.pem)
    shown = ("--as", f"certificate={tmp_path}/a.pem")
    found = [
        run("explain", policy, *shown, "--as", f"authority={tmp_path}/ca.pem", "core.ps"),
        run("explain", policy, *shown, "core.ps"),
        run("explain", policy, *shown, "--as", f"authority={tmp_path}/other.pem", "core.ps"),
    ]
    assert [each.exit_code for each in found] == [0, 1, 2]
    assert f"other.pem has not issued {tmp_path}/a.pem" in found[2].stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--as", "cn"], "'cn' is not KEY=VALUE, as in cn=NAME"),
        (["--as", "cn=A"], "a CN without its CA"),
        (["--as", "role=x"], "there is no role 'x' (known: chief, reader)"),
        (["--from", "noc"], "'noc' is no address"),
        (["--at", "noon"], "'noon' is no time: write 2026-01-31T08:00Z"),
    ],
)
def test_who_is_described_wrongly_is_told(policy: Path, options: list[str], told: str) -> None:
    result = run("explain", policy, *options, "core.ps")
    assert result.exit_code == 2
    assert told in result.stderr


def test_the_policy_in_conf_has_no_findings_and_its_cases_pass() -> None:
    result = run("check", CONF / "policy.toml")
    assert (result.exit_code, result.stderr) == (0, "")
    result = run("test", CONF / "policy.toml")
    assert (result.exit_code, result.stdout.rpartition(", ")[2]) == (0, "0 failed\n")
