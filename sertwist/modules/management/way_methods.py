"""`ctl.*` and `jsonrpc.*`: by what ways calls come (reference rpc 10.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.rpc.dispatch import CallContext

__all__ = ["WayMethods"]

_ELSEWHERE: Final = (606, "available only over a Unix socket")


class WayMethods(Module):
    """What an operator asks about the ways of calls."""

    _host: Host
    unix_socket: tuple[Path, int] | None = None

    @method("ctl.listen", result=Type.ARRAY)
    def control_sockets(self, _request: object) -> list[Any]:
        """The sockets that calls come by, as a flat list: payload, transport, name, port, payload ..."""
        rows: list[Any] = []
        for each in self._host.listeners():
            if each.protocol != "UDP":
                rows += ["xmlrpc", each.protocol.lower(), *each.address]
        return rows if self.unix_socket is None else [*rows, "xmlrpc", "unix", self.unix_socket[0].name, 0]

    @method("ctl.connections", result=Type.INT, errors=(_ELSEWHERE,))
    def control_connections(self, request: CallContext) -> int:
        """How many connections the Unix socket has; asked over that."""
        return len(self._control_rows(request))

    @method("ctl.who", result=Type.ARRAY, errors=(_ELSEWHERE,))
    def control_peers(self, request: CallContext) -> list[dict[str, Any]]:
        """The connections of the Unix socket, asked over that: id, state, timeout."""
        return self._control_rows(request)

    def _control_rows(self, request: CallContext) -> list[dict[str, Any]]:
        if request.caller.protocol != "UNIX":
            raise Fault(606, "rpc available only over a Unix socket")
        found = [each for each in self._host.connections() if each.protocol == "UNIX"]
        return [{"id": each.connection_id, "state": each.state, "timeout": each.seconds_left()} for each in found]

    @method("jsonrpc.echo", Param(name="value", type=Type.ANY, rest=True, optional=True), result=Type.ANY)
    def echo_json(self, _request: object, *values: Any) -> Any:
        """The values given: one as itself, several as an array."""
        return values[0] if len(values) == 1 else list(values)
