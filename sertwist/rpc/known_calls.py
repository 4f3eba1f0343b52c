"""`KnownCalls`: documents that came before, with the calls they make.

What asks a server for its state asks again in the same bytes, and what a document means follows from its bytes alone
(and from its charset, so only one is taken here). Calls with parameters are not kept, so that nothing a caller passed
outlives its call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Call
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["KnownCalls"]

_CHARSETS: Final = (None, "utf-8")  # which mean the same


class KnownCalls:
    """As many as `XmlRpcLimits.max_known` says; the one that was kept first makes room."""

    __slots__ = ("_calls", "_most", "_size")

    def __init__(self, limits: XmlRpcLimits) -> None:
        self._most = limits.max_known
        self._size = limits.max_known_document
        self._calls: dict[bytes, Call] = {}

    def get(self, request: HttpRequest) -> Call | None:
        """The call that `request` makes, if its document is known."""
        return self._calls.get(request.body) if request.charset in _CHARSETS else None

    def keep(self, request: HttpRequest, call: Call) -> None:
        """Know from now on that `request` makes `call`."""
        if call.params or len(request.body) > self._size or request.charset not in _CHARSETS:
            return
        if len(self._calls) >= self._most:
            del self._calls[next(iter(self._calls))]
        self._calls[request.body] = call
