"""What is wrong with a policy file is told with its line and what to write; nothing wrong is let pass."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from sertwist.limits import MAX_POLICY_FILE, MAX_POLICY_ROLES, MAX_POLICY_RULES, MAX_POLICY_TEXT
from sertwist.rpc.policy import read_rules
from tests.unit.rpc.policy.making import read

GOOD = """\
[ca.demo]
subject = "CN=Test CA,O=Example"
[role.a]
who = [{ unix = 0 }]
variables = { domain = "example.com" }
[role.b]
who = [{ cn = "B", ca = "demo" }]
[[allow]]
roles = ["a", "b"]
methods = ["core.*"]
"""

CASES = (Path(__file__).parent / "findings.txt").read_text().split("\n@ ")[1:]


def changed(line: int, text: str) -> str:
    """GOOD with `text` in place of a line; 0: behind the last."""
    lines = GOOD.splitlines()
    return "\n".join([*lines[: line - 1], text, *lines[line:]] if line else [*lines, text])


def test_a_good_policy_has_no_findings() -> None:
    assert (read(GOOD).text, read(GOOD).policy is None) == ("", False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.partition("\n> ")[2][:60])
def test_what_is_wrong_is_told(case: str) -> None:
    written, _, findings = case.rstrip("\n").partition("\n> ")
    line, _, text = written.partition("\n")
    reading = read(changed(int(line), text))
    assert reading.text.replace("policy.toml:", "") == findings
    assert (reading.policy is None) is (" error: " in findings)


@pytest.mark.parametrize(
    "more",
    [
        '[[allow]]\nroles = ["a"]\nmethods = ["core.ps"]\nreveal = true',
        '[[deny]]\nroles = ["b"]\nmethods = ["core.*"]\n',
        '[[deny]]\nmethods = ["core.*"]\nwhen.days = "mon"',
        '[[allow]]\nroles = ["a"]\nmethods = ["core.ps", "htable.*"]',
        '[[confirm]]\nmethods = ["core.kill"]',
    ],
)
def test_rules_that_decide_something_are_not_told(more: str) -> None:
    assert read(f"{GOOD}{more}").text == ""


def test_a_value_from_the_file_can_not_move_the_cursor() -> None:
    assert "\x1b" not in read(GOOD.replace("who", '"wh\\u001b[2J"', 1)).text


def test_bounds_hold() -> None:
    roles = "".join(
        f"[role.r{number}]\nwho = [{{ unix = 5 }}]\nlist_all = true\n" for number in range(MAX_POLICY_ROLES)
    )
    assert read(roles).policy is not None
    assert (
        f"there are {MAX_POLICY_ROLES + 1} roles (at most {MAX_POLICY_ROLES})"
        in read(f"{roles}[role.one_more]\nwho = [{{ unix = 5 }}]\n").text
    )
    rules = '[[allow]]\nroles = ["a"]\nmethods = ["core.ps"]\nwhen.days = "mon"\n'
    assert read(GOOD.replace("core.*", "core.version") + rules * (MAX_POLICY_RULES - 1)).policy is not None
    assert read(GOOD.replace("core.*", "core.version") + rules * MAX_POLICY_RULES).policy is None
    assert read("#" * MAX_POLICY_FILE).policy is not None
    assert read("#" * (MAX_POLICY_FILE + 1)).policy is None
    assert read("a = " + "[" * 100_000).policy is None


def test_patterns_and_variables_are_bounded() -> None:
    def text(pattern: str, variable: str) -> str:
        return read(
            f'[role.a]\nwho = [{{ unix = 0 }}]\nvariables = {{ x = "{variable}" }}\n'
            f'[[allow]]\nroles = ["a"]\nmethods = ["usrloc.rm"]\nparams = {{ aor = "{pattern}" }}'
        ).text

    most = "a" * MAX_POLICY_TEXT
    assert text(most, most) == text("{x}", most) == text("{x}{x}", most[::2]) == ""
    assert text(f"{most}a", "x").endswith("can't be used (at most 256 characters)")
    assert text("{x}", f"{most}a").endswith(": error: aor may have 257 characters for role a (at most 256)")
    assert text("b{x}{x}", most[::2]).endswith(": error: aor may have 257 characters for role a (at most 256)")


def test_values_of_a_parameter_are_bounded() -> None:
    many = ", ".join(f'"{number}"' for number in range(32))
    rule = '[[allow]]\nroles = ["a"]\nmethods = ["usrloc.rm"]\nparams = { aor = "{x}{y}" }'
    role = f"[role.a]\nwho = [{{ unix = 0 }}]\nvariables = {{ x = [{many}], y = [{many}] }}\n"
    assert read(role + rule).text == "policy.toml:7: error: aor may have 1024 values for role a (at most 1000)"
    assert read(role.replace('"31"', '"30"') + rule).text.endswith("1024 values for role a (at most 1000)")
    assert read(role.replace(', "31"', "") + rule).policy is not None


def test_utc_is_known_on_a_host_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_name: str) -> None:
        raise ZoneInfoNotFoundError

    monkeypatch.setattr(read_rules, "ZoneInfo", none)
    assert read(f'{GOOD}[[deny]]\nmethods = ["core.ps"]\nwhen.days = "mon"').text == ""
    assert "package tzdata" in read(f'zone = "Europe/Prague"\n{GOOD}').text
