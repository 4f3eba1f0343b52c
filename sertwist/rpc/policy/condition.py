"""Conditions of a rule: on parameters, on time, on where a call comes from.

Each is true, false, or None: it can't be told. Nothing that can't be told helps a caller: a grant needs a condition
that is true, a denial holds unless one is false.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.limits import MAX_POLICY_CALLERS
from sertwist.rpc.policy.pattern import TextPattern

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.rpc.declare import Method

__all__ = ["Choice", "Hours", "ParamTest", "Range", "SourceTest", "TimeTest", "Truth", "every"]

#: True, False, or None: not known.
Truth: TypeAlias = bool | None

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_FORGEABLE: Final = "UDP"
_UNIX: Final = "UNIX"
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; one number when they are the same."""

    low: float
    high: float

    @property
    def written(self) -> str:
        """For people."""
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


#: What one value may be.
Choice: TypeAlias = TextPattern | Range | bool


@dataclass(frozen=True, slots=True)
class ParamTest:
    """A condition on the parameter `name`: it is one of `choices`."""

    name: str
    choices: tuple[Choice, ...]

    @property
    def written(self) -> str:
        """For people: `aor is *@example.com`."""
        return f"{self.name} is {' or '.join(_written(each) for each in self.choices)}"

    def judge(self, method: Method, arguments: tuple[Value, ...] | None) -> Truth:
        """Whether a call of `method` meets it; `arguments` None: they do not fit the declaration.

        Of a parameter that takes all that follow, each must.
        """
        values = self.values(method, arguments)
        if not values:
            return None  # what stands for it then only the method knows
        found = {_judge_value(value, self.choices) for value in values}
        return found.pop() if len(found) == 1 else None

    def values(self, method: Method, arguments: tuple[Value, ...] | None) -> tuple[Value, ...]:
        """What the call gives for the parameter; empty when that is nothing."""
        if arguments is None:
            return ()
        for index, param in enumerate(method.params):
            if param.name == self.name:
                found = arguments[index:] if param.rest else arguments[index : index + 1]
                return () if None in found else found
        return ()


def _judge_value(value: Value, choices: tuple[Choice, ...]) -> Truth:
    found = [_judge_choice(value, each) for each in choices]
    return True if True in found else None if None in found else False


def _judge_choice(value: Value, choice: Choice) -> Truth:
    """None for a value of another kind: a text that reads like the number may become it."""
    if isinstance(choice, TextPattern):
        return choice.judge(value) if isinstance(value, str) else None
    if isinstance(choice, bool):
        return value is choice if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return choice.low <= value <= choice.high


def _written(choice: Choice) -> str:
    return str(choice).lower() if isinstance(choice, bool) else choice.written


@dataclass(frozen=True, slots=True)
class Hours:
    """From minute `begin` of a day to before minute `end`; past midnight when `end` is not after `begin`."""

    begin: int
    end: int

    @property
    def written(self) -> str:
        """As in a file: `08:00-18:30`."""
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begin, self.end))


@dataclass(frozen=True, slots=True)
class TimeTest:
    """Days of the week (Monday is 0) and hours of them, in one time zone; hours past midnight belong to the day before.

    No hours: the whole day.
    """

    days: frozenset[int]
    hours: tuple[Hours, ...]
    zone: tzinfo
    written: str

    def judge(self, now: float) -> bool:
        """Whether it is such a time at `now`, seconds since the epoch."""
        local = datetime.fromtimestamp(now, UTC).astimezone(self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if not self.hours:
            return day in self.days
        return any(self._is_within(each, day, minute) for each in self.hours)

    def _is_within(self, hours: Hours, day: int, minute: int) -> bool:
        if hours.begin < hours.end:
            return day in self.days and hours.begin <= minute < hours.end
        return (day in self.days and minute >= hours.begin) or ((day - 1) % 7 in self.days and minute < hours.end)


@dataclass(frozen=True, slots=True)
class SourceTest:
    """Networks that a call may come from, and whether it may come over the server's Unix socket."""

    networks: tuple[_Network, ...]
    unix: bool
    written: str

    def judge(self, source: str, protocol: str) -> Truth:
        """Whether it comes from there; over UDP anybody can write any address, so it can't be told (14.11)."""
        if protocol == _FORGEABLE:
            return None
        if protocol == _UNIX:
            return self.unix
        address = _address(source)
        return None if address is None else any(address in each for each in self.networks)


@lru_cache(MAX_POLICY_CALLERS)
def _address(text: str) -> _Address | None:
    """An address; one of IPv4 written as IPv6 is the one of IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def every(*found: Truth) -> Truth:
    """Whether all of `found` are true."""
    return False if False in found else None if None in found else True
