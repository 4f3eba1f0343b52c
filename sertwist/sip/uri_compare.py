"""Are two URIs the same one (RFC 3261 19.1.4)?"""

from __future__ import annotations

import re
from typing import Final

from sertwist.sip.uri import OtherUri, SipUri, Uri

__all__ = ["same_aor", "same_uri"]

_escape = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()")
#: Parameters that mean something when they are left out.
_NEVER_IGNORED: Final = (b"user", b"ttl", b"method", b"maddr", b"transport")
_separators = re.compile(rb"[-.()]")


def same_uri(one: Uri, other: Uri) -> bool:
    """Whether both mean the same resource; of other schemes the text counts, of `tel` without visual separators."""
    if isinstance(one, OtherUri) or isinstance(other, OtherUri):
        return isinstance(one, OtherUri) and isinstance(other, OtherUri) and _plain(one) == _plain(other)
    return (
        one.scheme == other.scheme
        and _same_user(one, other)
        and one.host.lower() == other.host.lower()
        and one.port == other.port
        and _same_params(one, other)
        and _headers(one) == _headers(other)
    )


def same_aor(one: Uri, other: Uri) -> bool:
    """Whether both name the same user at the same host; what else stands in them does not count."""
    if isinstance(one, OtherUri) or isinstance(other, OtherUri):
        return same_uri(one, other)
    return _unescape(one.user or b"") == _unescape(other.user or b"") and one.host.lower() == other.host.lower()


def _plain(uri: OtherUri) -> bytes:
    opaque = _separators.sub(b"", uri.opaque) if uri.scheme == b"tel" else uri.opaque
    return uri.scheme + b":" + opaque.lower()


def _same_user(one: SipUri, other: SipUri) -> bool:
    users = [None if each.user is None else _unescape(each.user) for each in (one, other)]
    passwords = [None if each.password is None else _unescape(each.password) for each in (one, other)]
    return users[0] == users[1] and passwords[0] == passwords[1]


def _same_params(one: SipUri, other: SipUri) -> bool:
    ones, others = _by_name(one), _by_name(other)
    if any((name in ones) != (name in others) for name in _NEVER_IGNORED):
        return False
    return all(ones[name] == others[name] for name in ones.keys() & others.keys())


def _by_name(uri: SipUri) -> dict[bytes, bytes]:
    return {_unescape(name).lower(): _unescape(value or b"").lower() for name, value in uri.params}


def _headers(uri: SipUri) -> list[bytes]:
    parts = [part.partition(b"=") for part in uri.headers.split(b"&")]
    return sorted(name.lower() + equal + _unescape(value) for name, equal, value in parts)


def _unescape(text: bytes) -> bytes:
    """`text` with escapes of characters that need none undone, and the others in upper case."""
    if b"%" not in text:
        return text

    def replace(match: re.Match[bytes]) -> bytes:
        octet = int(match[1], 16)
        return bytes((octet,)) if octet in _UNRESERVED else match[0].upper()

    return _escape.sub(replace, text)
