"""`Groups`: every setting by group and name, read and changed while the server runs (reference language 2.4, rpc 10.2).

A module's parameters are the group of its name, the global settings the group `core`, and `group.name = value` in a
script makes groups of its own. A group may have numbered instances, which differ from it in some settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_GROUP_INSTANCES, MAX_GROUP_TEXT
from sertwist.record import record
from sertwist.script.declare import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.script.declare import Parameter

__all__ = ["Group", "GroupError", "Groups", "Setting", "Value", "group_of", "split_instance"]

Value = str | int
_INSTANCE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.:-]{0,63})(?:\[([0-9]{1,9})\])?", re.ASCII)
_NUMBERS: Final = (Kind.NUMBER, Kind.BOOLEAN)


class GroupError(ValueError):
    """A setting can't be read or changed, in words."""


@record(kw_only=True)
class Setting:
    """One setting of a group.

    Attributes:
        name: of the setting.
        is_number: its values are numbers, otherwise texts.
        default: what `reset` makes it; None when it has no value then.
        help: for operators.
        minimum: of a number; None for no bound.
        maximum: likewise.
        unit: of a number, empty when there is none.
        is_live: it can be changed while the server runs.
        is_secret: its value is never shown.
    """

    name: str
    is_number: bool
    default: Value | None
    help: str = ""
    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""
    is_live: bool = False
    is_secret: bool = False

    def taken(self, value: Value) -> Value:
        """`value` as this setting keeps it.

        Raises:
            GroupError: it is of another type, or out of range.
        """
        if isinstance(value, str) is self.is_number:
            raise GroupError(f"{self.name!r} takes a {'number' if self.is_number else 'text'}")
        if isinstance(value, str):
            if len(value) > MAX_GROUP_TEXT:
                raise GroupError(f"a text has {MAX_GROUP_TEXT} characters at most")
        elif (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise GroupError(f"{self.name!r} must be {self.minimum} to {self.maximum} {self.unit}".rstrip())
        return value


@dataclass(slots=True)
class Group:
    """Settings of one owner.

    Attributes:
        name: of the group.
        settings: by name.
        values: in force, without instances; a module reads them here itself.
        changed: called with the name of a setting after its value was changed.
        instances: by number, the values that are others there.
        written: what the script makes `values` and `instances`; an operator's changes are not in it.
    """

    name: str
    settings: dict[str, Setting]
    values: dict[str, Value | None]
    changed: Callable[[str], None] = lambda _name: None
    instances: dict[int, dict[str, Value]] = field(default_factory=dict)
    written: dict[tuple[int | None, str], Value | None] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, bool]:
        """The names of all settings, each with whether it is a number."""
        return {each.name: each.is_number for each in self.settings.values()}

    def note_written(self) -> None:
        """Take what is in force as what the script says."""
        self.written = {(None, name): self.values.get(name) for name in self.settings}
        for number, values in self.instances.items():
            self.written.update({(number, name): value for name, value in values.items()})

    def setting(self, name: str) -> Setting:
        """The setting `name`.

        Raises:
            GroupError: there is none.
        """
        found = self.settings.get(name)
        if found is None:
            raise GroupError(f"group {self.name!r} has no setting {name!r}")
        return found

    def get(self, name: str, instance: int | None = None) -> Value | None:
        """The value of `name`: an instance's own one if it has one; None when it has none at all."""
        own = {} if instance is None else self.instances.get(instance, {})
        value = own.get(name, self.values.get(name))
        return int(value) if isinstance(value, bool) else value

    def set(self, name: str, value: Value, instance: int | None = None) -> Value | None:
        """Change a setting while the server runs, and give back what it was.

        Raises:
            GroupError: it can't be changed, or not to this; nothing changes.
        """
        setting = self.setting(name)
        if not setting.is_live:
            raise GroupError(f"{self.name}.{name} takes effect at a restart only: change it in the script")
        new, old = setting.taken(value), self.get(name, instance)
        if instance is None:
            self.values[name] = bool(new) if isinstance(self.values.get(name), bool) else new
        else:
            self.add_instance(instance)[name] = new
        self.changed(name)
        return old

    def forget(self, name: str, instance: int | None = None) -> None:
        """Let a setting have no value, an instance's setting the group's own one."""
        if instance is None:
            self.values[name] = None
        else:
            self.instances.get(instance, {}).pop(name, None)
        self.changed(name)

    def reset(self) -> None:
        """Every setting that can be changed to its default, and no instances."""
        self.instances.clear()
        for setting in self.settings.values():
            if setting.is_live and setting.default is not None:
                self.set(setting.name, setting.default)

    def add_instance(self, number: int) -> dict[str, Value]:
        """The values of an instance, made if there is none.

        Raises:
            GroupError: there are too many.
        """
        if number not in self.instances and len(self.instances) >= MAX_GROUP_INSTANCES:
            raise GroupError(f"a group has {MAX_GROUP_INSTANCES} instances at most")
        return self.instances.setdefault(number, {})


