"""Who calls whom: `$fu`, `$tU` ... (writable), and the headers and credentials that name somebody else."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from sertwist.modules.core.variables.row import Written, checked, or_undefined, variable
from sertwist.modules.reading.address_parts import address_display, address_param, address_tag, address_uri
from sertwist.modules.reading.credentials import first_credentials_part
from sertwist.modules.reading.headers import first_value, header_text
from sertwist.modules.reading.party_change import change_display, change_party_uri, put_party_uri
from sertwist.modules.reading.uri_change import read_host
from sertwist.modules.reading.uri_parts import uri_host, uri_user, uri_user_given
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Variable

__all__ = ["party_variables"]


def _write_uri(party: str) -> Callable[[RouteContext, Written], bool]:
    return lambda ctx, value: put_party_uri(ctx, party, "" if value is None else str(value))


def _write_user(party: str) -> Callable[[RouteContext, Written], bool]:
    return lambda ctx, value: change_party_uri(ctx, party, user=as_bytes(str(value)) if value else None)


def _write_host(party: str) -> Callable[[RouteContext, Written], bool]:
    def write(ctx: RouteContext, value: Written) -> bool:
        try:
            return change_party_uri(ctx, party, host=read_host(str(value)))
        except ValueError:
            return False

    return write


def _write_display(party: str) -> Callable[[RouteContext, Written], bool]:
    return lambda ctx, value: change_display(ctx, party, "" if value is None else str(value))


def _from_user(ctx: RouteContext) -> str | None:
    message = ctx.message
    return None if message is None else uri_user_given(message.from_uri)


def _to_user(ctx: RouteContext) -> str | None:
    message = ctx.message
    return None if message is None else uri_user_given(message.to_uri)


def _party(letter: str, party: str, user: Callable[[RouteContext], str | None]) -> list[Variable]:
    """`$fu $fU $fd $fn $ft` of From, or the same of To."""
    name = party.capitalize()
    uri = attrgetter(f"{party}_uri")

    def host(ctx: RouteContext) -> str | None:
        return uri_host(uri(ctx)) or None

    def display(ctx: RouteContext) -> str | None:
        return address_display(header_text(ctx, party))

    def tag(ctx: RouteContext) -> str | None:
        return address_tag(header_text(ctx, party)) or None

    return [
        *variable(f"{letter}u", uri, put=checked(f"{letter}u", _write_uri(party)), help=f"The URI in {name}."),
        *variable(
            f"{letter}U", user, put=checked(f"{letter}U", _write_user(party)), help=f"User of the URI in {name}."
        ),
        *variable(
            f"{letter}d", host, put=checked(f"{letter}d", _write_host(party)), help=f"Host of the URI in {name}."
        ),
        *variable(
            f"{letter}n",
            display,
            put=checked(f"{letter}n", _write_display(party)),
            help=f"Display name in {name}, with its quotes.",
        ),
        *variable(f"{letter}t", tag, help=f"Tag of {name}."),
    ]


def _uri_in(header: str) -> Callable[[RouteContext], str | None]:
    return lambda ctx: address_uri(first_value(ctx, header))


def _user_in(header: str) -> Callable[[RouteContext], str | None]:
    return lambda ctx: uri_user(address_uri(first_value(ctx, header))) or None


def _host_in(header: str) -> Callable[[RouteContext], str | None]:
    return lambda ctx: uri_host(address_uri(first_value(ctx, header))) or None


def _name_in(header: str) -> Callable[[RouteContext], str | None]:
    return lambda ctx: address_display(first_value(ctx, header))


def _param(header: str, name: str) -> Callable[[RouteContext], str | None]:
    return lambda ctx: address_param(first_value(ctx, header), name)


def _credentials(part: str) -> Callable[[RouteContext], str | None]:
    return or_undefined(first_credentials_part(part))


def party_variables() -> list[Variable]:
    """All of them."""
    asserted, preferred = "p-asserted-identity", "p-preferred-identity"
    return [
        *_party("f", "from", _from_user),
        *_party("t", "to", _to_user),
        *variable("ai", _uri_in(asserted), help="The URI in P-Asserted-Identity."),
        *variable("pu", _uri_in(preferred), help="The URI in P-Preferred-Identity."),
        *variable("pU", _user_in(preferred), help="User of the URI in P-Preferred-Identity."),
        *variable("pd", _host_in(preferred), help="Host of the URI in P-Preferred-Identity."),
        *variable("pn", _name_in(preferred), help="Display name in P-Preferred-Identity."),
        *variable("re", _uri_in("remote-party-id"), help="The URI in Remote-Party-ID."),
        *variable("rt", _uri_in("refer-to"), help="The URI in Refer-To."),
        *variable("di", _uri_in("diversion"), help="The URI in the first Diversion."),
        *variable("dir", _param("diversion", "reason"), help="`reason` of the first Diversion."),
        *variable("dip", _param("diversion", "privacy"), help="`privacy` of the first Diversion."),
        *variable("au", _credentials("username"), help="Username of the first credentials."),
        *variable("aU", _credentials("user"), help="User part of the username of the first credentials."),
        *variable("ad", _credentials("domain"), help="Domain part of the username of the first credentials."),
        *variable("ar", _credentials("realm"), help="Realm of the first credentials."),
        *variable("aa", _credentials("algorithm"), help="Algorithm of the first credentials."),
        *variable("Au", _account, help="Username of the first credentials, else the user in From."),
        *variable("ua", partial(header_text, name="user-agent"), help="The User-Agent header."),
        *variable("ct", partial(header_text, name="contact"), help="The first Contact line."),
        *variable("cT", partial(header_text, name="content-type"), help="The Content-Type header."),
        *variable("ci", partial(header_text, name="call-id"), help="The Call-ID."),
    ]


_USERNAME = first_credentials_part("username")


def _account(ctx: RouteContext) -> str | None:
    return _USERNAME(ctx) or uri_user(ctx.from_uri) or None
