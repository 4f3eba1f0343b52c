"""The bounds of one connection: the server's, with the times that its TLS domain has of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.limits import Limits
    from sertwist.tls.domain import TLSDomain

__all__ = ["domain_limits"]


def domain_limits(limits: Limits, domain: TLSDomain) -> Limits:
    """`limits`, themselves when `domain` has no times of its own."""
    times = (domain.handshake_timeout, domain.send_timeout, domain.idle_timeout)
    return limits if times == (None, None, None) else _with_times(limits, *times)


@lru_cache(maxsize=256)
def _with_times(limits: Limits, handshake: float | None, send: float | None, idle: float | None) -> Limits:
    given = limits.connection
    connection = replace(
        given,
        handshake_timeout=given.handshake_timeout if handshake is None else handshake,
        write_timeout=given.write_timeout if send is None else send,
        idle_timeout=given.idle_timeout if idle is None else idle,
        http_idle_timeout=given.http_idle_timeout if idle is None else min(idle, given.http_idle_timeout),
    )
    return replace(limits, connection=connection)