class Groups:
    """All groups of one server."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def __contains__(self, name: str) -> bool:
        return name in self._groups

    def note_written(self) -> None:
        """Take what is in force as what the script says."""
        for group in self:
            group.note_written()

    def restarts(self, other: Groups) -> list[str]:
        """Settings that `other`, of the script's next version, has otherwise and that can't change while it runs."""
        found = []
        for name in sorted(self._groups.keys() | other._groups.keys()):
            mine, theirs = self._groups.get(name), other._groups.get(name)
            if mine is None or theirs is None or mine.types != theirs.types:
                found.append(name)
            else:
                found += [
                    f"{name}.{each.name}"
                    for each in mine.settings.values()
                    if not each.is_live and mine.written[None, each.name] != theirs.written[None, each.name]
                ]
        return found

    def follow(self, other: Groups) -> None:
        """Take the values that the script's next version has otherwise; an operator's other changes stay."""
        for theirs in other:
            mine = self._groups[theirs.name]
            for (number, name), value in theirs.written.items():
                if value is not None and mine.written.get((number, name)) != value:
                    mine.set(name, value, number)
            for number, name in mine.written.keys() - theirs.written.keys():
                if number is not None:
                    mine.instances.get(number, {}).pop(name, None)
            mine.settings, mine.written = theirs.settings, theirs.written

    def add(self, group: Group) -> None:
        """Take a group in."""
        self._groups[group.name] = group

    def group(self, name: str) -> Group:
        """The group `name`.

        Raises:
            GroupError: there is none.
        """
        found = self._groups.get(name)
        if found is None:
            raise GroupError(f"there is no group {name!r}")
        return found


def split_instance(text: str) -> tuple[str, int | None]:
    """Group and instance of `group` or `group[5]`.

    Raises:
        GroupError: it is neither.
    """
    match = _INSTANCE.fullmatch(text)
    if match is None:
        raise GroupError("write group or group[number]")
    return match[1], None if match[2] is None else int(match[2])


def group_of(
    name: str,
    parameters: tuple[Parameter, ...],
    values: dict[str, Value | None],
    changed: Callable[[str], None],
) -> Group:
    """The group that `parameters` make, which have `values`; what keeps several values or has no effect is left out."""
    settings = {
        each.name: Setting(
            name=each.name,
            is_number=each.kind in _NUMBERS,
            default=each.default if isinstance(each.default, str | int) else None,
            help=each.help,
            minimum=0 if each.kind is Kind.BOOLEAN else each.minimum,
            maximum=1 if each.kind is Kind.BOOLEAN else each.maximum,
            unit=each.unit,
            is_live=each.live,
            is_secret="passw" in each.name or "secret" in each.name,
        )
        for each in parameters
        if not (each.accumulates or each.ignored or each.refused)
    }
    return Group(name, settings, values, changed)
