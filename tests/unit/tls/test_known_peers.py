"""Whom a context remembers for sessions that come again, and how many at most."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sertwist.tls.known_peers import MAX_KNOWN, KnownPeers


def chain(number: int) -> tuple[Any, ...]:
    return SimpleNamespace(sha256=number.to_bytes(4)), "issuer"


def test_peer_that_came_least_recently_is_forgotten_past_the_bound() -> None:
    known = KnownPeers()
    for number in range(MAX_KNOWN):
        known.remember(chain(number), resumable=True)
    assert known.chain_of(chain(0)[0])
    known.remember(chain(0), resumable=True)
    known.remember(chain(MAX_KNOWN), resumable=True)
    assert known.chain_of(chain(1)[0]) == ()
    assert all(known.chain_of(chain(number)[0])[1:] == ("issuer",) for number in (0, 2, MAX_KNOWN))


def test_peer_whose_sessions_are_not_resumed_takes_no_room() -> None:
    known = KnownPeers()
    known.remember(chain(0), resumable=False)
    assert known.chain_of(chain(0)[0]) == ()
