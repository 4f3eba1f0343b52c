"""Where a message came from and to, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = [
    "dst_ip_port",
    "in_uri",
    "next_hop",
    "next_hop_source",
    "protocol",
    "received_name",
    "source_uri",
    "src_ip_port",
]


def in_uri(address: str) -> str:
    """An address as it stands in a URI: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address


def src_ip_port(ctx: RouteContext) -> str:
    """`192.0.2.9:5060`, where it came from."""
    return f"{in_uri(ctx.source_ip)}:{ctx.source_port}"


def dst_ip_port(ctx: RouteContext) -> str:
    """`192.0.2.1:5060`, where it came to."""
    return f"{in_uri(ctx.local_ip)}:{ctx.local_port}"


def protocol(ctx: RouteContext) -> str:
    """How it came: udp, tcp, tls."""
    return ctx.protocol.lower()


def received_name(ctx: RouteContext) -> str:
    """`udp:192.0.2.1:5060`, the socket that it came to."""
    return f"{protocol(ctx)}:{dst_ip_port(ctx)}"


def source_uri(ctx: RouteContext) -> str:
    """`sip:192.0.2.9:5060;transport=udp`, where it came from."""
    return f"sip:{src_ip_port(ctx)};transport={protocol(ctx)}"


def next_hop(ctx: RouteContext) -> str | None:
    """The destination URI where one is set, else the Request-URI."""
    return ctx.wishes.destination if ctx.wishes is not None and ctx.wishes.destination else ctx.request_uri


def next_hop_source(ctx: RouteContext) -> str:
    """The address of the socket that the script chose, else of the one that the message came to."""
    chosen = "" if ctx.wishes is None else ctx.wishes.send_socket
    return chosen.partition(":")[2].rpartition(":")[0].strip("[]") if chosen else ctx.local_ip
