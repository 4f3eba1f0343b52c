"""What is wrong with a policy as a whole: rules that concern nothing or never decide, roles that nobody holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.rpc.declare import Type
from sertwist.rpc.policy.condition import Flag, Range
from sertwist.rpc.policy.declared import Kind
from sertwist.rpc.policy.finding import nearest
from sertwist.rpc.policy.pattern import method_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sertwist.rpc.declare import Method, Param
    from sertwist.rpc.policy.declared import Declared, ParamRule, Rule
    from sertwist.rpc.policy.finding import Findings

__all__ = ["review"]

_Pair = tuple[str, str]
_NO_TEXT = frozenset({Type.INT, Type.I8, Type.DOUBLE, Type.BOOLEAN})
_NUMBERS = frozenset({Type.INT, Type.I8, Type.DOUBLE, Type.ANY})
_OPAQUE = frozenset({Type.ARRAY, Type.STRUCT, Type.BASE64, Type.TIME, Type.NIL})


def review(declared: Declared, methods: Sequence[Method], findings: Findings) -> None:
    """Tell what is wrong with a policy whose parts are right."""
    _check_roles(declared, findings)
    for rule in declared.rules:
        _check_methods(rule, methods, findings)
        _check_params(rule, methods, findings)
    _check_reach(declared, methods, findings)
    _check_confirmers(declared, findings)


def _check_roles(declared: Declared, findings: Findings) -> None:
    included = {name for role in declared.roles.values() for name in role.includes}
    ruled = {name for rule in declared.rules for name in rule.roles}
    for role in declared.roles.values():
        if not role.who and role.name not in included:
            findings.error(
                "policy-role-empty", role.at, f"nobody holds role {role.name}", 'write who = [{ uri = "..." }]'
            )
        if role.name not in ruled and not (role.list_all or role.includes):
            fix = f'write [[allow]] with roles = ["{role.name}"]'
            findings.warning("policy-role-unused", role.at, f"no rule is about role {role.name}", fix)
        if role.name in _all_included(declared, role.name):
            findings.error("policy-role", (*role.at, "includes"), f"role {role.name} includes itself")


def _all_included(declared: Declared, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [*declared.roles[name].includes]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += declared.roles[each].includes
    return found


def _check_methods(rule: Rule, methods: Sequence[Method], findings: Findings) -> None:
    """A denial of what does not exist would let pass what was meant; a grant of it may be for a module to come."""
    at = (*rule.at, "methods")
    for pattern in rule.methods:
        meant = [each for each in methods if method_matches(pattern, each)]
        tell = findings.warning if rule.kind is Kind.ALLOW else findings.error
        if not meant:
            fix = nearest(pattern, [each.name for each in methods])
            tell("policy-method-unknown", at, f"no method is called {pattern!r}", fix)
        elif not any(each.effect in rule.effects for each in meant):
            effects = ", ".join(sorted({each.effect.name.lower() for each in meant}))
            tell("policy-effect", at, f"no method that {pattern!r} means has such an effect", f"they have: {effects}")


def _check_params(rule: Rule, methods: Sequence[Method], findings: Findings) -> None:
    meant = [each for each in methods if any(method_matches(pattern, each) for pattern in rule.methods)]
    meant = [each for each in meant if each.effect in rule.effects]
    for test in rule.params:
        at = (*rule.at, "params", test.name)
        having = [param for each in meant for param in each.params if param.name == test.name]
        if meant and not having:
            known = {param.name for each in meant for param in each.params}
            fix = nearest(test.name, known) or "leave the condition out"
            findings.error("policy-param", at, f"none of these methods has a parameter {test.name!r}", fix)
        for fix in {_misfit(test, param) for param in having} - {""}:
            findings.error("policy-param", at, f"{test.name} never has such a value", fix)
    without = [each.name for each in meant if not rule.concerns(each)]
    if rule.kind is not Kind.ALLOW and without and len(without) < len(meant):
        names = ", ".join(without[:5]) + (" ..." if len(without) > 5 else "")
        message = f"the rule does not concern {names}: there is no such parameter"
        findings.warning("policy-param", (*rule.at, "params"), message, "name the methods that have it")


def _misfit(test: ParamRule, param: Param) -> str:
    """What to write instead of values that `param` can't have; empty when all is well."""
    if param.type in _OPAQUE:
        return f"a policy does not look into a parameter of type {param.type.value}; leave the condition out"
    for choice in test.choices:
        if isinstance(choice, str) and param.type in _NO_TEXT:
            return f"write without quotes what is of type {param.type.value}"
        if isinstance(choice, Range) and param.type not in _NUMBERS:
            return f"write what is of type {param.type.value}" + (', "..."' if param.type is Type.STRING else "")
        if isinstance(choice, Flag) and param.type not in {Type.BOOLEAN, Type.ANY}:
            return f"write what is of type {param.type.value}"
    return ""


