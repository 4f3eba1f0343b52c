"""Telephone numbers: what is one, and its way into a SIP URI (reference language 9.9, RFC 3261 19.1.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.sip_functions.uris import read_uri
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import OtherUri, SipUri

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Numbers", "TelUris", "is_e164"]

is_e164 = re.compile(r"\+[0-9]{2,15}").fullmatch
"""An international number, with its plus sign."""
_telephone = re.compile(r"\+?[0-9]+").fullmatch
_numeric = re.compile(r"[0-9]+").fullmatch
_alphanumeric = re.compile(r"[0-9A-Za-z]+").fullmatch
_separators = re.compile(rb"[-.()]")
_TEXT = Argument(name="text")


class Numbers:
    """What a text is made of."""

    @function("is_e164", _TEXT, routes=RouteKind.ANY)
    def is_e164(self, _ctx: RouteContext, text: str) -> int:
        """Whether `text` is an international number: a plus sign and 2 to 15 digits."""
        return 1 if is_e164(text) else -1

    @function("is_uri_user_e164", Argument(name="uri"), routes=RouteKind.ANY)
    def is_uri_user_e164(self, _ctx: RouteContext, uri: str) -> int:
        """Whether the user of `uri` is an international number."""
        found = read_uri(uri)
        return 1 if isinstance(found, SipUri) and is_e164(as_text(found.user or b"")) else -1

    @function("is_tel_number", _TEXT, routes=RouteKind.ANY)
    def is_tel_number(self, _ctx: RouteContext, text: str) -> int:
        """Whether `text` is digits, with or without a plus sign before them."""
        return 1 if _telephone(text) else -1

    @function("is_numeric", _TEXT, routes=RouteKind.ANY)
    def is_numeric(self, _ctx: RouteContext, text: str) -> int:
        """Whether `text` is digits."""
        return 1 if _numeric(text) else -1

    @function("is_alphanum", _TEXT, routes=RouteKind.ANY)
    def is_alphanum(self, _ctx: RouteContext, text: str) -> int:
        """Whether `text` is digits and letters from a to z in either case."""
        return 1 if _alphanumeric(text) else -1

    @function("is_alphanumex", _TEXT, Argument(name="more", help="characters"), routes=RouteKind.ANY)
    def is_alphanumex(self, _ctx: RouteContext, text: str, more: str) -> int:
        """Whether `text` is digits, letters from a to z in either case and characters of `more`."""
        return 1 if text and all(each in more or _alphanumeric(each) for each in text) else -1


class TelUris:
    """`tel` URIs."""

    @function(
        "tel2sip",
        forms=((Argument(name="uri"), Argument(name="host"), Argument(name="result", kind=Kind.VARIABLE)),),
    )
    def tel2sip(
        self, ctx: RouteContext, uri: str | None = None, host: str = "", result: Reference | None = None
    ) -> int:
        """Make a SIP URI of a `tel` one: `sip:+15551234@host;user=phone`.

        Without arguments it is that of the Request-URI, at the host of From; with them that of `uri` goes into
        `result`. Returns 1, also when there is nothing to do; -1 when there is no SIP URI of it.
        """
        if uri is None:
            uri, host = ctx.uri, _from_host(ctx)
        found = read_uri(uri)
        if not isinstance(found, OtherUri) or found.scheme != b"tel":
            return 1 if found is not None else -1
        number, semicolon, params = found.opaque.partition(b";")
        user = _separators.sub(b"", number) + semicolon + params.lower()
        made = as_text(b"sip:%b@%b;user=phone" % (user, as_bytes(host)))
        if not isinstance(read_uri(made), SipUri):
            return -1
        if result is None:
            ctx.wish().uri = made
        elif result.put is None:
            return -1
        else:
            result.put(ctx, made)
        return 1


def _from_host(ctx: RouteContext) -> str:
    try:
        uri = None if ctx.message is None else ctx.message.from_.parsed_uri
    except BadHeaderError:
        return ""
    return as_text(uri.host) if isinstance(uri, SipUri) else ""
