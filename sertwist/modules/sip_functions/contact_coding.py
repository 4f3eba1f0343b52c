"""Contacts that come back to us: the peer's own URI is kept in the user of one of ours (reference language 9.9)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from sertwist.modules.declare import function
from sertwist.modules.sip_functions.uris import request_uri
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.address import parse_address
from sertwist.sip.errors import BadHeaderError, BadUriError
from sertwist.sip.header_values import HeaderValues, Place
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["ContactCoding", "change_contacts", "checked_sip_uri"]

_ROUTES = RouteKind.REQUEST | RouteKind.REPLY
_EVERY: Final = Place("contact", every=True)
_escaped = re.compile(rb"[^A-Za-z0-9._~-]")  # and the separator, which is none of these
_TRANSPORTS: Final = (b"udp", b"tcp", b"tls")


class ContactCoding:
    """`sip:PREFIX*user*host*port*transport@ours`; the separator is the parameter `contact_flds_separator`."""

    settings: dict[str, Any]

    @function("encode_contact", Argument(name="prefix"), Argument(name="host"), routes=_ROUTES)
    def encode_contact(self, ctx: RouteContext, prefix: str, host: str) -> int:
        """Put into every Contact a URI at `host` that holds the one there; -1 when there is none that can be read."""
        separator = as_bytes(self.settings["contact_flds_separator"])
        return change_contacts(ctx, lambda uri: _encode(uri, as_bytes(prefix), as_bytes(host), separator))

    @function("decode_contact_header", routes=_ROUTES)
    def decode_contact_header(self, ctx: RouteContext) -> int:
        """Put into every Contact the URI that was put away in it; -1 when one holds none."""
        separator = as_bytes(self.settings["contact_flds_separator"])
        return change_contacts(ctx, lambda uri: _decode(uri, separator))

    @function("decode_contact")
    def decode_contact(self, ctx: RouteContext) -> int:
        """Make the Request-URI the one that was put away in it; -1 when it holds none.

        Whoever sends the request chooses where it goes by it: test first who that is.
        """
        uri = request_uri(ctx)
        decoded = None if uri is None else _decode(uri, as_bytes(self.settings["contact_flds_separator"]))
        if decoded is None:
            return -1
        ctx.wish().uri = as_text(bytes(decoded))
        return 1


def _encode(uri: SipUri, prefix: bytes, host: bytes, separator: bytes) -> SipUri | None:
    port = b"" if uri.port is None else b"%d" % uri.port
    parts = (uri.user or b"", uri.host, port, uri.param(b"transport") or b"")
    user = separator.join([prefix, *(_escaped.sub(_escape, part) for part in parts)])
    return checked_sip_uri(b"%b:%b@%b" % (uri.scheme, user, host))


def _escape(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def _decode(uri: SipUri, separator: bytes) -> SipUri | None:
    parts = (uri.user or b"").split(separator)
    if len(parts) != 5:
        return None
    user, host, port, transport = (unquote_to_bytes(part) for part in parts[1:])
    if transport and transport.lower() not in _TRANSPORTS:
        return None
    text = uri.scheme + b":" + (user + b"@" if user else b"") + host + (b":" + port if port else b"")
    return checked_sip_uri(text + (b";transport=" + transport if transport else b""))


def checked_sip_uri(text: bytes) -> SipUri | None:
    """The SIP URI that `text` is, None when it is none."""
    try:
        uri = parse_uri(text)
    except BadUriError:
        return None
    return uri if isinstance(uri, SipUri) else None


def change_contacts(ctx: RouteContext, change: Callable[[SipUri], SipUri | None]) -> int:
    """Let every Contact have the URI that `change` makes of its own, all or none; -1 when one can not be changed."""
    if ctx.message is None:
        return -1
    edits = ctx.wish().edit()
    values = HeaderValues(edits.lines(ctx.message), "contact")
    try:
        found = values.change(_EVERY, lambda value: _changed(value, change))
    except BadHeaderError:
        return -1
    if found:
        edits.rewrite_lines(values.lines())
    return 1 if found else -1


def _changed(value: bytes, change: Callable[[SipUri], SipUri | None]) -> bytes:
    address = parse_address(value)
    uri = address.parsed_uri
    changed = change(uri) if isinstance(uri, SipUri) else None
    if changed is None:
        raise BadUriError("no URI that can be changed so")
    return bytes(replace(address, uri=bytes(changed)))
