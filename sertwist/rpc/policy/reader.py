"""Read a policy file: `read_policy` gives a `Policy`, or everything that keeps it from being one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sertwist.limits import MAX_POLICY_FILE, MAX_POLICY_ROLES, MAX_POLICY_RULES
from sertwist.rpc.policy.declared import Declared
from sertwist.rpc.policy.finding import Finding, Findings, Severity
from sertwist.rpc.policy.policy import Policy
from sertwist.rpc.policy.read_roles import read_authorities, read_roles
from sertwist.rpc.policy.read_rules import read_rules
from sertwist.rpc.policy.review import review
from sertwist.rpc.policy.table import Table
from sertwist.rpc.policy.toml_lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.read_roles import UidOf

__all__ = ["Reading", "read_policy", "unreadable"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file: a policy, or None when there are errors; and all findings, by line."""

    policy: Policy | None
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """The findings for people, a line each."""
        return "\n".join(each.text for each in self.findings)

    def with_finding(self, finding: Finding) -> Reading:
        """The same with one more finding, before all others."""
        return replace(self, findings=(finding, *self.findings))


def read_policy(text: str, file: str, methods: Iterable[Method], uid_of: UidOf) -> Reading:
    """The policy that `text` declares.

    Args:
        text: of the file.
        file: its name, for people.
        methods: that there are; a rule about others is told.
        uid_of: gives a Unix user's number.
    """
    if len(text) > MAX_POLICY_FILE:
        return unreadable(file, 1, f"the file has more than {MAX_POLICY_FILE} characters", "policy-size")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = str(error).rpartition("at line ")[2].partition(",")[0]
        return unreadable(
            file, int(line) if line.isdigit() else text.count("\n") + 1, f"no TOML: {error}", "policy-toml"
        )
    except RecursionError:
        return unreadable(file, 1, "no TOML: too many brackets in each other", "policy-toml")
    findings = Findings(file, key_lines(text))
    document = Table(content, (), findings)
    authorities = read_authorities(document)
    roles = read_roles(document, authorities, uid_of)
    rules = read_rules(document, roles)
    document.close()
    for word, count, most in (("roles", len(roles), MAX_POLICY_ROLES), ("rules", len(rules), MAX_POLICY_RULES)):
        if count > most:
            findings.error("policy-size", (), f"there are {count} {word}", f"at most {most}")
    declared = Declared(file, authorities, roles, rules)
    if not findings.has_errors:
        review(declared, list(methods), findings)
    policy = None if findings.has_errors else Policy(declared)
    return Reading(policy, tuple(findings))


def unreadable(file: str, line: int, message: str, code: str) -> Reading:
    """What comes of a file that is no policy at all."""
    return Reading(None, (Finding(code=code, severity=Severity.ERROR, file=file, line=line, message=message),))
