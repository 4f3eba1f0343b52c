"""Conditions of a rule: on parameters, on time, on where a call comes from.

Each is true, false, or None: it can't be told. Nothing that can't be told helps a caller: a grant needs a condition
that is true, a denial holds unless one is false.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.limits import MAX_POLICY_CALLERS

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.pattern import TextPattern, Truth

__all__ = ["Choice", "Flag", "Hours", "ParamTest", "Range", "SourceTest", "TimeTest"]

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

    def judge(self, value: Value) -> Truth:
        """Whether `value` is such a number; None for a value of another kind: a text may become it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    on: bool

    @property
    def written(self) -> str:
        """For people."""
        return str(self.on).lower()

    def judge(self, value: Value) -> Truth:
        """Whether `value` is this; None for a value of another kind."""
        return value is self.on if isinstance(value, bool) else None


#: What one value may be.
Choice: TypeAlias = "TextPattern | Range | Flag"


@dataclass(frozen=True, slots=True)
class ParamTest:
    """A condition on a parameter of one method: it is one of `choices`.

    Attributes:
        name: of the parameter.
        choices: what it may be.
        place: number of it among the method's.
        rest: it takes all that follow, and each must be one of `choices`.
        secret: neither its value nor what it may be is shown.
    """

    name: str
    choices: tuple[Choice, ...]
    place: int = 0
    rest: bool = False
    secret: bool = False

    @property
    def written(self) -> str:
        """For people: `aor is *@example.com`."""
        return f"{self.name} is {'***' if self.secret else ' or '.join(each.written for each in self.choices)}"

    def placed(self, method: Method) -> ParamTest:
        """The same for `method`, which has such a parameter."""
        place, param = next(each for each in enumerate(method.params) if each[1].name == self.name)
        return replace(self, place=place, rest=param.rest, secret=param.secret)

    def judge(self, arguments: tuple[Value, ...] | None) -> Truth:
        """Whether a call meets it; `arguments` None: they do not fit the declaration."""
        if arguments is None or self.rest:
            values = self.values(arguments)
            found = {_judge_value(value, self.choices) for value in values}
            return found.pop() if len(found) == 1 else None
        value = arguments[self.place] if self.place < len(arguments) else None
        return None if value is None else _judge_value(value, self.choices)  # then only the method knows what it means

    def values(self, arguments: tuple[Value, ...] | None) -> tuple[Value, ...]:
        """What the call gives for the parameter; empty when that is nothing."""
        if arguments is None:
            return ()
        found = arguments[self.place :] if self.rest else arguments[self.place : self.place + 1]
        return () if None in found else found


def _judge_value(value: Value, choices: tuple[Choice, ...]) -> Truth:
    found: Truth = False
    for each in choices:
        truth = each.judge(value)
        if truth:
            return True
        if truth is None:
            found = None
    return found


@dataclass(frozen=True, slots=True)
class Hours:
    """From minute `begin` of a day to before minute `end`; past midnight when `end` is not after `begin`."""

    begin: int
    end: int

    @property
    def written(self) -> str:
        """As in a file: `08:00-18:30`."""
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begin, self.end))


class TimeTest:
    """Days of the week (Monday is 0) and hours of them, in one time zone; hours past midnight belong to the day before.

    Attributes:
        written: for people.
    """

    __slots__ = ("_days", "_found", "_hours", "_minute", "_zone", "written")

    def __init__(self, days: frozenset[int], hours: tuple[Hours, ...], zone: tzinfo, written: str) -> None:
        """No `hours`: the whole day."""
        self._days = days
        self._hours = hours
        self._zone = zone
        self.written = written
        self._minute = -1
        self._found = False

    def judge(self, now: float) -> bool:
        """Whether it is such a time at `now`, seconds since the epoch; looked up once a minute."""
        minute = int(now // 60)
        if minute != self._minute:
            self._found, self._minute = self._judge(now), minute
        return self._found

    def _judge(self, now: float) -> bool:
        local = datetime.fromtimestamp(now, UTC).astimezone(self._zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if not self._hours:
            return day in self._days
        return any(self._is_within(each, day, minute) for each in self._hours)

    def _is_within(self, hours: Hours, day: int, minute: int) -> bool:
        if hours.begin < hours.end:
            return day in self._days and hours.begin <= minute < hours.end
        return (day in self._days and minute >= hours.begin) or ((day - 1) % 7 in self._days and minute < hours.end)


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
