"""Contacts that come back to us: the peer's own URI is kept in a parameter of one of ours (reference language 9.9)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.modules.sip_functions.contact_coding import change_contacts, checked_sip_uri
from sertwist.modules.sip_functions.uris import read_uri, request_uri
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.address import parse_address
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import is_token
from sertwist.sip.params import without_params
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["ContactParameter"]

_ROUTES: Final = RouteKind.REQUEST | RouteKind.REPLY


def _read_name(text: str) -> bytes:
    name = as_bytes(text).lower()
    if not is_token(name):
        raise ValueError("a parameter's name has letters, digits, - and _")
    return name


def _read_address(text: str) -> SipUri:
    uri = read_uri(text)
    if not isinstance(uri, SipUri):
        raise ValueError("it must be a SIP URI, such as sip:192.0.2.1:5060")  # noqa: TRY004 (a text that is none)
    return uri


_NAME: Final = Argument(name="parameter", prepare=_read_name)
_ADDRESS: Final = Argument(name="uri", prepare=_read_address, help="one of ours, `sip:192.0.2.1:5060`")


class ContactParameter:
    """`sip:ours;NAME=uri`, the URI in the letters of base64 that need no escape (RFC 4648 5)."""

    @function("contact_param_encode", _NAME, _ADDRESS, routes=_ROUTES)
    def encode_in_parameter(self, ctx: RouteContext, name: bytes, address: SipUri) -> int:
        """Put `uri` into every Contact, with the URI there in its `parameter`; -1 when there is none to be read."""
        return change_contacts(ctx, lambda uri: _with(address, name, urlsafe_b64encode(bytes(uri)).rstrip(b"=")))

    @function("contact_param_decode", _NAME, routes=_ROUTES)
    def decode_from_parameter(self, ctx: RouteContext, name: bytes) -> int:
        """Put into every Contact the URI in its `parameter`; -1 when one has none."""
        return change_contacts(ctx, lambda uri: _decoded(uri, name))

    @function("contact_param_decode_ruri", _NAME, aliases=("contact_param_decode_uri",))
    def decode_request_uri(self, ctx: RouteContext, name: bytes) -> int:
        """Make the Request-URI the one in its `parameter`; -1 when there is none.

        Whoever sends the request chooses where it goes by it: test first who that is.
        """
        uri = request_uri(ctx)
        decoded = None if uri is None else _decoded(uri, name)
        if decoded is None:
            return -1
        ctx.wish().uri = as_text(bytes(decoded))
        return 1

    @function("contact_param_rm", _NAME, routes=_ROUTES)
    def remove_parameter(self, ctx: RouteContext, name: bytes) -> int:
        """Take the `parameter` out of every Contact's URI; -1 when one has none."""
        return change_contacts(ctx, lambda uri: None if uri.param(name) is None else _with(uri, name))

    @function("contact_param_check", _NAME, routes=_ROUTES)
    def has_parameter(self, ctx: RouteContext, name: bytes) -> int:
        """Whether every Contact's URI has the `parameter`."""
        if ctx.message is None:
            return -1
        try:
            contacts = [parse_address(each).parsed_uri for each in ctx.message.values("contact")]
        except BadHeaderError:
            return -1
        return (
            1 if contacts and all(isinstance(uri, SipUri) and uri.param(name) is not None for uri in contacts) else -1
        )


def _with(uri: SipUri, name: bytes, value: bytes | None = None) -> SipUri | None:
    """`uri` with this parameter; without it when there is no value."""
    params = without_params(uri.params, name)
    return checked_sip_uri(bytes(replace(uri, params=params if value is None else (*params, (name, value)))))


def _decoded(uri: SipUri, name: bytes) -> SipUri | None:
    value = (uri.param(name) or b"").rstrip(b".=")  # what others fill up with
    try:
        return checked_sip_uri(urlsafe_b64decode(value + b"=" * (-len(value) % 4)))
    except ValueError:
        return None
