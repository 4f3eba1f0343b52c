"""`RouteKind`: what a route block is entered by, and where a function may be called (reference language 4.3)."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

__all__ = ["MAIN", "RouteKey", "RouteKind"]


class RouteKind(enum.Flag):
    """Kinds of route block; a block has one, a function is allowed in several."""

    REQUEST = enum.auto()  # `route`, `request_route`
    FAILURE = enum.auto()  # `failure_route`: a transaction failed
    ONREPLY = enum.auto()  # `onreply_route[x]`: a reply of a transaction that asked for it
    CORE_ONREPLY = enum.auto()  # `onreply_route`, `reply_route`: every reply
    BRANCH = enum.auto()  # `branch_route`: one branch is about to be sent
    BRANCH_FAILURE = enum.auto()  # `event_route[tm:branch-failure:x]`
    ONSEND = enum.auto()  # `onsend_route`: a forwarded request is about to be written
    EVENT = enum.auto()  # `event_route[module:event]` of any other event, `timer_route` and the like
    __hash__ = object.__hash__  # each is there once; enum's own takes as long as the look-up that it is for

    REPLY = ONREPLY | CORE_ONREPLY
    ANY = REQUEST | FAILURE | REPLY | BRANCH | BRANCH_FAILURE | ONSEND | EVENT


class RouteKey(NamedTuple):
    """Which block of a script: its kind and its name, empty where none is written."""

    kind: RouteKind
    name: str


#: The main route; no other can be called that.
MAIN: Final = RouteKey(RouteKind.REQUEST, "")
