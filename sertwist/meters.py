"""`Meters`: what is counted of each message for the metrics: integers that are added to, labels from closed sets.

Nothing here knows Prometheus; `sertwist.server.exposition` reads these when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

__all__ = ["OTHER", "UNREAD", "Histogram", "Meters"]

OTHER: Final = "other"  # whatever a peer may choose a name for
UNREAD: Final = "unread"  # calls that were refused before anybody read what they call

_METHODS: Final = (
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
)
_SIP_BOUNDS: Final = (0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0)
_CALL_BOUNDS: Final = (0.000_1, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
_LAG_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Histogram:
    """How often something took how long.

    Attributes:
        bounds: seconds, ascending; each is the most that its bucket takes.
        counts: of each bucket alone, and of what took longer than all.
        total: seconds in all.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """It took `seconds`."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Meters:
    """The numbers of one server.

    Attributes:
        requests: SIP requests by method.
        responses: SIP replies of our own by the request's method and code.
        sip_seconds: from a request that was read to the end of the script.
        calls: management calls by method, result (`ok`, `fault`, `refused`) and the policy's role.
        call_seconds: by method, from the request that was read to its answer.
        loop_lag: how much later than due a timer came.
    """

    __slots__ = ("call_seconds", "calls", "loop_lag", "requests", "responses", "sip_seconds")

    def __init__(self) -> None:
        self.requests: dict[str, int] = dict.fromkeys((*_METHODS, OTHER), 0)
        self.responses: dict[tuple[str, int], int] = {}
        self.sip_seconds = Histogram(_SIP_BOUNDS)
        self.calls: dict[tuple[str, str, str], int] = {}
        self.call_seconds: dict[str, Histogram] = {}
        self.loop_lag = Histogram(_LAG_BOUNDS)

    def count_request(self, method: str) -> None:
        """A SIP request came."""
        requests = self.requests
        requests[method if method in requests else OTHER] += 1

    def count_response(self, method: str, status: int) -> None:
        """We replied to a SIP request."""
        key = (method, status)
        responses = self.responses
        if key in responses:
            responses[key] += 1
            return
        if method not in self.requests:
            key = (OTHER, status)
        responses[key] = responses.get(key, 0) + 1

    def count_call(self, method: str, result: str, role: str, seconds: float) -> None:
        """A management call has ended; `method` is one that the server has, `OTHER` or `UNREAD`."""
        key = (method, result, role)
        self.calls[key] = self.calls.get(key, 0) + 1
        histogram = self.call_seconds.get(method)
        if histogram is None:
            histogram = self.call_seconds[method] = Histogram(_CALL_BOUNDS)
        histogram.observe(seconds)
