"""The URIs of a request that rules look at, without port and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.errors import PeerError
from sertwist.sip.address import parse_address
from sertwist.sip.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["contacts_of", "from_of", "plain", "refer_to_of", "to_of"]


def plain(uri: bytes) -> str | None:
    """`sip:user@host` of a SIP or SIPS URI, the scheme kept; others as they are; None for what is none."""
    try:
        parsed = parse_uri(uri)
    except PeerError:
        return None
    if not isinstance(parsed, SipUri):
        return uri.decode("ascii", "replace")
    user = b"" if parsed.user is None else parsed.user + b"@"
    return (parsed.scheme + b":" + user + parsed.host).decode("ascii", "replace")


def from_of(ctx: RouteContext) -> str | None:
    """The From URI; None when it can't be read."""
    try:
        return None if ctx.message is None else plain(ctx.message.from_.uri)
    except PeerError:
        return None


def to_of(ctx: RouteContext) -> str | None:
    """The To URI; None when it can't be read."""
    try:
        return None if ctx.message is None else plain(ctx.message.to.uri)
    except PeerError:
        return None


def refer_to_of(ctx: RouteContext) -> str | None:
    """The Refer-To URI; None when there is none or it can't be read."""
    value = None if ctx.message is None else ctx.message.header("refer-to")
    try:
        return None if value is None else plain(parse_address(value).uri)
    except PeerError:
        return None


def contacts_of(ctx: RouteContext) -> list[str | None]:
    """All Contact URIs; one None when they can't be read."""
    try:
        return [] if ctx.message is None else [plain(each.uri) for each in ctx.message.contacts]
    except PeerError:
        return [None]
