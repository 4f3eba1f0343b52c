"""Selects of what is around a message: addresses, branches, the server, times."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Final

from sertwist.modules.core.selects.row import row
from sertwist.modules.reading import branches, sources, times
from sertwist.modules.reading.tails import URI_TAIL
from sertwist.script.declare import Index, Kind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["AROUND"]

_unique = itertools.count(1)
_BRANCH: Final = Index(after=2, default=0)
_FORMAT: Final = Index(after=3, kind=Kind.TEXT, default="%c")


def _src_ip(ctx: RouteContext) -> str:
    """The address that the message came from."""
    return ctx.source_ip


def _src_port(ctx: RouteContext) -> int:
    """The port that the message came from."""
    return ctx.source_port


def _dst_ip(ctx: RouteContext) -> str:
    """The address of ours that the message came to."""
    return ctx.local_ip


def _dst_port(ctx: RouteContext) -> int:
    """The port of ours that the message came to."""
    return ctx.local_port


def _pid(_ctx: RouteContext) -> int:
    """The process number."""
    return os.getpid()


def _next(_ctx: RouteContext) -> int:
    """A number that no other reading of it in this process gives."""
    return next(_unique)


def _server_id(ctx: RouteContext) -> int:
    """The number of this server (`server_id`)."""
    return ctx.environment.server_id


AROUND: Final = (
    *row("src.ip", _src_ip),
    *row("src.port", _src_port, kind=Kind.NUMBER),
    *row("src.ip_port", sources.src_ip_port),
    *row("dst.ip received.ip", _dst_ip),
    *row("dst.port received.port", _dst_port, kind=Kind.NUMBER),
    *row("dst.ip_port received.ip_port", sources.dst_ip_port),
    *row("received.proto", sources.protocol),
    *row("received.proto_ip_port", sources.received_name),
    *row("branch.count", branches.branch_count, kind=Kind.NUMBER),
    *row("branch.uri", branches.branch_uri, _BRANCH, tail=URI_TAIL),
    *row("branch.dst_uri", branches.branch_destination, _BRANCH, tail=URI_TAIL),
    *row("branch.q", branches.branch_q, _BRANCH),
    *row("branch.uriq", branches.branch_uri_and_q, _BRANCH),
    *row("sys.pid", _pid, kind=Kind.NUMBER),
    *row("sys.unique", _next, kind=Kind.NUMBER),
    *row("sys.server_id", _server_id, kind=Kind.NUMBER),
    *row("sys.now", times.now, kind=Kind.NUMBER),
    *row("sys.now.local", times.formatted_local, _FORMAT),
    *row("sys.now.gmt sys.now.utc", times.formatted_gmt, _FORMAT),
)
