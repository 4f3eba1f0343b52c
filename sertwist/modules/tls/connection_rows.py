"""Rows of `tls.list`, `tls.info` and `tls.sessions` (reference rpc 10.3, tls 7)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.tls.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sertwist.modules.host import ConnectionRow, Host
    from sertwist.tls.identity import PeerIdentity

__all__ = ["MOST_ROWS", "info_row", "list_rows", "session_rows"]

# 40 ms to make, 2 MB to send; with the longest names that peers can have, 7 of the 8 MB that may wait for a connection.
MOST_ROWS: Final = 1_000
_FLAGS_VERIFIED: Final = 1
_COLUMNS: Final = frozenset({"full", "resumed"})  # counters of module tls
_BY_REASON: Final = {"failed": "reasons", "ticket": "tickets_refused"}  # those where a reason follows


def list_rows(
    connections: Iterable[ConnectionRow], now: float, limit: int = MOST_ROWS, after: int = -1
) -> list[dict[str, object]]:
    """One row for each TLS connection, those in their handshake among them, ordered by id.

    Args:
        connections: of every kind.
        now: seconds since the epoch, for the verdict on each peer.
        limit: most rows.
        after: only connections with a higher id.
    """
    chosen = (each for each in connections if each.protocol == "TLS" and each.connection_id > after)
    return [_row(each, now) for each in heapq.nsmallest(limit, chosen, key=lambda each: each.connection_id)]


def info_row(host: Host) -> dict[str, object]:
    """Totals over all TLS connections."""
    open_now = [connection for connection in host.connections() if connection.protocol == "TLS"]
    return {
        "max_connections": host.limits.connection.max_tls_connections,
        "opened_connections": len(open_now),
        "clear_text_write_queued_bytes": sum(connection.queued_bytes for connection in open_now),
    }


def session_rows(counters: Mapping[str, int]) -> list[dict[str, object]]:
    """Handshakes since the start, a row for each domain; those that ended before one was chosen have an empty name."""
    rows: dict[str, dict[str, Any]] = {}
    for name, count in counters.items():
        kind, _, domain = name.partition(" ")
        module, _, rest = kind.partition(".")
        outcome, _, reason = rest.partition(".")
        if module != "tls" or outcome not in (_BY_REASON if reason else _COLUMNS):
            continue
        row = rows.setdefault(domain, _empty_row(domain))
        if reason:
            row[_BY_REASON[outcome]][reason] = count
        else:
            row[outcome] = count
    for row in rows.values():
        row["refused"] = sum(row["reasons"].values())
    return [rows[domain] for domain in sorted(rows)]


def _empty_row(domain: str) -> dict[str, Any]:
    return {"domain": domain, "full": 0, "resumed": 0, "refused": 0, "reasons": {}, "tickets_refused": {}}


def _row(connection: ConnectionRow, now: float) -> dict[str, object]:
    row: dict[str, object] = {
        "id": connection.connection_id,
        "direction": "out" if connection.outbound else "in",
        "src_ip": connection.source[0],
        "src_port": connection.source[1],
        "dst_ip": connection.local[0],
        "dst_port": connection.local[1],
        "state": connection.state,
        "dom": "",
        "sni": "",
        "version": "",
        "cipher": "",
        "resumed": False,
        "generation": 0,
        "timestamp": utc_text(connection.opened_at),
        "timeout": connection.seconds_left(),
        "ct_wq_size": connection.queued_bytes,
        "enc_rd_buf": 0,  # what OpenSSL has not decrypted yet is still in the socket
        "flags": 0,
        "tls": "",
    }
    tls = connection.tls
    if tls is not None:
        row |= {
            "dom": tls.domain_name,
            "sni": tls.sni or "",
            "version": tls.version,
            "cipher": tls.cipher,
            "resumed": tls.resumed,
            "generation": tls.generation,
            "flags": _FLAGS_VERIFIED if tls.peer.verdict(now).verified else 0,
            "tls": tls.description,
            "peer": _peer(tls.peer, now),
        }
    return row


def _peer(peer: PeerIdentity, now: float) -> dict[str, object]:
    verdict = peer.verdict(now)
    row: dict[str, object] = {"verified": verdict.verified, "reason": verdict.reason}
    if peer.certificate is not None:
        row |= {
            "subject": peer.certificate.subject.dn or "",
            "issuer": peer.certificate.issuer.dn or "",
            "serial": str(peer.certificate.serial),
            "not_after": peer.certificate.not_after_text,
        }
    return row
