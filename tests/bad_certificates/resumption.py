"""What becomes of a session that is offered again, as a table (reference tls 9.3)."""

from __future__ import annotations

from OpenSSL import SSL

__all__ = ["FULL", "RESUMED", "TABLE", "WAYS", "expected"]

# How a client comes back: by the id that the server gave, or with the ticket that it gave.
WAYS = {
    "1.2 id": (SSL.TLS1_2_VERSION, SSL.OP_NO_TICKET),
    "1.2 ticket": (SSL.TLS1_2_VERSION, 0),
    "1.3 ticket": (SSL.TLS1_3_VERSION, 0),
}
FULL, RESUMED = "full", "resumed"

# What has changed since -> without `session_cache`, whatever the way | with it: by id, by ticket of 1.2, of 1.3
# Each: which handshake follows, and why the peer is then not verified; empty: it is.
TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "nothing": ((FULL, ""), (FULL, ""), (RESUMED, ""), (RESUMED, "")),
    "the domain": ((FULL, "untrusted"), (FULL, "untrusted"), (FULL, "untrusted"), (FULL, "untrusted")),
    "a reload": ((FULL, ""), (FULL, ""), (FULL, ""), (FULL, "")),
    "a reload, the CA": ((FULL, "untrusted"), (FULL, "untrusted"), (FULL, "untrusted"), (FULL, "untrusted")),
    "a reload, the CRL": ((FULL, "revoked"), (FULL, "revoked"), (FULL, "revoked"), (FULL, "revoked")),
    "the time": ((FULL, "expired"), (FULL, "expired"), (RESUMED, "expired"), (RESUMED, "expired")),
}


def expected(change: str, way: str, resumption: bool) -> tuple[str, str]:
    """Which handshake follows, and why the peer is not verified."""
    column = 1 + list(WAYS).index(way) if resumption else 0
    return TABLE[change][column]
