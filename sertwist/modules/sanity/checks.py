"""What `sanity_check` looks at: a check a bit, each with the answer that it earns (reference language 9.11)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.limits import SanityLimits
from sertwist.sip.credentials import parse_credentials
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.message import Request, Response
from sertwist.sip.sanity import ROUTABLE_SCHEMES, Refusal, check_request, check_response
from sertwist.sip.text import as_text
from sertwist.sip.uri import parse_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.sip.message import Message

__all__ = ["ALL_CHECKS", "ALL_URI_CHECKS", "CONTACT_URIS", "MADE_FOR_ALL", "URIS", "Rules", "first_refusal"]

_LIMITS: Final = SanityLimits()
_NEEDED: Final = ("via", "from", "to", "call-id", "cseq")
_CREDENTIALS: Final = ("authorization", "proxy-authorization")
_R_URI, _FROM, _TO, _CONTACT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Rules:
    """What a message is judged by.

    Attributes:
        uri_checks: bits of the URIs to look at: 1 Request-URI, 2 From, 4 To, 8 Contact.
        extensions: option tags of Proxy-Require that are known here, lower case.
    """

    uri_checks: int
    extensions: frozenset[bytes]


def first_refusal(message: Message, checks: int, rules: Rules) -> Refusal | None:
    """What the first of `checks` (bits) finds wrong; None when all is sound. The reason never quotes the message."""
    for check in _chosen(checks):
        try:
            refusal = check(message, rules)
        except BadHeaderError as error:
            refusal = Refusal(error.status_hint, str(error))
        if refusal is not None:
            return refusal
    return None


@lru_cache(maxsize=64)
def _chosen(checks: int) -> tuple[Callable[[Message, Rules], Refusal | None], ...]:
    """Those of `checks` in their order: scripts ask for few sums of them."""
    return tuple(check for bit, check in _CHECKS if checks & bit)


def _bad(reason: str) -> Refusal:
    return Refusal(400, reason)


def _version(message: Message, _rules: Rules) -> Refusal | None:
    if isinstance(message, Request) and not message.start_line.upper().endswith(b" SIP/2.0"):
        return Refusal(505, "Version Not Supported")
    return None


def _scheme(message: Message, _rules: Rules) -> Refusal | None:
    if isinstance(message, Request) and message.uri.partition(b":")[0].lower() not in ROUTABLE_SCHEMES:
        return Refusal(416, "Unsupported URI Scheme")
    return None


def _needed_headers(message: Message, _rules: Rules) -> Refusal | None:
    return None if all(name in message.first for name in _NEEDED) else _bad("Missing Required Header")


def _cseq_method(message: Message, _rules: Rules) -> Refusal | None:
    if isinstance(message, Request) and message.cseq.method != message.method:
        return _bad("CSeq Method Does Not Match Request Method")
    return None


def _cseq_value(message: Message, _rules: Rules) -> Refusal | None:
    _ = message.cseq  # raises when the number is none, or too large
    return None


def _content_length(message: Message, _rules: Rules) -> Refusal | None:
    length = message.content_length
    return _bad("Content-Length Does Not Match Body") if length not in {None, message.body_length} else None


def _expires(message: Message, _rules: Rules) -> Refusal | None:
    value = message.first.get("expires")
    if value is not None and not (value.isdigit() and len(value) <= 10 and int(value) < 2**32):
        return _bad("Malformed Expires Header")
    return None


def _proxy_require(message: Message, rules: Rules) -> Refusal | None:
    if not isinstance(message, Request):
        return None
    unknown = [tag for tag in message.values("proxy-require") if tag.lower() not in rules.extensions]
    if not unknown:
        return None
    return Refusal(420, "Bad Extension", (("unsupported", as_text(b", ".join(unknown))),))


def _uris(message: Message, rules: Rules) -> Refusal | None:
    for place, uri in _checked_uris(message, rules.uri_checks):
        try:
            parse_uri(uri)
        except BadHeaderError:
            return _bad(f"Malformed {place} URI")
    return None


def _checked_uris(message: Message, checks: int) -> Iterator[tuple[str, bytes]]:
    """The URIs to look at; those in headers are read with them, so that what comes is whether they can be."""
    if checks & _R_URI and isinstance(message, Request):
        yield "Request", message.uri
    if checks & _FROM:
        yield "From", message.from_.uri
    if checks & _TO:
        yield "To", message.to.uri
    if checks & _CONTACT:
        for contact in message.contacts:
            yield "Contact", contact.uri


def _digest(message: Message, _rules: Rules) -> Refusal | None:
    for name in _CREDENTIALS:
        for value in message.header_values(name):
            parse_credentials(value)
    return None


def _one_tag(message: Message, _rules: Rules) -> Refusal | None:
    for place, address in (("From", message.from_), ("To", message.to)):
        if sum(name.lower() == b"tag" for name, _ in address.params) > 1:
            return _bad(f"More Than One Tag In {place}")
    return None


def _authorization(message: Message, _rules: Rules) -> Refusal | None:
    values = [value for name in _CREDENTIALS for value in message.header_values(name)]
    return None if all(parse_credentials(value).is_whole for value in values) else _bad("Incomplete Credentials")


def _top_via(message: Message, _rules: Rules) -> Refusal | None:
    via = message.top_via
    return None if via.protocol == b"SIP/2.0" else _bad("Unknown Protocol In Via")


def _compliance(message: Message, _rules: Rules) -> Refusal | None:
    if isinstance(message, Request):
        return check_request(message)
    why = check_response(message) if isinstance(message, Response) else None
    return None if why is None else _bad(why)


def _sizes(message: Message, _rules: Rules) -> Refusal | None:
    uri = len(message.uri) if isinstance(message, Request) else 0
    if uri > _LIMITS.max_uri or len(message.call_id) > _LIMITS.max_call_id:
        return _bad("Request-URI Or Call-ID Too Long")
    addresses = (message.from_, message.to)
    if any(len(each.uri) > _LIMITS.max_uri or len(each.tag) > _LIMITS.max_tag for each in addresses):
        return _bad("From Or To Too Long")
    return None


# 8 and 16, about Via, are looked at by 16384, as in the originals.
_CHECKS: Final[tuple[tuple[int, Callable[[Message, Rules], Refusal | None]], ...]] = (
    (1, _version),
    (2, _scheme),
    (4, _needed_headers),
    (32, _cseq_method),
    (64, _cseq_value),
    (128, _content_length),
    (256, _expires),
    (512, _proxy_require),
    (1024, _uris),
    (2048, _digest),
    (4096, _one_tag),
    (8192, _authorization),
    (16384, _top_via),
    (32768, _compliance),
    (65536, _sizes),
)
URIS: Final = 1024
MADE_FOR_ALL: Final = 1 | 2 | 4 | 32 | 64 | 128 | 16384 | 32768
"""Checks that `sip.sanity` makes of every message, and for requests `URIS`."""
CONTACT_URIS: Final = _CONTACT
ALL_CHECKS: Final = 2 * 65536 - 1
ALL_URI_CHECKS: Final = _R_URI | _FROM | _TO | _CONTACT
