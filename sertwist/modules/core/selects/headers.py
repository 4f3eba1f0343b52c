"""Selects of single headers: `@from.uri.host`, `@via[1].branch`, `@cseq.num`, `@authorization["realm"].username`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sertwist.modules.core.selects.row import row
from sertwist.modules.reading import message as read
from sertwist.modules.reading.address_parts import address_param
from sertwist.modules.reading.credentials import credentials_part, credentials_text
from sertwist.modules.reading.headers import first_value, header_text, main_value
from sertwist.modules.reading.tails import ADDRESS_TAIL, PARAMS_TAIL, PARTY_TAIL, URI_TAIL
from sertwist.modules.reading.vias import via_param, via_part, via_text
from sertwist.script.declare import Index, Kind, Select

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["HEADERS"]

#: select to header, where it is not the name with dashes.
_ADDRESSES: Final = {"contact m": "contact", "record_route rr": "record-route"}
_PARTIES: Final = {"from f": "from", "to t": "to", "refer_to": "refer-to", "rpid remote_party_id": "remote-party-id"}
_SIMPLE: Final = (
    *("call_id", "expires", "max_forwards", "content_type", "content_length", "subject", "organization", "priority"),
    *("session_expires", "min_se", "user_agent", "sip_if_match", "date", "identity", "identity_info"),
)
_NUMBERS: Final = ("expires", "max_forwards", "content_length")
_CONTACT_PARAMS: Final = ("q", "expires", "methods", "received", "instance")
_VIA_PARTS: Final = (
    *("name", "version", "transport", "host", "port", "comment", "branch"),
    *("received", "rport", "i", "alias", "params"),
)
_CREDENTIALS: Final = (
    *("username", "username.user", "username.domain", "realm", "nonce", "uri", "cnonce", "nc"),
    *("response", "opaque", "algorithm", "qop"),
)
_VIA_INDEX: Final = Index(after=1, default=1)
_REALM: Final = Index(after=1, kind=Kind.TEXT)


def _line(header: str) -> Callable[[RouteContext], str | None]:
    return partial(header_text, name=header)


def _first(header: str) -> Callable[[RouteContext], str | None]:
    return partial(first_value, name=header)


def _event(ctx: RouteContext) -> str | None:
    """The package of Event, without its parameters."""
    return main_value(header_text(ctx, "event"))


def _contact_part(part: str) -> Callable[[RouteContext], str | None]:
    name = "+sip.instance" if part == "instance" else part

    def get(ctx: RouteContext) -> str | None:
        value = first_value(ctx, "contact")
        return None if value is None else address_param(value, name) or ""

    return get


def _from_uri(ctx: RouteContext) -> str | None:
    """The URI in From."""
    return ctx.from_uri


def _to_uri(ctx: RouteContext) -> str | None:
    """The URI in To."""
    return ctx.to_uri


def _credentials(select: str, header: str) -> list[Select]:
    whole = row(select, credentials_text(header), _REALM, help=f"The {header} for a realm.")
    parts = [
        row(
            f"{select}.{part}",
            credentials_part(header, part.rpartition(".")[2]),
            _REALM,
            help=f"{part} of the {header} for a realm.",
        )
        for part in _CREDENTIALS
    ]
    return [*whole, *(each for rows in parts for each in rows)]


def _all(rows: list[list[Select]]) -> list[Select]:
    return [each for part in rows for each in part]


HEADERS: Final = (
    *_all([row(names, _line(h), tail=PARTY_TAIL, help=f"The {h} header.") for names, h in _PARTIES.items()]),
    *row("from.uri f.uri", _from_uri, tail=URI_TAIL),
    *row("to.uri t.uri", _to_uri, tail=URI_TAIL),
    *_all([row(names, _first(h), tail=ADDRESS_TAIL, help=f"The first {h} value.") for names, h in _ADDRESSES.items()]),
    *_all(
        [
            row(f"contact.{part} m.{part}", _contact_part(part), help=f"{part} of the first Contact, empty without it.")
            for part in _CONTACT_PARAMS
        ]
    ),
    *row("via v", via_text, _VIA_INDEX, help="The n-th Via value, over all Via lines."),
    *_all(
        [
            row(f"via.{part} v.{part}", via_part(part), _VIA_INDEX, help=f"{part} of the n-th Via value.")
            for part in _VIA_PARTS
        ]
    ),
    *row("via.params.* v.params.*", via_param, _VIA_INDEX),
    *row("cseq", _line("cseq"), help="The CSeq header."),
    *row("cseq.num", read.cseq_number, kind=Kind.NUMBER),
    *row("cseq.method", read.cseq_method),
    *_all(
        [
            row(
                name,
                _line(name.replace("_", "-")),
                kind=Kind.NUMBER if name in _NUMBERS else Kind.TEXT,
                tail=PARAMS_TAIL,
                help=f"The {name.replace('_', '-')} header.",
            )
            for name in _SIMPLE
        ]
    ),
    *row("event", _event),
    *_credentials("authorization", "authorization"),
    *_credentials("proxy_authorization", "proxy-authorization"),
)
