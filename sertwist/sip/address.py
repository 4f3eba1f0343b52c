"""Read and print addresses: From, To, Contact, Route, Record-Route (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sertwist.sip.errors import BadAddressError, BadHeaderError
from sertwist.sip.grammar import LWS, PARAM, QUOTED, TOKEN, split_semicolons, unquote
from sertwist.sip.params import Params, encode_params, find_param, parse_params, split_plain
from sertwist.sip.uri import Uri, parse_uri

__all__ = ["Address", "address_uri", "parse_address"]

_REMEMBERED: Final = 128  # bytes of a URI that is remembered as sound
_quoted = re.compile(QUOTED).match
# Tokens and white space by the grammar; UTF-8 without quotes is common enough to take.
_plain = re.compile(
    rb'("[^"\\\r\n]*+"|' + TOKEN + rb"(?: " + TOKEN + rb")*|)[ \t]*+<([^<>]*+)>((?:" + PARAM + rb")*)"
).fullmatch
"""What nearly all peers send: display name, URI and parameters in three parts."""
_display_words = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~ \t\x80-\xff]*+").fullmatch


@dataclass(slots=True)
class Address:
    """One name-addr or addr-spec.

    Attributes:
        uri: the URI as received, without brackets; `parsed_uri` takes it apart.
        display: the display name as received, quotes included, b"" when there is none.
        params: the header's parameters (`tag`, `expires`, `q` ...), never the URI's.
    """

    uri: bytes
    display: bytes = b""
    params: Params = ()

    @property
    def parsed_uri(self) -> Uri:
        """The URI taken apart, anew at each call."""
        return parse_uri(self.uri)

    @property
    def name(self) -> bytes:
        """The display name without quotes and escapes."""
        return unquote(self.display)

    @property
    def tag(self) -> bytes:
        """The tag of a From or To, b"" when there is none."""
        return find_param(self.params, b"tag") or b""

    def param(self, name: bytes) -> bytes | None:
        """Return header parameter `name` (lower case); b"" when it has no value, None when absent."""
        return find_param(self.params, name)

    def __bytes__(self) -> bytes:
        """Return the value as it stands in a message, always in the name-addr form."""
        space = b" " if self.display else b""
        return b"%s%s<%s>%s" % (self.display, space, self.uri, encode_params(self.params))


def parse_address(text: bytes) -> Address:
    """Parse one address (no list), folds already replaced, checking its URI too.

    Without brackets the URI ends at the first `;`, and may hold neither `,` nor `?` (RFC 3261 20).

    Raises:
        BadAddressError: an unterminated quote, a display name of other than tokens, a bad URI or parameter.
    """
    try:
        return _parse(text)
    except BadAddressError:
        raise
    except BadHeaderError as error:
        raise BadAddressError(str(error), code=error.code) from None


def address_uri(text: bytes) -> bytes:
    """The URI of what `parse_address` takes, without all else of it.

    Raises:
        BadAddressError: as `parse_address`.
    """
    match = _plain(text)
    if match is None or len(match[2]) > _REMEMBERED:
        return parse_address(text).uri
    uri: bytes = match[2]
    try:
        _check_uri(uri)
    except BadHeaderError as error:
        raise BadAddressError(str(error), code=error.code) from None
    return uri


def _parse(text: bytes) -> Address:
    match = _plain(text)
    if match is None:
        return _parse_any(text)
    display, uri, params = match.groups()
    (_check_uri if len(uri) <= _REMEMBERED else parse_uri)(uri)
    return Address(uri, display, split_plain(params) if params else ())


def _parse_any(text: bytes) -> Address:
    display, rest = _split_display(text)
    if not rest.startswith(b"<"):
        if display:
            raise BadAddressError("Display name without an address in brackets")
        return _parse_bare(rest)
    uri, closing, after = rest[1:].partition(b">")
    if not closing:
        raise BadAddressError("Unterminated bracket")
    (_check_uri if len(uri) <= _REMEMBERED else parse_uri)(uri)
    return Address(uri, display, parse_params(after.strip(LWS)))


@lru_cache(maxsize=1_024)
def _check_uri(uri: bytes) -> None:
    """The URIs of one telephone are the same in all its messages: a sound one is not looked at again."""
    parse_uri(uri)


def _split_display(text: bytes) -> tuple[bytes, bytes]:
    """Return the display name and what follows it, from `<` on when there is one."""
    if text.startswith(b'"'):
        match = _quoted(text)
        if match is None:
            raise BadAddressError("Unterminated quoted string")
        return match[0], text[match.end() :].lstrip(LWS)
    display, opening, rest = text.partition(b"<")
    if not opening:
        return b"", text
    if not _display_words(display):
        if b":" in display:  # the bracket stands inside a quoted parameter of an addr-spec
            return b"", text
        raise BadAddressError("Display name with other than tokens needs quotes")
    return display.strip(LWS), opening + rest


def _parse_bare(text: bytes) -> Address:
    uri = split_semicolons(text)[0]
    if b"?" in uri or b"," in uri:
        raise BadAddressError("A URI with a comma or question mark needs brackets")
    (_check_uri if len(uri) <= _REMEMBERED else parse_uri)(uri)
    _, semicolon, params = text.partition(b";")
    return Address(uri, b"", parse_params(semicolon + params))
