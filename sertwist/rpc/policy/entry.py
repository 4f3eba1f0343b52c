"""`Entry`: one rule as it stands for one role, its variables filled in; `Asked`: one call that it is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from sertwist.rpc.arguments import bind
from sertwist.rpc.fault import Fault
from sertwist.rpc.policy.condition import ParamTest
from sertwist.rpc.policy.declared import Kind
from sertwist.rpc.policy.pattern import text_pattern, used_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.condition import Choice
    from sertwist.rpc.policy.declared import Declared, ParamRule, Role, Rule
    from sertwist.rpc.policy.pattern import Truth

__all__ = ["Asked", "Entry", "arguments_of", "entries_of"]

_SHOWN = 64  # characters of a value in a reason


class Asked:
    """One call, while it is decided.

    Attributes:
        arguments: the values that the method would get; None when it would refuse them.
        source: where it comes from.
        protocol: over what.
        now: seconds since the epoch.
    """

    __slots__ = ("arguments", "now", "protocol", "source")

    def __init__(self, arguments: tuple[Value, ...] | None, source: str, protocol: str, now: float) -> None:
        self.arguments = arguments
        self.source = source
        self.protocol = protocol
        self.now = now


def arguments_of(call: Call, method: Method) -> tuple[Value, ...] | None:
    """The values that `method` would get from `call`; None when it would refuse them.

    Conversions are made whether or not they are made later: without them a call that needs them does not run.
    """
    if call.named is not None:
        return None
    try:
        return bind(method, call.params, autoconversion=True)
    except Fault:
        return None


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule for the holders of one role.

    Attributes:
        rule: it.
        role: name of the role; empty: it is for everybody.
        tests: its conditions on parameters.
    """

    rule: Rule
    role: str
    tests: tuple[ParamTest, ...]

    def placed(self, method: Method) -> Entry:
        """The same for one method that it concerns."""
        return replace(self, tests=tuple(each.placed(method) for each in self.tests)) if self.tests else self

    def judge(self, asked: Asked) -> Truth:
        """Whether it holds; None: that can't be told."""
        rule = self.rule
        if rule.when is not None and not rule.when.judge(asked.now):
            return False
        truths: Truth = True
        if rule.source is not None:
            truths = rule.source.judge(asked.source, asked.protocol)
            if truths is False:
                return False
        for each in self.tests:
            truth = each.judge(asked.arguments)
            if truth is False:
                return False
            truths = truths and truth
        return truths

    def holds(self, asked: Asked) -> bool:
        """Whether it decides something: a grant only when it is sure to be met, others unless sure not to be."""
        truth = self.judge(asked)
        return truth is True if self.rule.kind is Kind.ALLOW else truth is not False

    def may_hold(self, asked: Asked) -> bool:
        """Whether it holds for some parameters."""
        rule = self.rule
        return (rule.when is None or rule.when.judge(asked.now)) and (
            rule.source is None or rule.source.judge(asked.source, asked.protocol) is True
        )

    def conditions(self, asked: Asked) -> Iterator[tuple[str, Truth]]:
        """Each condition in words, with the value seen, and what came of it."""
        rule = self.rule
        if rule.when is not None:
            yield f"time is {rule.when.written}", rule.when.judge(asked.now)
        if rule.source is not None:
            seen = asked.source or asked.protocol.lower()
            truth = rule.source.judge(asked.source, asked.protocol)
            yield f"source is {rule.source.written}: {_shown(seen)} over {asked.protocol}", truth
        for test in self.tests:
            values = test.values(asked.arguments)
            seen = ", ".join("***" if test.secret else _shown(each) for each in values) if values else "not given"
            if asked.arguments is None:
                seen = "the arguments do not fit the method"
            yield f"{test.written}: {seen}", test.judge(asked.arguments)


def entries_of(declared: Declared, roles: Iterable[Role]) -> list[Entry]:
    """The rules that concern a holder of all of `roles`, in the order of the file."""
    held = {role.name: role for role in roles}
    entries = []
    for rule in declared.rules:
        if rule.roles:
            entries += [_entry(rule, held[name]) for name in rule.roles if name in held]
        else:
            entries.append(Entry(rule, "", tuple(_test(each, {}) for each in rule.params)))
    return entries


def _entry(rule: Rule, role: Role) -> Entry:
    return Entry(rule, role.name, tuple(_test(each, role.variables) for each in rule.params))


def _test(param: ParamRule, variables: Mapping[str, tuple[str, ...]]) -> ParamTest:
    choices: list[Choice] = []
    for choice in param.choices:
        if isinstance(choice, str):
            names = list(dict.fromkeys(used_variables(choice)))
            filled = product(*(variables[name] for name in names))
            choices += [text_pattern(choice, dict(zip(names, values, strict=True))) for values in filled]
        else:
            choices.append(choice)
    return ParamTest(param.name, tuple(choices))


def _shown(value: object) -> str:
    """A value that a peer chose, for a log line."""
    return ascii(value if isinstance(value, str | int | float | bool) else type(value).__name__)[:_SHOWN]
