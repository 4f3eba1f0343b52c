"""A TLS domain's own times take the place of the server's, for its connections alone."""

from __future__ import annotations

from sertwist.limits import Limits
from sertwist.tls.domain import Side, TLSDomain
from sertwist.transport.domain_limits import domain_limits

LIMITS = Limits()


def domain(**times: float) -> TLSDomain:
    return TLSDomain(side=Side.SERVER, **times)


def test_domain_without_times_has_the_servers_bounds() -> None:
    assert domain_limits(LIMITS, domain()) is LIMITS


def test_times_of_the_domain_replace_the_servers_and_nothing_else() -> None:
    own = domain_limits(LIMITS, domain(handshake_timeout=3.0, send_timeout=4.0)).connection
    assert (own.handshake_timeout, own.write_timeout) == (3.0, 4.0)
    assert own.idle_timeout == LIMITS.connection.idle_timeout
    assert own.max_handshakes == LIMITS.connection.max_handshakes


def test_idle_time_of_the_domain_shortens_that_of_http_but_does_not_lengthen_it() -> None:
    short, long = (domain_limits(LIMITS, domain(idle_timeout=seconds)).connection for seconds in (5.0, 5_000.0))
    assert (short.idle_timeout, short.http_idle_timeout) == (5.0, 5.0)
    assert (long.idle_timeout, long.http_idle_timeout) == (5_000.0, LIMITS.connection.http_idle_timeout)
