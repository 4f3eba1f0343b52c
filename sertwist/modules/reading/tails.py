"""What can follow a select by the shape of its value, as declarations (reference language 7.2).

A module that adds a select whose value is a URI says `tail=URI_TAIL`, and `.host`, `.params.NAME` ... are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.reading.address_parts import address_name, address_params, address_tag, address_uri
from sertwist.modules.reading.headers import param_in, params_in
from sertwist.modules.reading.uri_parts import (
    uri_headers,
    uri_host,
    uri_hostport,
    uri_params,
    uri_password,
    uri_port,
    uri_routing_user,
    uri_transport,
    uri_type,
    uri_user,
)
from sertwist.script.declare import ANY_NAME, Step, Tail

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ADDRESS_TAIL", "HEADER_TAIL", "PARAMS_TAIL", "PARTY_TAIL", "URI_TAIL", "VALUE_TAIL"]


def _step(get: Callable[..., object], tail: Tail | None = None) -> Step:
    return Step(get=get, tail=tail or {}, help=(get.__doc__ or "").partition("\n")[0])


def _same(value: str | int | None) -> str | None:
    """The value itself, read as a URI or an address."""
    return None if value is None else str(value)


_PARAM: Final[Tail] = {ANY_NAME: _step(param_in)}

#: Behind the text of a URI.
URI_TAIL: Final[Tail] = {
    "type": _step(uri_type),
    "user": _step(uri_user),
    "rn_user": _step(uri_routing_user),
    "pwd": _step(uri_password),
    "host": _step(uri_host),
    "port": _step(uri_port),
    "hostport": _step(uri_hostport),
    "params": _step(uri_params, _PARAM),
    "headers": _step(uri_headers),
    "transport": _step(uri_transport),
}

#: Behind the text of an address, `Alice <sip:a@b>;x=1`.
ADDRESS_TAIL: Final[Tail] = {
    "name": _step(address_name),
    "uri": _step(address_uri, URI_TAIL),
    "params": _step(address_params, _PARAM),
}

#: Behind a From or a To.
PARTY_TAIL: Final[Tail] = {**ADDRESS_TAIL, "tag": _step(address_tag)}

#: Behind the value of a header that has parameters.
PARAMS_TAIL: Final[Tail] = {"params": _step(params_in, _PARAM)}

#: Behind the value of any header: it says itself what it is to be read as.
HEADER_TAIL: Final[Tail] = {
    **PARAMS_TAIL,
    "nameaddr": _step(_same, ADDRESS_TAIL),
    "uri": _step(address_uri, URI_TAIL),
}

#: Behind a value of the script's own, which may be a URI or an address.
VALUE_TAIL: Final[Tail] = {"uri": _step(_same, URI_TAIL), "nameaddr": _step(_same, ADDRESS_TAIL)}
