"""What a policy says to single calls: by default no; a denial wins; nothing that can't be told helps a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sertwist.rpc.call import Call
from sertwist.rpc.caller import Caller
from tests.unit.rpc.policy.making import METHODS, NOW, bearer, policy, registry, user

if TYPE_CHECKING:
    from sertwist.rpc.policy import Policy, Verdict

CA = '[ca.demo]\nsubject = "CN=Test CA,O=Example"\n'
KILLER = (
    CA
    + """
[role.killer]
who = [{ cn = "SER-Killer", ca = "demo" }]
[[allow]]
name = "all"
roles = ["killer"]
methods = ["*"]
"""
)


def ask(held: Policy, caller: Caller, name: str, *params: Any, now: float = NOW) -> Verdict:
    return held.decide_all(registry().canonical(Call(name, params)), registry(), caller, now)


def test_who_holds_the_role_may_and_the_rule_is_named() -> None:
    found = ask(policy(KILLER), bearer("SER-Killer"), "core.kill")
    assert (found.allowed, found.role, found.rule, found.file, found.line) == (True, "killer", "all", "policy.toml", 6)
    assert found.reason == "rule all allows it to role killer"


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (Caller(), "it is not proved who calls"),
        (Caller(words="certificate expired", protocol="TLS"), "it is not proved who calls"),
        (bearer("Bob"), "the caller holds no role"),
        (bearer("SER-Killer", "Other CA"), "the caller holds no role"),
        (user(0), "the caller holds no role"),
        (Caller(user="SER-Killer@example.com"), "the caller holds no role"),
    ],
)
def test_others_may_nothing(caller: Caller, reason: str) -> None:
    for method in METHODS:
        found = ask(policy(KILLER), caller, method.name)
        assert (found.allowed, found.reason, found.rule, found.line) == (False, reason, "", 0)
