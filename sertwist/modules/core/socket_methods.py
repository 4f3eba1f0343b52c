"""The `core.*` RPC methods about sockets, names of this server and connections (reference rpc 10.1)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from sertwist.limits import PAGE_ROWS
from sertwist.modules.declare import Module, method
from sertwist.modules.pages import FIELDS, LIMIT, in_turns, with_fields
from sertwist.rpc.declare import Cost, Param, Type

if TYPE_CHECKING:
    from sertwist.modules.host import ConnectionRow, Host, ListenerRow

__all__ = ["SocketMethods", "alias_rows", "socket_row"]


def socket_row(listener: ListenerRow) -> dict[str, Any]:
    """A listener as `core.sockets_list` shows it."""
    host, port = listener.address
    return {
        "af": "ipv6" if ":" in host else "ipv4",
        "proto": listener.protocol.lower(),
        "address": host,
        "ipaddress": host,
        "port": port,
        "agname": "",
        "mcast": "no",
        "mhomed": "no",
        "virtual": "no",
    }


def alias_rows(host: Host) -> list[dict[str, Any]]:
    """The names of this server besides its sockets, for every protocol; port 0 is any."""
    names = sorted(host.environment.aliases | host.environment.alias_domains)
    return [{"proto": "*", "address": name, "port": port} for name, port in names]


class SocketMethods(Module):
    """What an operator asks of sockets."""

    host: Host

    @method("core.sockets_list", result=Type.ARRAY)
    def sockets_list(self, _request: object) -> list[dict[str, Any]]:
        """The listening sockets: af, proto, address, ipaddress, port, agname, mcast, mhomed, virtual."""
        return [socket_row(each) for each in self.host.listeners()]

    @method("core.aliases_list", result=Type.STRUCT)
    def aliases_list(self, _request: object) -> dict[str, Any]:
        """Further names of this server: myself_callbacks (0), and aliases {proto, address, port}."""
        return {"myself_callbacks": 0, "aliases": alias_rows(self.host)}

    @method("core.tcp_info", result=Type.STRUCT)
    def tcp_info(self, _request: object) -> dict[str, int]:
        """Number of stream connections now, their bounds, and the bytes that wait for peers."""
        rows = list(self.host.connections())
        return {
            "readers": 1,
            "max_connections": self.host.limits.connection.max_connections,
            "max_tls_connections": self.host.limits.connection.max_tls_connections,
            "opened_connections": len(rows),
            "opened_tls_connections": sum(row.protocol == "TLS" for row in rows),
            "write_queued_bytes": sum(row.queued_bytes for row in rows),
        }

    @method("core.tcp_options", result=Type.STRUCT)
    def tcp_options(self, _request: object) -> dict[str, int]:
        """Bounds and options of stream connections; what this server does not have is 0. Times in seconds."""
        inbound, outbound = self.host.limits.connection, self.host.limits.outbound
        return {
            "connect_timeout": int(outbound.connect_timeout),
            "send_timeout": int(inbound.write_timeout),
            "connection_lifetime": int(inbound.idle_timeout),
            "max_connections(soft)": inbound.max_connections,
            "max_tls_connections(soft)": inbound.max_tls_connections,
            "no_connect": 0,
            "fd_cache": 0,
            "async": 1,
            "connect_wait": 1,
            "conn_wq_max": outbound.max_queued,
            "wq_max": inbound.max_write_queues,
            "defer_accept": 0,
            "delayed_ack": 0,
            "syncnt": 0,
            "linger2": 0,
            "keepalive": 0,
            "keepidle": 0,
            "keepintvl": 0,
            "keepcnt": 0,
            "crlf_ping": 1,
            "accept_aliases": 1,
            "alias_flags": 0,
            "new_conn_alias_flags": 0,
        }

    @method(
        "core.tcp_list",
        LIMIT,
        Param(name="after", type=Type.INT, optional=True, minimum=0, help="only connections with a higher id"),
        FIELDS,
        result=Type.ARRAY,
        cost=Cost.LISTS,
    )
    async def tcp_list(
        self,
        _request: object,
        limit: int | None = None,
        after: int = -1,
        fields: tuple[Any, ...] | None = None,
    ) -> list[dict[str, Any]]:
        """Stream connections in the order of their ids, a page of them; the next are those `after` the last id.

        Each: id, type, state, timeout, lifetime, ref_count, src_ip, src_port, dst_ip, dst_port, peer_cn.
        """
        chosen = (each for each in self.host.connections() if each.connection_id > after)
        most = PAGE_ROWS if limit is None else limit
        first = heapq.nsmallest(most, chosen, key=lambda each: each.connection_id)
        now = self.host.environment.wall_clock()
        return with_fields(await in_turns(self.host, (_connection_row(each, now) for each in first), most), fields)


def _connection_row(row: ConnectionRow, now: float) -> dict[str, Any]:
    certificate = None if row.tls is None else row.tls.peer.certificate
    return {
        "id": row.connection_id,
        "type": row.protocol,
        "state": row.state,
        "timeout": row.seconds_left(),
        "lifetime": max(0, int(now - row.opened_at)),
        "ref_count": 1,
        "src_ip": row.source[0],
        "src_port": row.source[1],
        "dst_ip": row.local[0],
        "dst_port": row.local[1],
        "peer_cn": "" if certificate is None else certificate.common_name or "",
    }
