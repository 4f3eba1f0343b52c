"""The `xmlrpc` module's class: parameters, script functions, selects, and the entry for HTTP requests."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.audit.methods import AuditMethods
from sertwist.modules.audit.settings import AUDIT_PARAMETERS, check_audit_settings
from sertwist.modules.declare import function, method, select
from sertwist.modules.management.console import ConsoleMethods
from sertwist.modules.management.context import ManagementContext
from sertwist.modules.management.decision import DISPATCH, Answer
from sertwist.modules.management.methods import CallMethods
from sertwist.modules.management.policing import Policing
from sertwist.modules.management.way_methods import WayMethods
from sertwist.rpc.declare import Effect, Type
from sertwist.script.declare import Argument, Deed, Kind, Parameter

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from sertwist.limits import Limits
    from sertwist.modules.host import Host, HttpPeer, Judge
    from sertwist.modules.setup import Setup
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.script.context import RouteContext

__all__ = ["XmlRpcModule"]


def _switch(name: str, text: str, *, default: bool = False) -> Parameter:
    return Parameter(name=name, kind=Kind.BOOLEAN, default=default, help=text)


def _bound(name: str, default: int, maximum: int, text: str) -> Parameter:
    return Parameter(name=name, kind=Kind.NUMBER, default=default, minimum=1, maximum=maximum, help=text)


def _rate(name: str, default: int, text: str) -> Parameter:
    return Parameter(name=name, kind=Kind.NUMBER, default=default, minimum=0, maximum=1_000_000, help=text)


_MODE: Final = re.compile("0?[0-7]{3}")
_COUNTED: Final = ("requests", "dispatched", "faults", "refused", "bad_xml")


class XmlRpcModule(AuditMethods, CallMethods, ConsoleMethods, WayMethods, Policing):
    """XML-RPC over HTTP on the SIP ports."""

    name = "xmlrpc"
    help = "XML-RPC management calls over HTTP on the SIP ports, judged by the routing script."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="route",
            kind=Kind.ROUTE,
            help="Route block that judges management requests; the main route by default.",
        ),
        _switch("autoconversion", "Convert parameters to the declared type when the whole text fits."),
        _switch("escape_cr", "Write CR in result text as a character reference.", default=True),
        _switch("double_lf_to_crlf", "In incoming strings turn LF LF into CR LF."),
        Parameter(name="url_match", help="Pattern: only these HTTP targets are management requests."),
        Parameter(name="url_skip", help="Pattern: never these targets; stronger than url_match."),
        _switch("allow_get", "Let dispatch_rpc() run the body of a GET request."),
        _bound("max_body", 1_048_576, 1 << 30, "Bytes of a request body."),
        _bound("max_depth", 32, 200, "Nested arrays and structs."),
        _bound("max_params", 64, 10_000, "Parameters of a call."),
        _bound("max_values", 20_000, 10_000_000, "Values of a document."),
        _bound("max_string", 262_144, 1 << 30, "Characters of one string."),
        _bound("max_method_len", 128, 1_024, "Characters of a method name."),
        _bound("max_multicall", 32, 10_000, "Members of a system.multicall."),
        *AUDIT_PARAMETERS,
        Parameter(
            name="enable_introspection",
            ignored="introspection is made of ordinary methods: the script judges them",
        ),
        Parameter(name="mode", ignored="HTTP requests always reach the script"),
        *Policing.parameters,
        *ConsoleMethods.parameters,
        Parameter(name="unix_socket", help="Path of a Unix socket for calls; the script sees @rpc.uid. Empty: none."),
        Parameter(name="unix_socket_mode", default="0600", help="Its permissions, octal."),
        _rate("rate", 0, "Calls a second of one caller; 0: any number."),
        _rate("concurrency", 0, "Calls of one caller at the same time; 0: any number."),
        _rate("denied_rate", 100, "Refused calls a second of one caller; 20 times as many at once: it has to wait."),
    )

    def limits(self, limits: Limits) -> Limits:
        """`limits` with this module's parameters put in."""
        s = self.settings
        return replace(
            limits,
            http=replace(limits.http, max_body=s["max_body"]),
            xmlrpc=replace(
                limits.xmlrpc,
                max_depth=s["max_depth"],
                max_params=s["max_params"],
                max_values=s["max_values"],
                max_string=s["max_string"],
                max_method_name=s["max_method_len"],
                max_multicall=s["max_multicall"],
            ),
        )

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        if not _MODE.fullmatch(self.settings["unix_socket_mode"]):
            setup.error("bad-setting", "unix_socket_mode", "unix_socket_mode is octal", "write 0600 or 0660")
        if self.settings["unix_socket"]:
            self.unix_socket = (setup.folder / self.settings["unix_socket"], int(self.settings["unix_socket_mode"], 8))
        check_audit_settings(self.settings, setup)

    unix_socket: tuple[Path, int] | None = None

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._host = host
        self.read_console()
        from sertwist.modules.management.carriage import Carriage  # noqa: PLC0415 (a check does not pay for them)
        from sertwist.modules.management.conduct import Conduct  # noqa: PLC0415 (likewise)

        self._conduct = Conduct(host, self.settings, lambda: self.policy)
        self._carriage = Carriage(host, self._conduct, self.settings)
        if self.settings["sip_calls"]:
            from sertwist.modules.management.sip_calls import SipCalls  # noqa: PLC0415 (likewise)

            self.sip_calls = SipCalls(host, self._conduct)

    @property
    def route(self) -> str:
        """See `HttpCarrier.route`."""
        return str(self.settings["route"] or "")

    def handle(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Coroutine[Any, Any, None] | None:
        """See `HttpCarrier.handle`."""
        return self._carriage.handle(peer, request, judge)

    def hear(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Coroutine[Any, Any, None] | None:
        """See `HttpCarrier.hear`."""
        return self._carriage.hear(peer, request, judge)

    def takes_target(self, target: str) -> bool:
        """Whether a request for `target` is a management request (`url_match`, `url_skip`)."""
        skip, match = self.settings["url_skip"], self.settings["url_match"]
        if skip and re.search(skip, target):
            return False
        return not match or re.search(match, target) is not None

    @function("create_via", bare=True)
    def create_via(self, _ctx: RouteContext) -> int:
        """Give an HTTP request the Via it lacks. Replies here do not need one: always 1."""
        return 1

    @function("dispatch_rpc", bare=True, guarded=True, deed=Deed.ANSWERS)
    def dispatch_rpc(self, ctx: RouteContext) -> int:
        """Let the call in this request run, once the route has ended, and answer with its result or fault.

        Returns 1 when that is decided; -1 when the request was answered before, or is not a management request.
        """
        if isinstance(ctx, ManagementContext):
            return 1 if ctx.decide(DISPATCH) else -1
        return 1 if self.sip_calls is not None and ctx.message is not None and self.sip_calls.dispatch(ctx) else -1

    @function(
        "xmlrpc_reply",
        Argument(name="code", kind=Kind.NUMBER),
        Argument(name="reason"),
        aliases=("rpc_fault",),
        deed=Deed.ANSWERS,
    )
    def xmlrpc_reply(self, ctx: RouteContext, code: int, reason: str) -> int:
        """Answer a management request: a fault for a code of 300 or more, otherwise the result 1.

        A code outside 100-699 is answered as 500. Returns 1; -1 when it was answered before, or is no management
        request.
        """
        code = code if 100 <= code <= 699 else 500
        return 1 if isinstance(ctx, ManagementContext) and ctx.decide(Answer(code, reason)) else -1

    @select("xmlrpc.method")
    def xmlrpc_method(self, ctx: RouteContext) -> str | None:
        """The method's canonical name; of a multicall, `system.multicall`, and then of each member in turn."""
        call = self.call_of(ctx)
        return call.method if call is not None else None

    @select("rpc.method")
    def rpc_method(self, ctx: RouteContext) -> str | None:
        """The same as `@xmlrpc.method`."""
        return self.xmlrpc_method(ctx)

    @select("rpc.methods")
    def rpc_methods(self, ctx: RouteContext) -> str | None:
        """The names of all calls in the request, joined by commas: one, or the members of a multicall."""
        call = self.call_of(ctx)
        return ",".join(call.methods) if call is not None else None

    @select("rpc.effect")
    def rpc_effect(self, ctx: RouteContext) -> str | None:
        """`read`, `write` or `destructive`: the furthest-reaching of the calls; undefined for an unknown method."""
        call = self.call_of(ctx)
        if call is None:
            return None
        methods = [self._host.registry.resolve(name) for name in call.methods]
        effects = [m.effect for m in methods if m is not None]
        return Effect(max(effects)).name.lower() if effects and len(effects) == len(methods) else None

    @method("xmlrpc.stats", result=Type.STRUCT)
    def stats(self, _request: object) -> dict[str, int]:
        """Management requests since the start: requests, dispatched, faults, refused, bad_xml."""
        counters = self._host.environment.counters
        return {name: counters.get(f"xmlrpc.{name}", 0) for name in _COUNTED}
