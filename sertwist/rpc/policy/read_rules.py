"""Read `[[allow]]`, `[[deny]]` and `[[confirm]]`."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sertwist.rpc.declare import Effect
from sertwist.rpc.policy.condition import Hours, SourceTest, TimeTest
from sertwist.rpc.policy.declared import Kind, Rule
from sertwist.rpc.policy.finding import nearest
from sertwist.rpc.policy.pattern import is_method_pattern
from sertwist.rpc.policy.read_params import read_params
from sertwist.rpc.policy.verdict import Confirm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from sertwist.rpc.policy.declared import Role
    from sertwist.rpc.policy.table import Table

__all__ = ["read_rules", "time_zone"]

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")
_EFFECTS: Final = {each.name.lower(): each for each in Effect}
_DAY: Final = 24 * 60
_MOST_SECONDS: Final = 86_400


def read_rules(document: Table, roles: Mapping[str, Role]) -> tuple[Rule, ...]:
    """All rules, in the order in which they stand in the file."""
    zone = document.text("zone", "UTC")
    document.checked("zone", zone, time_zone)
    found = [
        _rule(table, kind, number, roles, zone)
        for kind in Kind
        for number, table in enumerate(document.tables(kind.value), 1)
    ]
    names: set[str] = set()
    for rule in found:
        if rule.name in names:
            document.findings.error("policy-name", rule.at, f"two rules are called {rule.name!r}", "name one otherwise")
        names.add(rule.name)
    return tuple(sorted(found, key=lambda rule: rule.line))


def _rule(table: Table, kind: Kind, number: int, roles: Mapping[str, Role], zone: str) -> Rule:
    line = table.findings.line(table.at)
    rule = Rule(
        kind=kind,
        name=table.text("name", f"{kind.value} {number}"),
        at=table.at,
        line=line,
        roles=_roles(table, "roles", roles),
        methods=_methods(table),
        effects=_effects(table),
        params=read_params(table, roles),
        when=_when(table, zone),
        source=_source(table),
        reveal=kind is Kind.ALLOW and table.flag("reveal"),
        confirm=_confirm(table, roles) if kind is Kind.CONFIRM else None,
    )
    if kind is Kind.ALLOW and "roles" not in table:
        known = ", ".join(roles) or "NAME"
        table.findings.error(
            "policy-rule", table.at, "it is not said to whom this is allowed", f'write roles = ["..."]: {known}'
        )
    table.close()
    return rule


def _roles(table: Table, key: str, roles: Mapping[str, Role]) -> tuple[str, ...]:
    names = table.texts(key)
    for name in names:
        if name not in roles:
            table.findings.error("policy-role", table.at_key(key), f"there is no role {name!r}", nearest(name, roles))
    return tuple(name for name in roles if name in names)


def _methods(table: Table) -> tuple[str, ...]:
    patterns = table.texts("methods")
    if "methods" not in table:
        table.findings.error("policy-rule", table.at, "it is not said which methods", 'write methods = ["core.*"]')
    for each in patterns:
        if not is_method_pattern(each):
            fix = "write a method's name, with * for any part of it"
            table.findings.error("policy-method", table.at_key("methods"), f"{each!r} is no pattern of methods", fix)
    return patterns


def _effects(table: Table) -> frozenset[Effect]:
    words = table.texts("effects")
    for each in words:
        if each not in _EFFECTS:
            fix = nearest(each, _EFFECTS)
            table.findings.error("policy-effect", table.at_key("effects"), f"there is no effect {each!r}", fix)
    known = frozenset(_EFFECTS[each] for each in words if each in _EFFECTS)
    return known if "effects" in table else frozenset(Effect)


def _when(table: Table, zone: str) -> TimeTest | None:
    when = table.table("when")
    if when is None:
        return None
    days = [when.checked("days", each, _days) or () for each in when.texts("days")]
    hours = [when.checked("hours", each, _hours) for each in when.texts("hours")]
    named = when.text("zone", zone)
    at = when.checked("zone", named, time_zone)
    if "days" not in when and "hours" not in when:
        when.findings.error(
            "policy-time", when.at, "no time is said", 'write days = ["mon-fri"], hours = ["08:00-18:00"]'
        )
    when.close()
    if at is None:
        return None
    words = [*when.texts("days"), *when.texts("hours"), named]
    return TimeTest(
        frozenset(chain(*days)) if "days" in when else frozenset(range(7)),
        tuple(each for each in hours if each is not None),
        at,
        " ".join(words),
    )


def _days(text: str) -> tuple[int, ...]:
    first, dash, last = text.lower().partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        raise ValueError('write "mon" or "mon-fri": ' + ", ".join(_DAYS))
    begin = _DAYS.index(first)
    length = (_DAYS.index(last) - begin) % 7 + 1 if dash else 1
    return tuple((begin + day) % 7 for day in range(length))


def _hours(text: str) -> Hours:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError('write "08:00-18:30"; "22:00-06:00" goes past midnight')
    begin, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
    if begin == end or end > _DAY:
        raise ValueError('write "00:00-24:00" for the whole day')
    return Hours(begin, end)


def time_zone(name: str) -> tzinfo:
    """The time zone `name`.

    Raises:
        ValueError: there is none; the text says what to write.
    """
    if name == "UTC":  # known without the host's help
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fix = 'write "UTC", or one like "Europe/Prague"; this host may lack the package tzdata'
        raise ValueError(fix) from None


def _source(table: Table) -> SourceTest | None:
    words = table.texts("source")
    networks = [table.checked("source", each, _network) for each in words if each != "unix"]
    if not words:
        return None
    return SourceTest(tuple(each for each in networks if each is not None), "unix" in words, " or ".join(words))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            raise ValueError(f'write "{ipaddress.ip_network(text, strict=False)}"') from None
        raise ValueError('write a network, "192.0.2.0/24", an address, or "unix"') from None


def _confirm(table: Table, roles: Mapping[str, Role]) -> Confirm:
    by = _roles(table, "by", roles)
    return Confirm(
        confirmations=table.number("confirmations", 1, 1, 8),
        within=table.number("within", 300, 1, _MOST_SECONDS),
        roles=frozenset(by) if "by" in table else None,
    )
