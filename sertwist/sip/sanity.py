"""The checks every message passes before a script sees it (RFC 3261 8.1.1, 8.2, 16.3, 18.1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.sip.address import parse_address
from sertwist.sip.errors import BadHeaderError, BadUriError
from sertwist.sip.grammar import HOST, PARAM, PORT, TOKEN
from sertwist.sip.header_names import printed_name
from sertwist.sip.uri import OtherUri, parse_uri

if TYPE_CHECKING:
    from sertwist.sip.message import Request, Response

__all__ = ["ROUTABLE_SCHEMES", "Refusal", "check_request", "check_response"]

ROUTABLE_SCHEMES = frozenset({b"sip", b"sips", b"tel", b"urn"})
"""Schemes of a Request-URI that a script can route: `tel` by RFC 3261 19.1.6, `urn` for RFC 5031."""

_SINGLE = ("from", "to", "call-id", "cseq", "max-forwards", "content-type")

# What nearly every peer sends, decided by one match; all else is judged by the parsers, which take a
# superset.
_SIP_URI = (
    rb"sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$]++@)?" + HOST + rb"(?::" + PORT + rb")?"
    rb"(?:;[A-Za-z0-9\-_.!~*'()\[\]/&+$]++(?:=[A-Za-z0-9\-_.!~*'()\[\]/:&+$]++)?)*"
)
_plain_uri = re.compile(_SIP_URI).fullmatch
_ADDRESS = rb'(?:"[^"\\\r\n]*+"[ ]?+|' + TOKEN + rb"[ ]?+)?<" + _SIP_URI + rb">(?:" + PARAM + rb")*"
_plain_address = re.compile(_ADDRESS).fullmatch
_CALL_ID = rb"[!-~]++"
_call_id = re.compile(_CALL_ID).fullmatch

# The same for a request's fields in one match, since starting a match costs as much as most of these take.
# Values hold no LF: each stays in its part, and no peer can send what stands for an absent field.
_ABSENT = b"\n"
_plain_fields = re.compile(
    rb"%b\n%b\n%b\n%b\n(?:\n|%b)\n(?:\n|[0-9]{1,2})\n[0-9]{1,9} (%b)"
    % (_SIP_URI, _ADDRESS, _ADDRESS, _CALL_ID, _ADDRESS, TOKEN)
).fullmatch


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reply that a request earns before any script runs; an ACK earns it too, and gets none."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


def check_request(request: Request) -> Refusal | None:
    """Return why `request` can't be taken, None when it is sound.

    Max-Forwards 0, Require and unknown methods are the script's business. The reason never quotes the
    request.
    """
    if _is_plain(request):
        return None
    try:
        _check_fields(request)
        return _check_uri(request.uri)
    except BadHeaderError as error:
        return Refusal(error.status_hint, str(error))


def check_response(response: Response) -> str | None:
    """Return why `response` is to be dropped, None when it is sound; nothing ever answers a response."""
    try:
        _check_common(response)
        _ = response.cseq
        for via in response.vias[1:]:
            # Forwarding would send to everybody (RFC 4475 3.3.10).
            if _is_to_many(via.host) or _is_to_many(via.received or b""):
                return "Via names a broadcast or multicast address"
    except BadHeaderError as error:
        return str(error)
    return None


def _is_plain(request: Request) -> bool:
    """Return whether `request` is of the shape that nearly all have, which breaks no rule."""
    first = request.first
    if request.has_repeats or "route" in first or not request.plain_via:
        return False
    try:
        fields = (
            request.uri,
            first["from"],
            first["to"],
            first["call-id"],
            first.get("contact", _ABSENT),
            first.get("max-forwards", _ABSENT),
            first["cseq"],
        )
    except KeyError:
        return False
    match = _plain_fields(b"\n".join(fields))
    return match is not None and match[1] == request.method.encode("ascii")


def _check_fields(request: Request) -> None:
    _check_common(request)
    number, _space, method = request.first.get("cseq", b"").partition(b" ")
    plain = number.isdigit() and len(number) < 10
    if not (plain and method == request.method.encode("ascii")) and request.cseq.method != request.method:
        raise BadHeaderError("CSeq method does not match request method")
    _ = request.max_forwards
    contact = request.first.get("contact")
    # `*` removes all bindings, and means nothing elsewhere (RFC 3261 10.2.2).
    if contact is not None and not (contact == b"*" and request.method == "REGISTER"):
        _check_addresses(request, "contact", contact)
    route = request.first.get("route")
    if route is not None:
        _check_addresses(request, "route", route)


def _check_common(message: Request | Response) -> None:
    """Raise unless Via, From, To and Call-ID are there, once where they must be, and well formed."""
    if message.has_repeats:
        for name in _SINGLE:
            if message.names.count(name) > 1:
                raise BadHeaderError(f"More than one {printed_name(name)} header field")
    if not message.plain_via or message.has_repeats:
        _check_vias(message)
    for name in ("from", "to"):
        value = message.first.get(name)
        if value is None:
            raise BadHeaderError(f"Missing {printed_name(name)} header field")
        if not _plain_address(value):
            _check_address(name, value)
    if not _call_id(message.call_id):
        raise BadHeaderError("Malformed Call-ID header field")


def _check_vias(message: Request | Response) -> None:
    if message.top_via.protocol != b"SIP/2.0" or any(via.protocol != b"SIP/2.0" for via in message.vias):
        raise BadHeaderError("Unknown protocol in Via header field")


def _check_addresses(request: Request, name: str, first: bytes) -> None:
    """Raise unless every value of a list header is an address; `first` is its first line."""
    if _plain_address(first) and not request.has_repeats:
        return
    for value in request.values(name):
        _check_address(name, value)


def _check_address(name: str, value: bytes) -> None:
    try:
        parse_address(value)
    except BadHeaderError as error:
        raise BadHeaderError(f"Malformed {printed_name(name)} header field: {error}") from None


def _check_uri(uri: bytes) -> Refusal | None:
    """Judge a Request-URI: malformed or with headers 400, of an unknown scheme 416 (RFC 3261 19.1.1)."""
    if _plain_uri(uri):
        return None
    parsed = parse_uri(uri)
    if isinstance(parsed, OtherUri):
        return None if parsed.scheme in ROUTABLE_SCHEMES else Refusal(416, "Unsupported URI Scheme")
    if parsed.headers:
        raise BadUriError("Headers in Request-URI")
    return None


def _is_to_many(host: bytes) -> bool:
    """Return whether `host` is an IPv4 broadcast or multicast address, or an IPv6 multicast one."""
    first, dot, _ = host.partition(b".")
    if dot and first.isdigit() and len(first) == 3:
        return host == b"255.255.255.255" or 224 <= int(first) <= 239
    return host.lstrip(b"[")[:2].lower() == b"ff" and b":" in host
