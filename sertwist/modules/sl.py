"""`sl`: stateless replies (reference language 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import Module, function, method
from sertwist.rpc.declare import Type
from sertwist.script.declare import Argument, Kind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["SlModule"]

# The counters of `sl.stats` (reference rpc 10.5): codes that have their own, then the rest of each class.
_OWN = frozenset({200, 202, 300, 301, 302, 400, 401, 403, 404, 407, 408, 483, 500})
_CLASSES = ("2xx", "3xx", "4xx", "5xx", "6xx", "xxx")
_NAMES = tuple(sorted([str(code) for code in _OWN] + list(_CLASSES)))


def _name_of(code: int) -> str:
    if code in _OWN:
        return str(code)
    return f"{code // 100}xx" if code >= 200 else "xxx"


_COUNTERS = {code: f"sl.{_name_of(code)}" for code in range(100, 700)}


class SlModule(Module):
    """Replies that leave no state behind; a retransmission is answered anew, with the same To-tag."""

    name = "sl"
    help = "Stateless replies."

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._counters = host.environment.counters

    @function(
        "sl_reply",
        Argument(name="code", kind=Kind.NUMBER, minimum=100, maximum=699),
        Argument(name="reason"),
        aliases=("sl_send_reply", "send_reply"),
    )
    def reply(self, ctx: RouteContext, code: int, reason: str) -> int:
        """Answer the request with `code` and `reason`, keeping no state.

        Returns 1 when it was sent; -1 for an ACK, which is never answered, and when the request was answered before.
        """
        if ctx.method == "ACK" or not 100 <= code <= 699 or not ctx.reply(code, reason):
            return -1
        ctx.environment.count(_COUNTERS[code])
        return 1

    @method("sl.stats", result=Type.STRUCT)
    def stats(self, _request: object) -> dict[str, int]:
        """Number of stateless replies by code: the frequent codes on their own, the others by class."""
        return {name: self._counters.get(f"sl.{name}", 0) for name in _NAMES}
