"""What can be wrong with SIP bytes: a field, a whole message, a message past a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.errors import PeerError, TooLargeError

if TYPE_CHECKING:
    from sertwist.sip.message import Request

__all__ = [
    "BadAddressError",
    "BadCSeqError",
    "BadHeaderError",
    "BadMessageError",
    "BadParameterError",
    "BadUriError",
    "BadViaError",
    "MessageTooLargeError",
    "UnknownVersionError",
]


class BadHeaderError(PeerError):
    """A start line or header field breaks its grammar; the text never quotes what the peer sent."""

    code = "bad-header"


class BadParameterError(BadHeaderError):
    """A `;name=value` list is malformed (RFC 3261 25.1 generic-param)."""

    code = "bad-parameter"


class BadUriError(BadHeaderError):
    """A URI is malformed (RFC 3261 19.1)."""

    code = "bad-uri"


class BadAddressError(BadHeaderError):
    """A From, To, Contact, Route or Record-Route value is malformed (RFC 3261 20.10)."""

    code = "bad-address"


class BadViaError(BadHeaderError):
    """A Via value is malformed (RFC 3261 20.42)."""

    code = "bad-via"


class BadCSeqError(BadHeaderError):
    """A CSeq value is malformed or its number is 2**31 or more (RFC 3261 8.1.1.5)."""

    code = "bad-cseq"


class UnknownVersionError(BadHeaderError):
    """A request names a SIP version other than 2.0 (RFC 3261 21.5.6)."""

    code = "unknown-version"
    status_hint = 505


class BadMessageError(PeerError):
    """A message that can't be taken; `status_hint` is the answer: 400, 505 or 513.

    Attributes:
        request: what could be read of the request, for `build_reply`. None when nothing may be answered: a
            response, an
            ACK, a request without a Via, or bytes that are no SIP at all.
    """

    def __init__(self, message: str, *, code: str = "", status_hint: int = 0, request: Request | None = None) -> None:
        super().__init__(message, code=code, status_hint=status_hint)
        self.request = request


class MessageTooLargeError(BadMessageError, TooLargeError):
    """A message passes a bound of `SipLimits`: 513 Message Too Large (RFC 3261 21.5.7)."""

    code = "too-large"
    status_hint = 513
