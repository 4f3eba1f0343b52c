"""Parts of a URI, by its text (reference language 7.2): what follows a select whose value is one, and `$rU` and kin.

A part that a SIP URI has not got is empty; all parts of what is no URI are undefined.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.sip.errors import BadUriError
from sertwist.sip.params import encode_params
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import OtherUri, SipUri, parse_uri

if TYPE_CHECKING:
    from sertwist.sip.uri import Uri

__all__ = [
    "parsed_uri",
    "sip_uri",
    "uri_headers",
    "uri_host",
    "uri_hostport",
    "uri_param",
    "uri_params",
    "uri_password",
    "uri_port",
    "uri_port_meant",
    "uri_routing_user",
    "uri_transport",
    "uri_type",
    "uri_user",
    "uri_user_given",
]

_SECURE: Final = b"sips"
_TELEPHONES: Final = (b"tel", b"tels")


@lru_cache(maxsize=1024)
def parsed_uri(text: str | None) -> Uri | None:
    """`text` taken apart, not to be changed; None when it is no URI."""
    if not text:
        return None
    try:
        return parse_uri(as_bytes(text))
    except BadUriError:
        return None


def sip_uri(text: str | None) -> SipUri | None:
    """The same, None also for other schemes than `sip` and `sips`."""
    found = parsed_uri(text)
    return found if isinstance(found, SipUri) else None


def _telephone(found: Uri | None) -> tuple[str, str] | None:
    """Number and parameters of a `tel` URI."""
    if not isinstance(found, OtherUri) or found.scheme not in _TELEPHONES:
        return None
    number, _, params = as_text(found.opaque).partition(";")
    return number, params


def uri_type(text: str | None) -> str | None:
    """Its scheme: sip, sips, tel ..."""
    found = parsed_uri(text)
    return None if found is None else as_text(found.scheme)


@lru_cache(maxsize=1024)
def uri_user(text: str | None) -> str | None:
    """Its user; the number of a `tel` URI."""
    found = parsed_uri(text)
    if isinstance(found, SipUri):
        return as_text(found.user or b"")
    telephone = _telephone(found)
    return None if telephone is None else telephone[0]


@lru_cache(maxsize=1024)
def uri_user_given(text: str | None) -> str | None:
    """Its user as `$rU` and kin give it: undefined where there is none."""
    return uri_user(text) or None


def uri_routing_user(text: str | None) -> str | None:
    """Its user without the parameters of number portability behind it (RFC 4694)."""
    user = uri_user(text)
    return None if user is None else user.partition(";")[0]


def uri_password(text: str | None) -> str | None:
    """Its password."""
    found = sip_uri(text)
    return None if found is None else as_text(found.password or b"")


@lru_cache(maxsize=1024)
def uri_host(text: str | None) -> str | None:
    """Its host; an IPv6 address in brackets."""
    found = sip_uri(text)
    return None if found is None else as_text(found.host)


def uri_port(text: str | None) -> str | None:
    """Its port, empty when it names none."""
    found = sip_uri(text)
    return None if found is None else str(found.port or "")


def uri_port_meant(text: str | None) -> int | None:
    """Its port, or the one of its scheme: 5060, 5061."""
    found = sip_uri(text)
    return None if found is None else found.port or _default_port(found)


def uri_hostport(text: str | None) -> str | None:
    """Host and port, the port of the scheme when it names none."""
    found = sip_uri(text)
    return None if found is None else f"{as_text(found.host)}:{found.port or _default_port(found)}"


def uri_transport(text: str | None) -> str | None:
    """Its `transport`, by the scheme when it names none: udp, tls."""
    found = sip_uri(text)
    if found is None:
        return None
    return as_text(found.param(b"transport") or (b"tls" if found.scheme == _SECURE else b"udp"))


def uri_params(text: str | None) -> str | None:
    """All its parameters, `a=1;b`."""
    found = parsed_uri(text)
    if isinstance(found, SipUri):
        return as_text(encode_params(found.params)[1:])
    telephone = _telephone(found)
    return None if telephone is None else telephone[1]


def uri_param(text: str | None, name: str) -> str | None:
    """Its parameter `name`, in any case: empty when it has no value, undefined when it is not there."""
    found = sip_uri(text)
    value = None if found is None else found.param(as_bytes(name.lower()))
    return None if value is None else as_text(value)


def uri_headers(text: str | None) -> str | None:
    """What stands behind `?`."""
    found = sip_uri(text)
    return None if found is None else as_text(found.headers)


def _default_port(uri: SipUri) -> int:
    return 5061 if uri.scheme == _SECURE else 5060
