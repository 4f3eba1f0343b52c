"""`cfg_rpc`: settings read and changed while the server runs (reference rpc 10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import Module, method
from sertwist.modules.groups import Group, GroupError, Groups, Setting, split_instance
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.setup import Setup

__all__ = ["CfgRpcModule"]

_GROUP: Final = Param(name="group", type=Type.STRING, help="a module's name, `core`, or `group[number]`")
_NAME: Final = Param(name="name", type=Type.STRING)
_INT: Final = Param(name="value", type=Type.INT)
_TEXT: Final = Param(name="value", type=Type.STRING)
_ANY: Final = Param(name="value", type=Type.ANY)
_MOST_STAGED: Final = 1_024  # changes that wait for `cfg.commit`
_HIDDEN: Final = "***"

Place = tuple[str, int | None, str]  # group, instance, setting


class CfgRpcModule(Module):
    """Settings by group and name."""

    name = "cfg_rpc"
    help = "Settings are read and changed while the server runs."

    groups = Groups()

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._staged: dict[Place, str | int] = {}

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        self.groups = setup.groups

    @method("cfg.list", Param(name="group", type=Type.STRING, optional=True), result=Type.ARRAY)
    def list_settings(self, _request: object, group: str = "") -> list[str]:
        """All settings, or those of `group`, a `group: name` each."""
        chosen = [self._find(group)[0]] if group else list(self.groups)
        return [f"{each.name}: {name}" for each in chosen for name in each.settings]

    @method("cfg.get", _GROUP, Param(name="name", type=Type.STRING, optional=True), result=Type.ANY)
    def get(self, _request: object, group: str, name: str | None = None) -> Any:
        """The value of a setting; without a name those of the whole group, as a struct."""
        found, instance = self._find(group)
        if name is None:
            shown = {each.name: _shown(found, each, instance) for each in found.settings.values()}
            return {key: value for key, value in shown.items() if value is not None}
        value = _shown(found, self._setting(found, name), instance)
        if value is None:
            raise Fault(400, "The variable is not set")
        return value

    @method("cfg.help", _GROUP, _NAME, result=Type.STRUCT)
    def help_of(self, _request: object, group: str, name: str) -> dict[str, Any]:
        """What a setting is: desc, type, minimum, maximum, unit, restart_needed, current, default."""
        found, instance = self._find(group)
        setting = self._setting(found, name)
        facts: dict[str, Any] = {
            "desc": setting.help,
            "type": "integer" if setting.is_number else "string",
            "minimum": setting.minimum,
            "maximum": setting.maximum,
            "unit": setting.unit or None,
            "restart_needed": not setting.is_live,
            "current": _shown(found, setting, instance),
            "default": int(setting.default) if isinstance(setting.default, bool) else setting.default,
        }
        return {key: value for key, value in facts.items() if value is not None}

    @method("cfg.set", _GROUP, _NAME, _ANY, result=Type.STRUCT, effect=Effect.WRITE)
    def set_any(self, _request: object, group: str, name: str, value: Any) -> dict[str, Any]:
        """Change a setting; a number or a text, as the setting is. Gives the old and the new value."""
        return self._set(group, name, value)

    @method("cfg.seti", _GROUP, _NAME, _INT, result=Type.STRUCT, effect=Effect.WRITE, aliases=("cfg.set_now_int",))
    def set_number(self, _request: object, group: str, name: str, value: int) -> dict[str, Any]:
        """Change a setting that is a number."""
        return self._set(group, name, value)

    @method("cfg.sets", _GROUP, _NAME, _TEXT, result=Type.STRUCT, effect=Effect.WRITE, aliases=("cfg.set_now_string",))
    def set_text(self, _request: object, group: str, name: str, value: str) -> dict[str, Any]:
        """Change a setting that is a text."""
        return self._set(group, name, value)

    @method("cfg.reset", _GROUP, result=Type.BOOLEAN, effect=Effect.WRITE)
    def reset(self, _request: object, group: str) -> bool:
        """Give every setting of a group its default, as far as it can be changed, and forget its instances."""
        found, instance = self._find(group)
        if instance is None:
            found.reset()
        else:
            found.instances.pop(instance, None)
        return True

    @method("cfg.add_group_inst", _GROUP, result=Type.BOOLEAN, effect=Effect.WRITE)
    def add_instance(self, _request: object, group: str) -> bool:
        """Make an instance `group[number]`; whether it is new."""
        found, instance = self._instance(group)
        is_new = instance not in found.instances
        _allowed(found.add_instance, instance)
        return is_new

    @method("cfg.del_group_inst", _GROUP, result=Type.BOOLEAN, effect=Effect.WRITE)
    def delete_instance(self, _request: object, group: str) -> bool:
        """Forget the instance `group[number]`; whether there was one."""
        found, instance = self._instance(group)
        return found.instances.pop(instance, None) is not None

    @method("cfg.del", _GROUP, _NAME, result=Type.BOOLEAN, effect=Effect.WRITE)
    def delete_value(self, _request: object, group: str, name: str) -> bool:
        """Let the instance `group[number]` have the group's own value of a setting again; whether it had another."""
        found, instance = self._instance(group)
        self._setting(found, name)
        return found.instances.get(instance, {}).pop(name, None) is not None

    # -- changes that are made together -------------------------------------------------------------------------------

    @method("cfg.set_delayed", _GROUP, _NAME, _ANY, result=Type.BOOLEAN, effect=Effect.WRITE)
    def stage(self, _request: object, group: str, name: str, value: Any) -> bool:
        """Note a change for `cfg.commit`; it is checked now."""
        return self._stage(group, name, value)

    @method("cfg.set_delayed_int", _GROUP, _NAME, _INT, result=Type.BOOLEAN, effect=Effect.WRITE)
    def stage_number(self, _request: object, group: str, name: str, value: int) -> bool:
        """The same for a number."""
        return self._stage(group, name, value)

    @method("cfg.set_delayed_string", _GROUP, _NAME, _TEXT, result=Type.BOOLEAN, effect=Effect.WRITE)
    def stage_text(self, _request: object, group: str, name: str, value: str) -> bool:
        """The same for a text."""
        return self._stage(group, name, value)

    @method("cfg.del_delayed", _GROUP, _NAME, result=Type.BOOLEAN, effect=Effect.WRITE)
    def unstage(self, _request: object, group: str, name: str) -> bool:
        """Forget a noted change; whether there was one."""
        found, instance = self._find(group)
        return self._staged.pop((found.name, instance, name), None) is not None

    @method("cfg.diff", result=Type.ARRAY)
    def diff(self, _request: object) -> list[dict[str, Any]]:
        """The changes that wait for `cfg.commit`: group name, group id, variable name, old value, new value."""
        rows = []
        for (group, instance, name), value in self._staged.items():
            row: dict[str, Any] = {"group name": group}
            if instance is not None:
                row["group id"] = instance
            old = self.groups.group(group).get(name, instance)
            rows.append(row | {"variable name": name, "old value": "" if old is None else old, "new value": value})
        return rows

    @method("cfg.commit", result=Type.INT, effect=Effect.WRITE)
    def commit(self, _request: object) -> int:
        """Make all noted changes. Returns how many there were."""
        staged, self._staged = self._staged, {}
        for (group, instance, name), value in staged.items():
            _allowed(self.groups.group(group).set, name, value, instance)
        return len(staged)

    @method("cfg.rollback", result=Type.INT, effect=Effect.WRITE)
    def roll_back(self, _request: object) -> int:
        """Forget all noted changes. Returns how many there were."""
        count = len(self._staged)
        self._staged.clear()
        return count

    # -- what they share ----------------------------------------------------------------------------------------------

    def _find(self, text: str) -> tuple[Group, int | None]:
        """Group and instance of `group` or `group[5]`.

        Raises:
            Fault: there is no such group (400).
        """
        name, instance = _allowed(split_instance, text)
        return _allowed(self.groups.group, name), instance

    def _instance(self, text: str) -> tuple[Group, int]:
        group, instance = self._find(text)
        if instance is None:
            raise Fault(400, "An instance is needed: write group[number]")
        return group, instance

    @staticmethod
    def _setting(group: Group, name: str) -> Setting:
        setting: Setting = _allowed(group.setting, name)
        return setting

    def _set(self, group: str, name: str, value: Any) -> dict[str, Any]:
        found, instance = self._find(group)
        setting = self._setting(found, name)
        old = _allowed(found.set, name, _plain(value), instance)
        if setting.is_secret:
            return {"old": _HIDDEN, "new": _HIDDEN}
        return ({} if old is None else {"old": old}) | {"new": found.get(name, instance)}

    def _stage(self, group: str, name: str, value: Any) -> bool:
        found, instance = self._find(group)
        setting = self._setting(found, name)
        if not setting.is_live:
            raise Fault(400, f"Failed to set the variable: {found.name}.{name} takes effect at a restart only")
        if len(self._staged) >= _MOST_STAGED:
            raise Fault(400, "Too many changes wait for cfg.commit")
        self._staged[found.name, instance, name] = _allowed(setting.taken, _plain(value))
        return True


def _plain(value: Any) -> str | int:
    """A number or a text; true and false are 1 and 0."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value
    raise Fault(400, "Failed to set the variable: a number or a text is needed")


def _shown(group: Group, setting: Setting, instance: int | None) -> str | int | None:
    value = group.get(setting.name, instance)
    return _HIDDEN if setting.is_secret and value is not None else value


def _allowed(call: Any, *arguments: Any) -> Any:
    """What `call` gives, its refusal as a fault."""
    try:
        return call(*arguments)
    except GroupError as error:
        raise Fault(400, f"Failed: {error}") from None
