"""Read the first line of a message, and tell SIP from HTTP by it (RFC 3261 7.1, 7.2)."""

from __future__ import annotations

import re
from typing import Final, Literal

from sertwist.limits import SipLimits
from sertwist.sip.errors import BadHeaderError, UnknownVersionError
from sertwist.sip.grammar import LWS, is_token

__all__ = ["METHODS", "first_line_protocol", "is_status_line", "read_method", "read_request_line", "read_status_line"]

_METHODS = {
    b"ACK": "ACK",
    b"BYE": "BYE",
    b"CANCEL": "CANCEL",
    b"INFO": "INFO",
    b"INVITE": "INVITE",
    b"MESSAGE": "MESSAGE",
    b"NOTIFY": "NOTIFY",
    b"OPTIONS": "OPTIONS",
    b"PRACK": "PRACK",
    b"PUBLISH": "PUBLISH",
    b"REFER": "REFER",
    b"REGISTER": "REGISTER",
    b"SUBSCRIBE": "SUBSCRIBE",
    b"UPDATE": "UPDATE",
}
METHODS: Final = frozenset(_METHODS.values())
"""The methods of SIP; others may come and are taken."""
_version = re.compile(rb"SIP/[0-9]{1,9}\.[0-9]{1,9}", re.IGNORECASE).fullmatch
_DEFAULT_LIMITS = SipLimits()


def is_status_line(line: bytes) -> bool:
    """Return whether `line` starts a response; no method can hold the `/`."""
    return line[:4].upper() == b"SIP/"


def read_method(word: bytes) -> str:
    """Return a request's method, case kept.

    Raises:
        BadHeaderError: not a token.
    """
    known = _METHODS.get(word)
    if known is not None:
        return known
    if not is_token(word):
        raise BadHeaderError("Malformed method", code="bad-start-line")
    return word.decode("ascii")


def read_request_line(line: bytes) -> tuple[str, bytes]:
    """Return method and Request-URI; the URI is not looked into.

    Raises:
        UnknownVersionError: a SIP version other than 2.0.
        BadHeaderError: not three parts with one space between (RFC 4475 3.1.2.8 to 3.1.2.10).
    """
    try:
        word, uri, version = line.split(b" ")
    except ValueError:
        raise BadHeaderError("Malformed request line", code="bad-start-line") from None
    if not uri:
        raise BadHeaderError("Malformed request line", code="bad-start-line")
    if version != b"SIP/2.0":
        _check_version(version)
    return _METHODS.get(word) or read_method(word), uri


def read_status_line(line: bytes) -> tuple[int, bytes]:
    """Return status, 100 to 699, and reason phrase, which may be empty (RFC 4475 3.1.1.13).

    Raises:
        UnknownVersionError: a SIP version other than 2.0.
        BadHeaderError: no three-digit status.
    """
    version, _, rest = line.partition(b" ")
    _check_version(version)
    code, _, reason = rest.partition(b" ")
    if len(code) != 3 or not code.isdigit() or not 100 <= int(code) <= 699:
        raise BadHeaderError("Malformed status code", code="bad-start-line")
    return int(code), reason


def _check_version(word: bytes) -> None:
    if not _version(word):
        raise BadHeaderError("Malformed start line", code="bad-start-line")
    if word.upper() != b"SIP/2.0":
        raise UnknownVersionError("Version Not Supported")


def first_line_protocol(
    buffer: bytes | bytearray, limits: SipLimits = _DEFAULT_LIMITS
) -> Literal["sip", "http", "bad"] | None:
    """Decide what a connection speaks by its first complete line that is not empty.

    Args:
        buffer: everything received so far, at most a few reads.
        limits: `max_request_line` bounds the line, and the empty lines before it.

    Returns:
        "sip" for a SIP request or status line of any version, "http" for HTTP/1.0 and 1.1, "bad" for all else
        (the preface of HTTP/2, a bare LF, a line past the limit), None while no line is complete.
    """
    start = 0
    while buffer.startswith(b"\r\n", start):
        start += 2
        if start > limits.max_request_line:
            return "bad"
    end = buffer.find(b"\n", start, start + limits.max_request_line + 2)
    if end < 0:
        return "bad" if len(buffer) - start >= limits.max_request_line + 2 else None
    line = bytes(buffer[start:end])
    if not line.endswith(b"\r") or b"\r" in line[:-1]:
        return "bad"
    return _protocol_of(line[:-1])


def _protocol_of(line: bytes) -> Literal["sip", "http", "bad"]:
    if is_status_line(line):
        return "sip" if _version(line.partition(b" ")[0]) else "bad"
    # Trailing spaces make a bad SIP request (RFC 4475 3.1.2.10), but one that deserves its 400.
    before, space, version = line.rstrip(LWS).rpartition(b" ")
    if not space or not before:
        return "bad"
    if _version(version):
        return "sip"
    return "http" if version in {b"HTTP/1.0", b"HTTP/1.1"} and line.endswith(version) else "bad"
