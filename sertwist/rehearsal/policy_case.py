"""Cases of a policy, as a TOML file holds them (docs/policy.md): who calls what, and what the policy must say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import ConfigError
from sertwist.rehearsal.message import parse_address
from sertwist.rehearsal.policy_caller import described_caller
from sertwist.rpc.call import Call
from sertwist.rpc.policy.holder import Way

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.holder import Holder
    from sertwist.rpc.policy.policy import Policy
    from sertwist.rpc.policy.table import Table
    from sertwist.rpc.registry import Registry

__all__ = ["NOW", "PolicyCase", "arguments_by_name", "read_case", "time_of", "way_of"]

NOW: Final = 1_767_267_000.0  # 2026-01-01 11:30 UTC, a Thursday: the time of a case that says none
_EXPECTED: Final = ("allow", "deny", "confirm")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCase:
    """One test of a policy.

    Attributes:
        name: what is shown.
        holder: who calls.
        way: how the call comes.
        now: when, seconds since the epoch.
        call: that is made; None: the lists say what is asked.
        expect: `allow`, `deny` or `confirm`; empty with lists.
        rule: name of the rule that must decide; empty: not looked at, likewise `role` and `reason`.
        role: by which it must decide.
        reason: a part of what must be said.
        reveal: whether secrets must be shown; None: not looked at.
        may: patterns of methods that the caller must be able to call with some parameters.
        may_not: likewise must not.
        may_only: likewise must, and no others.
    """

    name: str
    holder: Holder
    way: Way
    now: float
    call: Call | None = None
    expect: str = ""
    rule: str = ""
    role: str = ""
    reason: str = ""
    reveal: bool | None = None
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
    may_only: tuple[str, ...] = ()


def read_case(table: Table, number: int, policy: Policy, registry: Registry, folder: Path) -> PolicyCase:
    """The case in `table`; what is wrong with it is told to the table's findings."""
    described = table.table("as")
    name = table.text("call")
    case = PolicyCase(
        name=table.text("name", f"case {number}"),
        holder=policy.holder_of_roles([], "") if described is None else described_caller(described, policy, folder),
        way=_way(table, described),
        now=_time(table),
        call=_call(table, name, registry) if name else None,
        expect=_expected(table, name),
        rule=table.text("rule"),
        role=table.text("role"),
        reason=table.text("reason"),
        reveal=table.flag("reveal") if "reveal" in table else None,
        may=table.texts("may"),
        may_not=table.texts("may_not"),
        may_only=table.texts("may_only"),
    )
    if not name and not (case.may or case.may_not or case.may_only):
        fix = 'write call = "core.ps", expect = "allow", or may = ["core.*"]'
        table.findings.error("policy-case", table.at, "this case asks nothing", fix)
    if described is None:
        fix = 'write as = { role = "..." }, or as = {} for nobody'
        table.findings.error("policy-case", table.at, "it is not said who calls", fix)
    table.close()
    return case


def _call(table: Table, name: str, registry: Registry) -> Call:
    found = table.get("arguments")
    method = registry.resolve(name)
    if isinstance(found, dict) and method is not None:
        values = arguments_by_name(method, found)
        if values is not None:
            return Call(method.name, values)
    elif isinstance(found, list) or found is None:
        return Call(name if method is None else method.name, _frozen(found or []))
    table.wrong("arguments", "a list of the method's parameters, or a table of them by name")
    return Call(name)


def arguments_by_name(method: Method, named: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The values of parameters in the order of `method`; None when it has no such parameters."""
    names = [param.name for param in method.params]
    if not named.keys() <= set(names):
        return None
    last = max((names.index(each) for each in named), default=-1)
    return tuple(_frozen(named.get(name)) for name in names[: last + 1])


def _frozen(value: Any) -> Any:
    """A list as the tuple that a call holds."""
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _expected(table: Table, name: str) -> str:
    word = table.text("expect")
    if bool(name) != bool(word) or (word and word not in _EXPECTED):
        table.wrong("expect", "what becomes of the call: " + ", ".join(f'"{each}"' for each in _EXPECTED))
    return word


def _way(table: Table, described: Table | None) -> Way:
    text = table.text("from")
    try:
        return way_of(text, unix=described is not None and "unix" in described)
    except ConfigError:
        table.wrong("from", '"tls:192.0.2.1:4000" or "unix"')
        return Way("", "TLS")


def way_of(text: str, *, unix: bool) -> Way:
    """How a call comes, `tls:192.0.2.1:4000` or `unix`; empty: over TLS, or for a user over a Unix socket.

    Raises:
        ConfigError: it is none of these.
    """
    if text == "unix" or (not text and unix):
        return Way("", "UNIX")
    protocol, host, _ = parse_address(text or "tls:192.0.2.1:4000")
    return Way(host, protocol)


def _time(table: Table) -> float:
    found = table.get("at")
    if found is None:
        return NOW
    if isinstance(found, datetime):
        return found.timestamp() if found.tzinfo else found.replace(tzinfo=UTC).timestamp()
    table.wrong("at", "a time without quotes, as in at = 2026-01-31T08:00:00Z")
    return NOW


def time_of(text: str) -> float:
    """Seconds since the epoch at `text`, `2026-01-31T08:00Z`; without a zone it is UTC.

    Raises:
        ConfigError: it is no such time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no time: write 2026-01-31T08:00Z", code="policy-time") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
