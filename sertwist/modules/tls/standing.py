"""Open connections judged again: when a peer's certificate expires, a CRL is refreshed, or a reload changes trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.tls.domain import RevokedAction, VerifyMode
from sertwist.tls.verification import words_of_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.modules.host import ConnectionRow, Host
    from sertwist.modules.tls.generation import Generation
    from sertwist.tls.session import TlsSession

__all__ = ["judge_connections", "judge_expired"]

CONNECTIONS_PER_TURN: Final = 64  # judged before others get their turn: a new CRL costs each some microseconds


def judge_connections(host: Host, generation: Callable[[], Generation]) -> Iterator[None]:
    """Look at every connection; what `revoked_action` says happens to those whose peer is no longer verified.

    Also to those whose peer never was, where the domain has come to require a certificate. A generator that yields
    between turns. Selects need none of this: they ask for the verdict each time.
    """
    now = host.environment.wall_clock()
    for count, connection in enumerate(list(host.connections()), 1):
        tls = connection.tls
        if tls is not None and not tls.given_up:
            _judge(host, connection, tls, generation(), now)
        if count % CONNECTIONS_PER_TURN == 0:
            yield


def _judge(host: Host, connection: ConnectionRow, tls: TlsSession, generation: Generation, now: float) -> None:
    verdict = tls.peer.verdict(now)
    factory = generation.factory_of(tls.domain_name)
    if verdict.verified:
        if factory is not None:
            factory.trust.note_expiry(tls.peer.not_after)
        return
    if not tls.peer.was_verified and (factory is None or factory.domain.verify is not VerifyMode.ON):
        return
    tls.given_up = True
    host.environment.count(f"tls.no_longer_verified.{verdict.reason}")
    marked = factory is not None and factory.domain.revoked_action is RevokedAction.MARK
    host.log(
        "info",
        "connection {id} from {source} {what}: its peer is {not_longer} verified: {words}",
        id=connection.connection_id,
        source=f"{connection.source[0]} port {connection.source[1]}",
        what="stays" if marked else "is closed",
        not_longer="no longer" if tls.peer.was_verified else "not",
        words=words_of_reason(verdict.reason),
    )
    connection.no_longer_verified()
    if not marked:
        connection.finish()  # in order: whoever dropped his own CA hears that it was done


def judge_expired(host: Host, generation: Callable[[], Generation]) -> bool:
    """Whether some peer's certificate may have expired since the last time; then all connections want judging."""
    now = host.environment.wall_clock()
    passed = [each.trust for each in generation().factories() if each.trust.earliest_expiry + 1.0 <= now]
    for trust in passed:
        trust.earliest_expiry = float("inf")  # judging notes those that are still to come
    return bool(passed)
