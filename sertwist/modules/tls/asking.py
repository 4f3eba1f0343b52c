"""Whether any peer can ever be verified: the checker refuses a script that tests peers where none is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.tls.domain import Side, VerifyMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.tls.domain import TLSDomain

__all__ = ["why_never_verified"]


def why_never_verified(domains: Iterable[TLSDomain]) -> tuple[str, str]:
    """Why no peer is ever verified by `domains`, and what to write; empty when some can be (reference tls 13: 11).

    Peers that this server calls show their certificates unasked: a client domain that knows an authority can verify
    them, and what they send on such a connection goes through the script, too.
    """
    every = tuple(domains)
    servers = [each for each in every if each.side is Side.SERVER and each.own]
    if not servers or any(each.verify is not VerifyMode.OFF for each in servers):
        return "", ""
    if any(each.side is Side.CLIENT and (each.authorities or each.system_trust) for each in every):
        return "", ""
    return "no TLS domain asks its clients for a certificate", 'add modparam("tls", "verify_certificate", 1)'
