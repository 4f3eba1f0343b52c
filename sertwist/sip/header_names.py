"""Decide which header a field name means, and how it is printed (RFC 3261 7.3.1, 7.3.3)."""

from __future__ import annotations

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import LWS, is_token

__all__ = ["COMPACT_FORMS", "SPELLINGS", "canonical_name", "parse_name", "printed_name"]

_PRINTED = """
    Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events
    Authentication-Info Authorization Call-ID Call-Info Contact Content-Disposition Content-Encoding
    Content-Language Content-Length Content-Type CSeq Date Diversion Error-Info Event Expires Flow-Timer
    From Geolocation History-Info Identity Identity-Info In-Reply-To Join Max-Breadth Max-Forwards
    MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity
    P-Charging-Vector P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization
    Proxy-Require RAck Reason Record-Route Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces
    Reply-To Request-Disposition Require Retry-After Route RSeq Server Service-Route Session-Expires
    SIP-ETag SIP-If-Match Subject Subscription-State Supported Timestamp To Unsupported User-Agent Via
    Warning WWW-Authenticate X-Forwarded-For
""".split()  # noqa: SIM905 (a list of 90 lines says no more)

_PRINTED_BY_NAME = {name.lower(): name for name in _PRINTED}

COMPACT_FORMS = {
    "a": "accept-contact",  # RFC 3841
    "b": "referred-by",  # RFC 3892
    "c": "content-type",
    "d": "request-disposition",  # RFC 3841
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",  # RFC 3841
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",  # RFC 4474
    "o": "event",  # RFC 6665
    "r": "refer-to",  # RFC 3515
    "s": "subject",
    "t": "to",
    "u": "allow-events",  # RFC 6665
    "v": "via",
    "x": "session-expires",  # RFC 4028
    "y": "identity",  # RFC 8224
}


def _spellings() -> dict[bytes, str]:
    table = {}
    for printed in _PRINTED:
        lower = printed.lower()
        for spelling in (
            printed,
            lower,
            printed.upper(),
            "-".join(word.capitalize() for word in lower.split("-")),
        ):
            table[spelling.encode()] = lower
    for letter, name in COMPACT_FORMS.items():
        table[letter.encode()] = table[letter.upper().encode()] = name
    return table


SPELLINGS: dict[bytes, str] = _spellings()
"""Field names as commonly sent, to canonical name. Never added to at run time: peers choose field names."""


def canonical_name(name: str) -> str:
    """Return the lower-case full name that `name` means: `"v"` and `"VIA"` are `"via"`."""
    lower = name.lower()
    return COMPACT_FORMS.get(lower, lower)


def parse_name(raw: bytes) -> str:
    """Return the canonical name for a field name as received, white space before the colon included.

    Raises:
        BadHeaderError: it is not a token.
    """
    known = SPELLINGS.get(raw)
    if known is not None:
        return known
    name = raw.rstrip(LWS)
    if not is_token(name):
        raise BadHeaderError("Malformed header field name")
    return canonical_name(name.decode("ascii"))


def printed_name(name: str) -> str:
    """Return how `name` is written in a message: `Call-ID`, `CSeq`, unknown ones capitalised.

    Raises:
        ValueError: `name` is not a token; names come from our side, never from a peer.
    """
    canonical = canonical_name(name)
    known = _PRINTED_BY_NAME.get(canonical)
    if known is not None:
        return known
    if not is_token(name.encode("utf-8", "replace")):
        raise ValueError(f"not a header field name: {name!r}")
    return name if name != name.lower() else "-".join(word.capitalize() for word in name.split("-"))
