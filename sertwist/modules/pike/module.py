"""The `pike` module's class: parameters, the check, and `pike.list`."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar

from sertwist.limits import MAX_PIKE_NODES
from sertwist.modules.declare import Module, function, method
from sertwist.modules.pike.tree import SourceTree, Verdict
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.pike.tree import Node
    from sertwist.script.context import RouteContext

__all__ = ["PikeModule"]

_RESULTS = {Verdict.FINE: 1, Verdict.BLOCKED: -1, Verdict.NEWLY_BLOCKED: -2}
_MOST_ROWS = 10_000  # of one answer
_SWEEP_SECONDS = 5.0


@lru_cache(maxsize=4_096)
def _source(text: str) -> bytes | None:
    """The bytes of an address, of an IPv4 one that is written as IPv6 its four; None for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (getattr(address, "ipv4_mapped", None) or address).packed


def _number(name: str, default: int, minimum: int, maximum: int, unit: str, text: str) -> Parameter:
    return Parameter(
        name=name, kind=Kind.NUMBER, default=default, minimum=minimum, maximum=maximum, unit=unit, help=text
    )


class PikeModule(Module):
    """Floods from single addresses. What is done about one is the script's decision: usually `drop`."""

    name = "pike"
    help = "Addresses that send too many requests are told from the others."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        _number("sampling_time_unit", 2, 1, 3_600, "seconds", "Requests are counted over so long."),
        replace(
            _number("reqs_density_per_unit", 30, 1, 1_000_000, "requests", "An address that sends so many is blocked."),
            live=True,
        ),
        _number(
            "remove_latency", 120, 1, 86_400, "seconds", "An address is remembered so long after its last request."
        ),
        _number(
            "ipv6_prefix", 64, 8, 128, "bits", "So many leading bits of an IPv6 address are one source; whole bytes."
        ),
        _number("pike_log_level", 1, -5, 9, "level", "Of the line about a newly blocked address; above `debug` none."),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        given = self.settings
        self.tree = SourceTree(
            unit=given["sampling_time_unit"],
            density=given["reqs_density_per_unit"],
            memory=given["remove_latency"],
            ipv6_prefix=given["ipv6_prefix"],
            max_nodes=MAX_PIKE_NODES,
        )

    def changed(self, _setting: str) -> None:
        """See `Module.changed`."""
        self.tree.adjust(self.settings["reqs_density_per_unit"], self.settings["remove_latency"])

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host
        host.every(_SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self.host.in_turns(self.tree.forget(self.host.clock()))

    @function("pike_check_req", routes=RouteKind.REQUEST | RouteKind.REPLY)
    def check_request(self, ctx: RouteContext) -> int:
        """Count a request of the address that this one came from.

        Returns 1 when it sends no more than others may; -1 when it is blocked and was before; -2 when it is blocked
        from now on. It is blocked as long as it sends too many.
        """
        return self._check(ctx.source_ip)

    @function("pike_check_ip", Argument(name="address"), routes=RouteKind.ANY)
    def check_address(self, _ctx: RouteContext, address: str) -> int:
        """The same for `address`; 1 for what is no IP address."""
        return self._check(address)

    def _check(self, text: str) -> int:
        address = _source(text)
        if address is None:
            return 1
        verdict = self.tree.count(address, self.host.clock())
        if verdict is not Verdict.FINE:
            self.host.environment.count("pike.blocked")
            if verdict is Verdict.NEWLY_BLOCKED:
                self.host.log(
                    "warn", "pike: {address} sends too many requests and is blocked", address=str(ip_address(address))
                )
        return _RESULTS[verdict]

    @method(
        "pike.list",
        Param(name="which", type=Type.STRING, optional=True, help="`ALL`, `HOT` or `WARM`"),
        result=Type.STRUCT,
        aliases=("pike.top",),
    )
    def list_sources(self, _request: object, which: str = "HOT") -> dict[str, Any]:
        """Addresses with their requests in the unit of time before and in this one, and seconds until forgotten.

        `HOT` are those that are blocked, `WARM` those with a quarter of the density that blocks.
        """
        wanted = which.upper()
        if wanted not in ("ALL", "HOT", "WARM"):
            raise Fault(400, "Invalid Parameter Value: use ALL, HOT or WARM")
        rows: list[dict[str, Any]] = []
        for address, node, left in self.tree.rows(self.host.clock()):
            status = self._status(node)
            if wanted in ("ALL", status) and len(rows) < _MOST_ROWS:
                row = {"ip_addr": address, "leaf_hits_prev": node.before, "leaf_hits_curr": node.now}
                rows.append(row | {"expires": int(left), "status": status})
        return {"max_hits": self.tree.density, "list": rows, "number_of_rows": len(rows)}

    def _status(self, node: Node) -> str:
        if node.is_blocked and node.density() >= self.tree.density:
            return "HOT"
        return "WARM" if node.density() * 4 >= self.tree.density else ""

    @method("pike.unblock", Param(name="ip", type=Type.STRING), result=Type.BOOLEAN, effect=Effect.WRITE)
    def unblock(self, _request: object, ip: str) -> bool:
        """Forget how many requests came from `ip`. Whether any were counted."""
        address = _source(ip)
        if address is None:
            raise Fault(400, "Invalid Parameter Value: not an IP address")
        return self.tree.reset(address)
