"""Words of the language: protocols, methods, and what opens a block (1.10)."""

from __future__ import annotations

from typing import Final

__all__ = ["METHODS", "PROTOCOLS", "ROUTE_WORDS"]

#: Transport protocols as `proto` holds them.
PROTOCOLS: Final = frozenset({"UDP", "TCP", "TLS", "SCTP", "WS", "WSS"})

#: Methods that requests are known to come with: SIP's (IANA registry) and those of HTTP that carry calls.
METHODS: Final = frozenset(
    [
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
        "DELETE",
        "GET",
        "HEAD",
        "PATCH",
        "POST",
        "PUT",
    ]
)

#: Words that open a route block (reference language 4.1).
ROUTE_WORDS: Final = frozenset(
    [
        "route",
        "request_route",
        "failure_route",
        "branch_route",
        "onsend_route",
        "onreply_route",
        "reply_route",
        "event_route",
        "error_route",
        "local_route",
        "startup_route",
        "timer_route",
    ]
)