def _check_reach(declared: Declared, methods: Sequence[Method], findings: Findings) -> None:
    """A rule that others decide before it, whatever is called, was meant to do something else."""
    pairs = {rule.name: set(_pairs(declared, rule, methods)) for rule in declared.rules}
    always = [rule for rule in declared.rules if not rule.has_conditions]
    denied = _first_by_pair([rule for rule in always if rule.kind is Kind.DENY], pairs)
    allowed = _first_by_pair([rule for rule in always if rule.kind is Kind.ALLOW], pairs)
    granted = {pair for rule in declared.rules if rule.kind is Kind.ALLOW for pair in pairs[rule.name]}
    for rule in declared.rules:
        mine = pairs[rule.name]
        message = ""
        if rule.kind is Kind.CONFIRM and mine and not mine & granted:
            message = f"rule {rule.name!r} never asks for anything: no rule allows what it is about"
        elif by := _decides_before(rule, mine, denied):
            word = "denies" if rule.kind is Kind.DENY else "allows"
            message = f"rule {rule.name!r} never {word} anything: {by} denies all of it"
        elif rule.kind is Kind.ALLOW and not rule.reveal and (by := _decides_before(rule, mine, allowed)):
            what = "its conditions change nothing" if rule.has_conditions else "it adds nothing"
            message = f"rule {rule.name!r} never decides: {by} allows all of it, so {what}"
        if message:
            findings.warning(
                "policy-unreachable", rule.at, message, "take one of them out" if " of it" in message else ""
            )


def _first_by_pair(rules: Sequence[Rule], pairs: dict[str, set[_Pair]]) -> dict[_Pair, Rule]:
    """Of each pair the first of `rules` that decides about it."""
    return {pair: rule for rule in reversed(rules) for pair in pairs[rule.name]}


def _decides_before(rule: Rule, pairs: set[_Pair], first: dict[_Pair, Rule]) -> str:
    """The rule, in words, that has decided about all `pairs` of `rule` before it; empty when there is none."""
    if not pairs or not pairs <= first.keys() or rule.kind is Kind.CONFIRM:
        return ""
    if any(first[pair] is rule for pair in pairs):
        return ""
    by = first[min(pairs)]
    return f"rule {by.name!r} (line {by.line})" if by.kind is not rule.kind or by.line < rule.line else ""


def _pairs(declared: Declared, rule: Rule, methods: Sequence[Method]) -> Iterator[_Pair]:
    """Roles and methods that `rule` concerns."""
    names = [each.name for each in methods if rule.concerns(each)]
    for role in rule.roles or declared.roles:
        for name in names:
            yield role, name


def _check_confirmers(declared: Declared, findings: Findings) -> None:
    """What asks for a confirmation that nobody can give denies, and should say so."""
    for rule in declared.rules:
        if rule.confirm is not None and rule.confirm.roles == frozenset():
            findings.error("policy-role", (*rule.at, "by"), "nobody may confirm", "name a role")
