"""`cfg_rpc`: settings read and changed while the server runs (reference rpc 10.2)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.cfg_rpc.changes import Changes, Place, Trial
from sertwist.modules.cfg_rpc.fragment import fragment_of
from sertwist.modules.declare import Module, method
from sertwist.modules.groups import Group, GroupError, Groups, Setting, split_instance
from sertwist.modules.whole_file import write_whole
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Parameter

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.rpc.dispatch import CallContext

__all__ = ["CfgRpcModule"]

_GROUP: Final = Param(name="group", type=Type.STRING, help="a module's name, `core`, or `group[number]`")
_NAME: Final = Param(name="name", type=Type.STRING)
_INT: Final = Param(name="value", type=Type.INT)
_TEXT: Final = Param(name="value", type=Type.STRING)
_ANY: Final = Param(name="value", type=Type.ANY)
_MOST_STAGED: Final = 1_024  # changes that wait for `cfg.commit`
_HIDDEN: Final = "***"
_LONGEST_TRIAL: Final = 86_400  # seconds


class CfgRpcModule(Module):
    """Settings by group and name."""

    name = "cfg_rpc"
    help = "Settings are read and changed while the server runs."

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="persist_file",
            help="Script that cfg.persist writes; the script imports it behind its loadmodule lines (import_file).",
        ),
    )

    groups = Groups()
    _host: Host

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._changes = Changes(self.groups, _MOST_STAGED)
        self._folder = Path()

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        self.groups = setup.groups
        self._changes = Changes(setup.groups, _MOST_STAGED)
        self._folder = setup.folder

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._host = host

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
    def stage(self, request: CallContext, group: str, name: str, value: Any) -> bool:
        """Note a change for your `cfg.commit`; it is checked now."""
        return self._stage(request, group, name, value)

    @method("cfg.set_delayed_int", _GROUP, _NAME, _INT, result=Type.BOOLEAN, effect=Effect.WRITE)
    def stage_number(self, request: CallContext, group: str, name: str, value: int) -> bool:
        """The same for a number."""
        return self._stage(request, group, name, value)

    @method("cfg.set_delayed_string", _GROUP, _NAME, _TEXT, result=Type.BOOLEAN, effect=Effect.WRITE)
    def stage_text(self, request: CallContext, group: str, name: str, value: str) -> bool:
        """The same for a text."""
        return self._stage(request, group, name, value)

    @method("cfg.del_delayed", _GROUP, _NAME, result=Type.BOOLEAN, effect=Effect.WRITE)
    def unstage(self, request: CallContext, group: str, name: str) -> bool:
        """Forget a noted change; whether there was one."""
        found, instance = self._find(group)
        return self._changes.unstage(request.caller.key, Place(found.name, instance, name))

    @method("cfg.diff", result=Type.ARRAY)
    def diff(self, request: CallContext) -> list[dict[str, Any]]:
        """Your changes that wait for `cfg.commit`: group name, group id, variable name, old value, new value."""
        rows = []
        for place, value in self._changes.waiting(request.caller.key).items():
            group = self.groups.group(place.group)
            hidden = group.setting(place.name).is_secret
            row: dict[str, Any] = {"group name": place.group}
            if place.instance is not None:
                row["group id"] = place.instance
            old = group.get(place.name, place.instance)
            row |= {"variable name": place.name, "old value": "" if old is None else old, "new value": value}
            rows.append(row | ({"old value": _HIDDEN, "new value": _HIDDEN} if hidden else {}))
        return rows

    @method(
        "cfg.commit",
        Param(
            name="confirm",
            type=Type.INT,
            optional=True,
            minimum=1,
            maximum=_LONGEST_TRIAL,
            help="seconds: the changes are undone then, unless cfg.confirm or another cfg.commit has come",
        ),
        result=Type.INT,
        effect=Effect.WRITE,
    )
    def commit(self, request: CallContext, confirm: int = 0) -> int:
        """Make all your noted changes, and keep those that are on trial. Returns how many were made.

        With `confirm` they are on trial: undone by itself, as if they had never been made, unless they are confirmed in
        time. While somebody's are, nobody else can commit (409).
        """
        owner, trial = request.caller.key, self._changes.trial
        if trial is not None and trial.owner != owner:
            raise Fault(409, "Changes of somebody else are on trial: cfg.confirm or cfg.rollback ends that")
        made = _allowed(self._changes.make, owner)
        kept = () if trial is None else trial.changes
        self._changes.trial = None
        if confirm:
            self._begin_trial(Trial(owner, (*kept, *made), self._host.clock() + confirm), confirm)
        return len(made)

    @method("cfg.confirm", result=Type.BOOLEAN, effect=Effect.WRITE)
    def confirm(self, _request: object) -> bool:
        """Keep the changes that are on trial; whether there were any."""
        was, self._changes.trial = self._changes.trial, None
        return was is not None

    @method("cfg.trial", result=Type.STRUCT)
    def on_trial(self, _request: object) -> dict[str, Any]:
        """The changes that are on trial: seconds_left and the settings; both empty when there are none."""
        trial = self._changes.trial
        if trial is None:
            return {"seconds_left": 0, "settings": []}
        left = max(0, int(trial.ends - self._host.clock()))
        return {"seconds_left": left, "settings": [_place_text(change.place) for change in trial.changes]}

    @method("cfg.rollback", result=Type.INT, effect=Effect.WRITE)
    def roll_back(self, request: CallContext) -> int:
        """Undo the changes that are on trial; when there are none, forget your noted ones. Returns how many."""
        trial = self._changes.trial
        if trial is None:
            return self._changes.forget(request.caller.key)
        self._end_trial(trial, "by cfg.rollback")
        return len(trial.changes)

    def _begin_trial(self, trial: Trial, seconds: int) -> None:
        self._changes.trial = trial
        self._host.begin(self._end_later(trial, seconds))

    async def _end_later(self, trial: Trial, seconds: int) -> None:
        await self._host.sleep(seconds)
        if self._changes.trial is trial:
            self._end_trial(trial, "nobody confirmed them")

    def _end_trial(self, trial: Trial, why: str) -> None:
        self._changes.trial = None
        stayed = self._changes.undo(trial.changes)
        self._host.log(
            "warn",
            "changed settings are undone, {why}: {settings}; changed again since, so they stay: {stayed}",
            why=why,
            settings=", ".join(_place_text(change.place) for change in trial.changes),
            stayed=", ".join(map(_place_text, stayed)) or "none",
        )

    @method("cfg.persist", result=Type.STRUCT, effect=Effect.WRITE)
    async def persist(self, _request: object) -> dict[str, Any]:
        """Write the settings that differ from the script to the file that `persist_file` names.

        Gives their number as `settings`, and in `not_written` those that a script can't say.
        """
        name = self.settings["persist_file"]
        if not name:
            raise Fault(400, "No persist_file: the script does not say where to write")
        if self._changes.trial is not None:
            raise Fault(409, "Changes are on trial: confirm them first")
        modules = frozenset(self._host.module_names) - {"core"}
        text, count, unsaid = fragment_of(self.groups, modules)
        path = self._folder / str(name)
        try:
            await self._host.in_thread(lambda: write_whole(path, text.encode()))
        except OSError as error:
            raise Fault(500, f"persist_file can't be written: {error.strerror}") from None
        return {"settings": count, "not_written": unsaid}

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

    def _stage(self, request: CallContext, group: str, name: str, value: Any) -> bool:
        found, instance = self._find(group)
        setting = self._setting(found, name)
        if not setting.is_live:
            raise Fault(400, f"Failed to set the variable: {found.name}.{name} takes effect at a restart only")
        taken = _allowed(setting.taken, _plain(value))
        if not self._changes.stage(request.caller.key, Place(found.name, instance, name), taken):
            raise Fault(400, "Too many changes wait for cfg.commit")
        return True


def _place_text(place: Place) -> str:
    return f"{place.group}.{place.name}" if place.instance is None else f"{place.group}[{place.instance}].{place.name}"


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
