"""Read a rule's `params`: what its calls' parameters may be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sertwist.limits import MAX_POLICY_CHOICES, MAX_POLICY_TEXT
from sertwist.rpc.policy.condition import Flag, Range
from sertwist.rpc.policy.declared import ParamRule
from sertwist.rpc.policy.pattern import used_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.rpc.policy.declared import Role
    from sertwist.rpc.policy.table import Table

__all__ = ["read_params"]


def read_params(rule: Table, roles: Mapping[str, Role]) -> tuple[ParamRule, ...]:
    """The conditions of the rule in the table `rule`, in their order."""
    params = rule.table("params")
    if params is None:
        return ()
    concerned = [roles[each] for each in rule.texts("roles") if each in roles]
    return tuple(_param(params, name, concerned) for name in params.names())


def _param(params: Table, name: str, concerned: list[Role]) -> ParamRule:
    found = params.get(name)
    values = found if isinstance(found, list) else [found]
    if not values:
        params.findings.error("policy-param", params.at_key(name), f"{name} may have no value at all", "write one")
    choices = [choice for choice in (_choice(params, name, each) for each in values) if choice is not None]
    used = {each: params.checked(name, each, used_variables) for each in choices if isinstance(each, str)}
    patterns = {each: variables for each, variables in used.items() if variables is not None}
    if any(patterns.values()) and not concerned:
        fix = 'write roles = ["..."]'
        params.findings.error("policy-variable", params.at_key(name), "a variable of no role", fix)
    for role in concerned:
        if _has_variables(params, name, patterns, role):
            _check_filled(params, name, patterns, role)
    return ParamRule(name, tuple(choices))


def _choice(params: Table, name: str, value: Any) -> str | Range | Flag | None:
    if isinstance(value, bool):
        return Flag(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return Range(value, value)
    if isinstance(value, dict):
        low, high = value.get("min", -math.inf), value.get("max", math.inf)
        numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (low, high))
        if value and value.keys() <= {"min", "max"} and numbers and low <= high:
            return Range(low, high)
    elif isinstance(value, str):
        if value != "*":
            return value
        fix = "write ** for any text, or leave it out"
        params.findings.error("policy-param", params.at_key(name), "* alone does not pass @ and the like", fix)
        return None
    params.wrong(name, "a text, a number, true, false, { min = 1, max = 9 }, or a list of them")
    return None


def _has_variables(params: Table, name: str, patterns: Mapping[str, list[str]], role: Role) -> bool:
    """Whether `role` has each variable that a pattern names."""
    missing = {each for variables in patterns.values() for each in variables} - role.variables.keys()
    for variable in sorted(missing):
        message = f"role {role.name} has no variable {variable!r}"
        fix = f'write variables = {{ {variable} = "..." }} in [role.{role.name}]'
        params.findings.error("policy-variable", params.at_key(name), message, fix)
    return not missing


def _check_filled(params: Table, name: str, patterns: Mapping[str, list[str]], role: Role) -> None:
    """What the variables make of the patterns must be of a size that is matched without delay."""
    count = longest = 0
    for pattern, variables in patterns.items():
        values = {each: role.variables[each] for each in variables}
        count += math.prod([len(each) for each in values.values()])
        filled = [max(map(len, values[each]), default=0) for each in variables]
        longest = max(longest, len(pattern) + sum(filled) - sum(len(each) + 2 for each in variables))
    for number, most, what in ((count, MAX_POLICY_CHOICES, "values"), (longest, MAX_POLICY_TEXT, "characters")):
        if number > most:
            message = f"{name} may have {number} {what} for role {role.name}"
            params.findings.error("policy-param", params.at_key(name), message, f"at most {most}")
