"""What a script asks about a peer's certificate as a whole: verified at all, bearing a name, speaking for a domain.

Each is false while the peer is not verified, and looks at all names of its kind, where a select is one of them.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import Module, function
from sertwist.modules.tls.certificate_of import verified_certificate
from sertwist.script.declare import Argument, Proof
from sertwist.script.route_kind import RouteKind
from sertwist.sip.errors import BadUriError
from sertwist.sip.uri import SipUri, parse_uri
from sertwist.tls.sip_identity import domain_name, sip_match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sertwist.script.context import RouteContext
    from sertwist.tls.certificate import CertificateView

__all__ = ["TlsFunctions", "same_email", "same_uri"]


class TlsFunctions(Module):
    """Functions of module tls."""

    @function("is_peer_verified", routes=RouteKind.ANY, proof=Proof.VERIFIED)
    def is_peer_verified(self, ctx: RouteContext) -> int:
        """Whether the peer's certificate is verified at this moment, as `@tls.peer.verified`."""
        return _truth(verified_certificate(ctx) is not None)

    @function(
        "tls_peer_has",
        Argument(name="kind", words=("uri", "dns", "email", "ip")),
        Argument(name="value"),
        routes=RouteKind.ANY,
        proof=Proof.VERIFIED,
    )
    def tls_peer_has(self, ctx: RouteContext, kind: str, value: str) -> int:
        """Whether one of the verified certificate's subject alternative names of this kind is `value`.

        Hosts are compared in any case and whole, without wildcards; users exactly; addresses as addresses.
        """
        certificate = verified_certificate(ctx)
        names, same = _KINDS.get(kind.lower(), (None, None))
        if certificate is None or names is None or same is None:
            return -1
        return _truth(any(each is not None and same(each, value) for each in names(certificate)))

    @function(
        "tls_peer_is",
        Argument(name="domain"),
        routes=RouteKind.ANY,
        aliases=("tls_peer_domain",),
        proof=Proof.VERIFIED,
    )
    def tls_peer_is(self, ctx: RouteContext, domain: str) -> int:
        """Whether the verified certificate speaks for the SIP domain `domain`: itself, no wildcard (RFC 5922)."""
        certificate = verified_certificate(ctx)
        return _truth(certificate is not None and sip_match(certificate, domain))


def _truth(holds: bool) -> int:  # noqa: FBT001 (private)
    return 1 if holds else -1


def _same_host(one: str, other: str) -> bool:
    name = domain_name(one)
    return bool(name) and name == domain_name(other)


def same_email(one: str, other: str) -> bool:
    """Whether both are one mail address: the part before `@` exactly, the domain in any case (RFC 5280 7.5)."""
    user, _, host = one.rpartition("@")
    other_user, at, other_host = other.rpartition("@")
    return bool(at) and bool(user) and user == other_user and _same_host(host, other_host)


def _same_address(one: str, other: str) -> bool:
    try:
        return ip_address(one) == ip_address(other.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False


def same_uri(one: str, other: str) -> bool:
    """Whether both are one SIP URI: scheme and host in any case, all else exactly; other URIs but for their scheme.

    That is stricter than RFC 3261 19.1.4: no parameter is left out of account, since a certificate vouches for what
    it says.
    """
    try:
        parsed, wanted = (parse_uri(each.encode("utf-8", "surrogateescape")) for each in (one, other))
    except BadUriError:
        return False
    if isinstance(parsed, SipUri) and isinstance(wanted, SipUri):
        parsed.host, wanted.host = parsed.host.lower(), wanted.host.lower()
    return parsed == wanted


_KINDS: Final[dict[str, tuple[Callable[[CertificateView], Sequence[str | None]], Callable[[str, str], bool]]]] = {
    "uri": (lambda c: c.uri, same_uri),
    "dns": (lambda c: c.dns, _same_host),
    "email": (lambda c: c.email, same_email),
    "ip": (lambda c: c.ip, _same_address),
}
