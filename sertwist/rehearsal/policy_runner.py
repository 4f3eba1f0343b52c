"""Run the cases of a policy."""

from __future__ import annotations

import time
import tomllib
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.modules.known_methods import known_methods
from sertwist.rehearsal.policy_case import read_case
from sertwist.rehearsal.result import Result
from sertwist.rpc.policy.finding import Findings
from sertwist.rpc.policy.load import load_policy
from sertwist.rpc.policy.pattern import method_matches
from sertwist.rpc.policy.table import Table
from sertwist.rpc.policy.toml_lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sertwist.rehearsal.policy_case import PolicyCase
    from sertwist.rpc.policy.policy import Policy
    from sertwist.rpc.registry import Registry

__all__ = ["is_policy_file", "open_policy", "run_policy_file"]


def open_policy(path: Path, registry: Registry) -> Policy:
    """The policy in the file `path`.

    Raises:
        ConfigError: it can't be read or used; the text says what and where.
    """
    try:
        reading = load_policy(path, str(path), registry)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the policy: {error.strerror}", code="policy-file") from None
    if reading.policy is None:
        raise ConfigError(reading.text, code="policy-file")
    return reading.policy


def is_policy_file(path: Path) -> bool:
    """Whether the file `path` has cases of a policy; a script's, and what can't be read, are not."""
    try:
        return "policy" in tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def run_policy_file(path: Path, policy_path: Path | None = None) -> Iterator[Result]:
    """Run the cases of the file `path`, against the policy that it names or `policy_path`.

    Raises:
        ConfigError: something is wrong with either file.
    """
    registry = known_methods()
    for case in _cases(path, policy_path, registry):
        begin = time.perf_counter()
        problems = (*_differences(case, registry), *_lists(case, registry))
        yield Result(path, case.name, problems, time.perf_counter() - begin)


def _cases(path: Path, policy_path: Path | None, registry: Registry) -> list[PolicyCase]:
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the cases: {error.strerror}", code="case-file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", code="case-file") from None
    findings = Findings(str(path), key_lines(text))
    document = Table(content, (), findings)
    named = document.text("policy")
    if not named:
        findings.error("policy-case", (), "it is not said of what policy", 'write policy = "policy.toml"')
        raise ConfigError(_told(findings), code="case-file")
    policy = open_policy(policy_path or path.parent / named, registry)
    tables = enumerate(document.tables("case"), 1)
    cases = [read_case(each, number, policy, registry, path.parent) for number, each in tables]
    document.close()
    if findings.has_errors:
        raise ConfigError(_told(findings), code="case-file")
    return cases


def _told(findings: Findings) -> str:
    return "\n".join(each.text for each in findings)


def _differences(case: PolicyCase, registry: Registry) -> Iterator[str]:
    """What the policy says otherwise of the case's call."""
    if case.call is None:
        return
    verdict = case.holder.decide(case.call, registry.resolve(case.call.method), case.way, case.now)
    found = "deny" if not verdict.allowed else "confirm" if verdict.confirm is not None else "allow"
    why = f"{verdict.reason}{f' ({verdict.file}:{verdict.line})' if verdict.line else ''}"
    if case.expect != found:
        yield f"{verdict.method} should be {_WORDS[case.expect]}, but is {_WORDS[found]}: {why}"
    for word in ("rule", "role"):
        wanted, given = getattr(case, word), getattr(verdict, word)
        if wanted and wanted != given:
            yield f"{word} should be {wanted!r}, but is {given or 'none'!r}: {why}"
    if case.reason and case.reason not in verdict.reason:
        yield f"the reason should have {case.reason!r}, but is: {why}"
    if case.reveal is not None and case.reveal is not verdict.reveal:
        yield f"secrets should {'' if case.reveal else 'not '}be shown: {why}"


_WORDS = {"allow": "allowed", "deny": "denied", "confirm": "allowed when confirmed"}


def _lists(case: PolicyCase, registry: Registry) -> Iterator[str]:
    for patterns, wanted in ((case.may, True), (case.may_only, True), (case.may_not, False)):
        for pattern in patterns:
            meant = [each for each in registry if method_matches(pattern, each)]
            if not meant:
                yield f"no method is called {pattern!r}"
            for each in meant:
                if case.holder.may_ever(each, case.way, case.now) is not wanted:
                    yield f"{each.name} should {'' if wanted else 'not '}be one that the caller may call"
    for each in registry if case.may_only else ():
        named = any(method_matches(pattern, each) for pattern in case.may_only)
        if not named and case.holder.may_ever(each, case.way, case.now):
            yield f"{each.name} should not be one that the caller may call"
