"""Read, print and bound URIs: SIP and SIPS in full, others as scheme and rest (RFC 3261 19.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from sertwist.sip.errors import BadUriError
from sertwist.sip.grammar import HOST
from sertwist.sip.params import Params, encode_params, find_param

__all__ = ["OtherUri", "SipUri", "Uri", "parse_uri"]

# Printable octets that can stand in a URI without escape. `#` belongs to none, but phones dial with it.
_uri_text = re.compile(rb"(?:[!#$&-;=?-~]|%[0-9A-Fa-f]{2})+").fullmatch
_scheme = re.compile(rb"[A-Za-z][A-Za-z0-9+\-.]*+").fullmatch
_host_port = re.compile(rb"(" + HOST + rb")(?::([0-9]{1,5}))?").fullmatch
# user-unreserved and unreserved with `#`; a password takes a little less, which nobody keeps to.
_user = re.compile(rb"[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]++").fullmatch
_uri_param = re.compile(rb"([!#-:>A-~]++)(?:=([!#-:=>A-~]++))?").fullmatch


@dataclass(slots=True)
class SipUri:
    """A `sip:` or `sips:` URI; parts as received, escapes untouched.

    Attributes:
        scheme: b"sip" or b"sips".
        user: None when there is no `@`. `;` and `?` in it belong to it.
        password: None when there is none.
        host: a name or address; an IPv6 address keeps its brackets.
        port: 1 to 65535, None when not given.
        params: names as received, values never quoted.
        headers: the bytes after `?`, b"" when there are none.
    """

    scheme: bytes
    user: bytes | None
    password: bytes | None
    host: bytes
    port: int | None = None
    params: Params = ()
    headers: bytes = b""

    def param(self, name: bytes) -> bytes | None:
        """Return the value of URI parameter `name` (lower case); b"" when it has none, None when absent."""
        return find_param(self.params, name)

    def __bytes__(self) -> bytes:
        """Return the URI as it stands in a message, without angle brackets."""
        out = self.scheme + b":"
        if self.user is not None:
            out += self.user
            if self.password is not None:
                out += b":" + self.password
            out += b"@"
        out += self.host
        if self.port is not None:
            out += b":%d" % self.port
        if self.params:
            out += encode_params(self.params)
        return out + b"?" + self.headers if self.headers else out


@dataclass(slots=True)
class OtherUri:
    """A URI of another scheme (`tel`, `urn` ...): the scheme in lower case and the rest as received."""

    scheme: bytes
    opaque: bytes

    def __bytes__(self) -> bytes:
        """Return the URI as it stands in a message."""
        return self.scheme + b":" + self.opaque


Uri: TypeAlias = SipUri | OtherUri


def parse_uri(text: bytes) -> Uri:
    """Parse `text`, the bytes between the angle brackets or a whole Request-URI.

    Raises:
        BadUriError: white space, quotes or brackets in it, a bad escape, two `@`, a bad host or port, an
            empty part.
    """
    scheme, colon, rest = text.partition(b":")
    if not colon or not _scheme(scheme) or not _uri_text(rest):
        raise BadUriError("Malformed URI")
    scheme = scheme.lower()
    if scheme in {b"sip", b"sips"}:
        return _parse_sip(scheme, rest)
    return OtherUri(scheme, rest)


def _parse_sip(scheme: bytes, rest: bytes) -> SipUri:
    user: bytes | None = None
    password: bytes | None = None
    # Not escaped, `@` can stand once only; the host behind a second one is where readers differ.
    userinfo, at, tail = rest.rpartition(b"@")
    if at:
        user, colon, after = userinfo.partition(b":")
        password = after if colon else None
        if not _user(user) or (password and not _user(password)):
            raise BadUriError("Malformed user in URI")
    tail, question, headers = tail.partition(b"?")
    host_port, semicolon, params = tail.partition(b";")
    match = _host_port(host_port)
    if match is None:
        raise BadUriError("Malformed host or port in URI")
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65_536:
        raise BadUriError("Port out of range in URI")
    if question and not headers:
        raise BadUriError("Empty headers in URI")
    return SipUri(scheme, user, password, match[1], port, _parse_params(params) if semicolon else (), headers)


def _parse_params(text: bytes) -> Params:
    found = []
    for item in text.split(b";"):
        match = _uri_param(item)
        if match is None:
            raise BadUriError("Malformed parameter in URI")
        found.append((match[1], match[2]))
    return tuple(found)
