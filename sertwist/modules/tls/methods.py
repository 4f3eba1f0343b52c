"""Rows of `tls.list` and `tls.info` (reference rpc 10.3, tls 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.host import ConnectionRow, Host
    from sertwist.tls.identity import PeerIdentity

__all__ = ["info_row", "list_rows"]

_FLAGS_VERIFIED = 1


def list_rows(connections: Iterable[ConnectionRow], now: float) -> list[dict[str, object]]:
    """One row for each TLS connection, those in their handshake among them, ordered by id."""
    rows = (_row(connection, now) for connection in connections if connection.protocol == "TLS")
    return sorted(rows, key=lambda row: int(str(row["id"])))


def info_row(host: Host) -> dict[str, object]:
    """Totals over all TLS connections."""
    open_now = [connection for connection in host.connections() if connection.protocol == "TLS"]
    return {
        "max_connections": host.limits.connection.max_connections,
        "opened_connections": len(open_now),
        "clear_text_write_queued_bytes": sum(connection.queued_bytes for connection in open_now),
    }


def _row(connection: ConnectionRow, now: float) -> dict[str, object]:
    tls = connection.tls
    row: dict[str, object] = {
        "id": connection.connection_id,
        "timeout": connection.seconds_left(),
        "src_ip": connection.source[0],
        "src_port": connection.source[1],
        "dst_ip": connection.local[0],
        "dst_port": connection.local[1],
        "state": connection.state,
        "ct_wq_size": connection.queued_bytes,
        "enc_rd_buf": 0,  # what OpenSSL has not decrypted yet is still in the socket
        "flags": 0,
        "tls": "",
        "dom": "",
        "sni": "",
        "version": "",
        "cipher": "",
        "generation": 0,
        "resumed": False,
    }
    if tls is not None:
        row |= {
            "flags": _FLAGS_VERIFIED if tls.peer.verdict(now).verified else 0,
            "tls": tls.description,
            "dom": tls.domain_name,
            "sni": tls.sni or "",
            "version": tls.version,
            "cipher": tls.cipher,
            "generation": tls.generation,
            "resumed": tls.resumed,
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
