"""`@cfg_get.group.name`, `$cfg_get`, `cfg_select`: settings as scripts read them (reference language 2.4, 7.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sertwist.modules.declare import Module, function, select
from sertwist.modules.groups import GroupError, Groups
from sertwist.modules.reading.tails import VALUE_TAIL
from sertwist.script.declare import Argument, Index, Kind, RouteKind, Select, Variable

if TYPE_CHECKING:
    from sertwist.modules.groups import Group
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import Environment, RouteContext

__all__ = ["Grouped"]

_KEY = object()  # of what is noted for a message: group to the number of its instance


def _selected(ctx: RouteContext) -> dict[str, int]:
    return ctx.note(_KEY, dict)


def _value(ctx: RouteContext, group: Group, name: str) -> str | None:
    """A setting as text; of the instance that the message selected."""
    chosen = None if ctx.notes is None or not group.instances else _selected(ctx).get(group.name)
    value = group.get(name, chosen)
    return None if value is None else str(value)


class Grouped(Module):
    """What the settings are, module by module and as the script declares its own.

    Attributes:
        groups: all of them.
    """

    groups = Groups()
    _environment: Environment | None = None

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        self.groups = setup.groups

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        super().start(host)
        self._environment = host.environment

    def changed(self, setting: str) -> None:
        """See `Module.changed`: `debug` is read for each log line of the script."""
        if setting == "debug" and self._environment is not None:
            self._environment.debug = self.settings["debug"]

    def selects(self) -> list[Select]:
        """See `Module.selects`: one for each setting, so that one that does not exist is found by the checker."""
        return [
            *super().selects(),
            *(
                Select(
                    path=("cfg_get", group.name.lower(), setting.name.lower()),
                    get=partial(_value, group=group, name=setting.name),
                    tail=VALUE_TAIL,
                    module="core",
                    help=setting.help,
                )
                for group in self.groups
                for setting in group.settings.values()
                if not setting.is_secret
            ),
        ]

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        return [
            *super().variables(),
            Variable(
                variable="cfg_get",
                get=_value_of_pair,
                argument=self._pair,
                module="core",
                help="A setting, `$cfg_get(group.name)`: the same as `@cfg_get.group.name`.",
            ),
        ]

    def _group(self, name: str) -> Group:
        try:
            return self.groups.group(name)
        except GroupError as error:
            raise ValueError(str(error)) from None

    def _pair(self, text: str) -> tuple[Group, str]:
        group, _, name = text.partition(".")
        found = self._group(group)
        if found.setting(name).is_secret:
            raise GroupError(f"{text!r} can't be read")
        return found, name

    @select("cfg_selected", Index(kind=Kind.TEXT))
    def selected(self, ctx: RouteContext, group: str) -> str | None:
        """The instance of a group that `cfg_select` chose for this message; undefined without one."""
        number = _selected(ctx).get(group)
        return None if number is None else str(number)

    @function(
        "cfg_select", Argument(name="group"), Argument(name="number", kind=Kind.NUMBER, minimum=0), routes=RouteKind.ANY
    )
    def choose(self, ctx: RouteContext, group: str, number: int) -> int:
        """Let this message see the settings of one instance of a group. Returns -1 when there is no such instance."""
        if group not in self.groups or number not in self.groups.group(group).instances:
            return -1
        _selected(ctx)[group] = number
        return 1

    @function("cfg_reset", Argument(name="group"), routes=RouteKind.ANY)
    def choose_none(self, ctx: RouteContext, group: str) -> int:
        """Let this message see the settings of the group itself again."""
        _selected(ctx).pop(group, None)
        return 1


def _value_of_pair(ctx: RouteContext, pair: tuple[Group, str]) -> str | None:
    return _value(ctx, *pair)
