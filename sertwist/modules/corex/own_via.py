"""What our Via says beside what forwarding needs: `via_add_srvid`, `via_add_xavp_params`, `via_use_xavp_fields`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import Module, function
from sertwist.modules.pv.xavp import children_of
from sertwist.modules.reading.uri_change import read_host, read_port
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.errors import BadParameterError
from sertwist.sip.params import find_param, parse_params
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext, ViaChange
    from sertwist.sip.via import Via

__all__ = ["OwnVia"]

_ON: Final = Argument(name="flag", kind=Kind.NUMBER, minimum=0, maximum=1, help="0: not, 1: do")
#: Parameters that mean something to whoever the answer comes back through.
_TAKEN: Final = (b"branch", b"i", b"rport", b"received", b"maddr", b"ttl", b"alias", b"comp", b"keep", b"oc")


class OwnVia(Module):
    """The names of the extended attributes stand in the settings `xavp_via_params` and `xavp_via_fields`."""

    params_name: str = ""
    fields_name: str = ""

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        core = setup.groups.group("core")
        self.params_name, self.fields_name = (str(core.get(f"xavp_via_{each}") or "") for each in ("params", "fields"))

    @function("via_add_srvid", _ON, routes=RouteKind.ANY)
    def add_server_id(self, ctx: RouteContext, on: int) -> int:
        """Let our Via have `srvid` with the setting `server_id`, unless that is 0."""
        return _set(ctx, _with_server_id, on)

    @function("via_add_xavp_params", _ON, routes=RouteKind.ANY)
    def add_params(self, ctx: RouteContext, on: int) -> int:
        """Let our Via have the children of the `$xavp` that `xavp_via_params` names as parameters.

        Returns -1 without that setting. A child that can be none, or would change where answers go, is left out.
        """
        return _set(ctx, self._with_params, on) if self.params_name else -1

    @function("via_use_xavp_fields", _ON, routes=RouteKind.ANY)
    def use_fields(self, ctx: RouteContext, on: int) -> int:
        """Let our Via have the host and port that the children `address` and `port` of a `$xavp` are.

        It is the one that `xavp_via_fields` names. Returns -1 without that setting.
        """
        return _set(ctx, self._with_fields, on) if self.fields_name else -1

    @function(
        "via_reply_add_xavp_params",
        _ON,
        refused="the Via values of a reply are those of the request (RFC 3261 8.2.6.2)",
        routes=RouteKind.ANY,
    )
    def change_reply(self, _ctx: RouteContext, _on: int) -> int:
        """Add parameters to the Via of who asked."""
        return -1

    def _with_params(self, ctx: RouteContext, via: Via) -> Via:
        for name, value in children_of(ctx, self.params_name).items():
            try:
                [param] = parse_params(as_bytes(f";{name}={value}" if value != "" else f";{name}"))
            except (BadParameterError, ValueError):
                param = (b"", None)
            if not param[0] or param[0].lower() in _TAKEN or find_param(via.params, param[0].lower()) is not None:
                ctx.environment.complain(f"via_add_xavp_params: {name!r} can't be a parameter of our Via")
            else:
                via = replace(via, params=(*via.params, param))
        return via

    def _with_fields(self, ctx: RouteContext, via: Via) -> Via:
        fields = children_of(ctx, self.fields_name)
        try:
            host = read_host(str(fields["address"])) if "address" in fields else via.host
            port = read_port(str(fields["port"])) if "port" in fields else via.port
        except ValueError as error:
            ctx.environment.complain(f"via_use_xavp_fields: {error}")
            return via
        return replace(via, host=host, port=port)


def _with_server_id(ctx: RouteContext, via: Via) -> Via:
    number = ctx.environment.server_id
    return replace(via, params=(*via.params, (b"srvid", b"%d" % number))) if number else via


def _set(ctx: RouteContext, change: ViaChange, on: int) -> int:
    wishes = ctx.wish()
    others = tuple(each for each in wishes.via_changes if each != change)
    wishes.via_changes = (*others, change) if on else others
    return 1
