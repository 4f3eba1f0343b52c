"""Which certificate a script asks about: the peer's, if it is verified at this moment, or ours (reference tls 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.tls.certificate import CertificateView

__all__ = ["any_certificate", "own_certificate", "verified_certificate"]


def verified_certificate(ctx: RouteContext) -> CertificateView | None:
    """The peer's, absent while it is not verified."""
    tls = ctx.tls
    if tls is None or not tls.peer.verdict(ctx.environment.wall_clock()).verified:
        return None
    return tls.peer.certificate


def any_certificate(ctx: RouteContext) -> CertificateView | None:
    """The peer's, verified or not."""
    return None if ctx.tls is None else ctx.tls.peer.certificate


def own_certificate(ctx: RouteContext) -> CertificateView | None:
    """The one that we presented on this connection."""
    return None if ctx.tls is None else ctx.tls.my
