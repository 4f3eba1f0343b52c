"""Parts of an address, by its text: what follows a select whose value is one (reference language 7.2), and `$fn` ..."""

from __future__ import annotations

from functools import lru_cache

from sertwist.modules.reading.headers import param_in
from sertwist.sip.address import Address, parse_address
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.params import encode_params
from sertwist.sip.text import as_bytes, as_text

__all__ = [
    "address_display",
    "address_name",
    "address_param",
    "address_params",
    "address_tag",
    "address_uri",
    "parsed_address",
]


@lru_cache(maxsize=1024)
def parsed_address(text: str | None) -> Address | None:
    """`text` taken apart, not to be changed; None when it is no address."""
    if not text:
        return None
    try:
        return parse_address(as_bytes(text))
    except BadHeaderError:
        return None


def address_uri(text: str | None) -> str | None:
    """Its URI."""
    found = parsed_address(text)
    return None if found is None else as_text(found.uri)


def address_name(text: str | None) -> str | None:
    """Its display name without quotes."""
    found = parsed_address(text)
    return None if found is None else as_text(found.name)


def address_display(text: str | None) -> str | None:
    """Its display name as it stands there, undefined without one."""
    found = parsed_address(text)
    return None if found is None or not found.display else as_text(found.display)


def address_tag(text: str | None) -> str | None:
    """Its tag, empty without one."""
    found = parsed_address(text)
    return None if found is None else as_text(found.tag)


def address_params(text: str | None) -> str | None:
    """The parameters behind it, `tag=1;x`."""
    found = parsed_address(text)
    return None if found is None else as_text(encode_params(found.params)[1:])


def address_param(text: str | None, name: str) -> str | None:
    """A parameter behind it: empty without a value, undefined when it is not there."""
    return param_in(address_params(text), name)
