"""`corex.*` and `modparam.*`: level of the log, sockets, names, and the settings of modules (reference rpc 10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.core.socket_methods import alias_rows, socket_row
from sertwist.modules.declare import Module, method
from sertwist.modules.groups import GroupError, Groups
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.rpc.secret import Secret

if TYPE_CHECKING:
    from sertwist.modules.groups import Group, Setting
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup

__all__ = ["CorexMethods"]

_MODULE: Final = Param(name="module", type=Type.STRING)
_PARAM: Final = Param(name="param", type=Type.STRING)
_UNKNOWN: Final = (404, "Not found")


class CorexMethods(Module):
    """What an operator asks of settings and sockets."""

    host: Host
    settings_by_module = Groups()

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        self.settings_by_module = setup.groups

    @method(
        "corex.debug",
        Param(name="level", type=Type.INT, optional=True, minimum=-5, maximum=9),
        result=Type.STRUCT,
        effect=Effect.WRITE,
    )
    def debug(self, _request: object, level: int | None = None) -> dict[str, int]:
        """Lines of the script of this level and below are written: debug; with `level` old and new."""
        old = self.host.environment.debug
        if level is None:
            return {"debug": old}
        self.host.environment.debug = level
        return {"old": old, "new": level}

    @method("corex.list_sockets", result=Type.ARRAY)
    def list_sockets(self, _request: object) -> list[dict[str, Any]]:
        """The listening sockets: as `core.sockets_list`, with sockstr, sockname, advertise, addrlist."""
        advertised = self.host.environment.advertised
        rows = []
        for each in self.host.listeners():
            called = advertised.get((each.protocol, each.address))
            name = "" if called is None else f"{each.protocol.lower()}:{called[0]}:{called[1]}"
            more = {"sockstr": each.name, "sockname": "", "advertise": name, "addrlist": [each.address[0]]}
            rows.append(socket_row(each) | more)
        return rows

    @method("corex.list_aliases", result=Type.ARRAY)
    def list_aliases(self, _request: object) -> list[dict[str, Any]]:
        """Further names of this server: proto, address, port."""
        return alias_rows(self.host)

    @method(
        "modparam.list",
        Param(name="module", type=Type.STRING, optional=True, help="all"),
        result=Type.ARRAY,
        errors=(_UNKNOWN,),
        has_secrets=True,
    )
    def list_parameters(self, _request: object, module: str | None = None) -> list[dict[str, Any]]:
        """Settings: module, param, typeval, type, use_func, use_shm, value; without a value when there is none."""
        chosen = list(self.settings_by_module) if module is None else [self._group(module)]
        return [_row(group, each) for group in chosen for each in group.settings.values()]

    @method("modparam.getn", _MODULE, _PARAM, result=Type.STRUCT, errors=(_UNKNOWN,), has_secrets=True)
    def get_number(self, _request: object, module: str, param: str) -> dict[str, Any]:
        """A setting that is a number: module, param, shm, value."""
        return self._shown(module, param, is_number=True)

    @method("modparam.gets", _MODULE, _PARAM, result=Type.STRUCT, errors=(_UNKNOWN,), has_secrets=True)
    def get_text(self, _request: object, module: str, param: str) -> dict[str, Any]:
        """A setting that is a text: module, param, shm, value."""
        return self._shown(module, param, is_number=False)

    @method(
        "modparam.setn",
        _MODULE,
        _PARAM,
        Param(name="value", type=Type.INT),
        result=Type.STRUCT,
        effect=Effect.WRITE,
        errors=(_UNKNOWN, (488, "Not settable")),
    )
    def set_number(self, _request: object, module: str, param: str, value: int) -> dict[str, Any]:
        """Change a setting that is a number: module, param, shm, ovalue, value."""
        group = self._group(module)
        setting = self._setting(group, param, is_number=True)
        if not setting.is_live:
            raise Fault(488, "Not settable: it takes effect at a restart only")
        try:
            old = group.set(param, value)
        except GroupError as error:
            raise Fault(400, f"Failed to set the variable: {error}") from None
        found: dict[str, Any] = {"module": module, "param": param, "shm": 0}
        return found | ({} if old is None else {"ovalue": old}) | {"value": value}

    def _group(self, module: str) -> Group:
        if module not in self.settings_by_module:
            raise Fault(404, "Not found: no such module is loaded")
        return self.settings_by_module.group(module)

    @staticmethod
    def _setting(group: Group, param: str, *, is_number: bool) -> Setting:
        found = group.settings.get(param)
        if found is None or found.is_number is not is_number:
            raise Fault(404, f"Not found: the module has no such {'number' if is_number else 'text'}")
        return found

    def _shown(self, module: str, param: str, *, is_number: bool) -> dict[str, Any]:
        group = self._group(module)
        self._setting(group, param, is_number=is_number)
        return {"module": module, "param": param, "shm": 0} | _value(group, group.settings[param])


def _row(group: Group, setting: Setting) -> dict[str, Any]:
    kind = {"typeval": 2 if setting.is_number else 1, "type": "int" if setting.is_number else "string"}
    row: dict[str, Any] = {"module": group.name, "param": setting.name, **kind, "use_func": 0, "use_shm": 0}
    return row | _value(group, setting)


def _value(group: Group, setting: Setting) -> dict[str, Any]:
    value = group.get(setting.name)
    if value is None:
        return {}
    return {"value": Secret(value) if setting.is_secret else value}
