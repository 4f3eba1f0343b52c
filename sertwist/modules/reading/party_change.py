"""Change From and To, whole or in parts: `$fu`, `$tU` ... written. Pending until sent, as all edits are (10.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sertwist.modules.reading.uri_parts import parsed_uri
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import is_token, quote, unquote
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.sip.address import Address
    from sertwist.sip.message import Message

__all__ = ["change_display", "change_party_uri", "put_party_uri"]

_FIELDS = {"from": "from_", "to": "to"}


class _Pending:
    """From and To of one message with what the script has changed of them; they are never changed themselves."""

    def __init__(self) -> None:
        self.message: Message | None = None
        self.addresses: dict[str, Address] = {}


def _present(ctx: RouteContext, party: str) -> Address | None:
    message = ctx.message
    if message is None:
        return None
    pending = ctx.note(_Pending, _Pending)
    if pending.message is not message:  # the edits were applied: what is there now counts
        pending.message, pending.addresses = message, {}
    if party in pending.addresses:
        return pending.addresses[party]
    try:
        found: Address = getattr(message, _FIELDS[party])
    except BadHeaderError:
        return None
    return found


def _put(ctx: RouteContext, party: str, address: Address) -> None:
    ctx.note(_Pending, _Pending).addresses[party] = address
    ctx.wish().edit().set_first(party, bytes(address))


def put_party_uri(ctx: RouteContext, party: str, uri: str) -> bool:
    """Put `uri` into `from` or `to`; False when it is none."""
    address = _present(ctx, party)
    if address is None or parsed_uri(uri) is None:
        return False
    _put(ctx, party, replace(address, uri=as_bytes(uri)))
    return True


def change_party_uri(ctx: RouteContext, party: str, **parts: Any) -> bool:
    """Change fields of the URI, a SIP one, in `from` or `to`; False when it would be none."""
    address = _present(ctx, party)
    uri = None if address is None else parsed_uri(as_text(address.uri))
    if not isinstance(uri, SipUri):
        return False
    return put_party_uri(ctx, party, as_text(bytes(replace(uri, **parts))))


def change_display(ctx: RouteContext, party: str, name: str) -> bool:
    """Put `name` in front of the URI in `from` or `to`, in quotes if it needs them; empty takes it away."""
    address = _present(ctx, party)
    if address is None:
        return False
    octets = unquote(as_bytes(name))
    display = octets if not octets or is_token(octets) else quote(octets)
    _put(ctx, party, replace(address, display=display))
    return True
