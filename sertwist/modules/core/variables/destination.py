"""Where a request goes: `$ru` and its parts, `$du`, `$fs`, `$br`, most of them writable; `$nh(part)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.limits import MAX_BRANCHES
from sertwist.modules.core.variables.branch_parts import branch_part_variables
from sertwist.modules.core.variables.row import Written, checked, or_undefined, variable
from sertwist.modules.core.ways import find_socket, read_socket
from sertwist.modules.reading import branches, uri_parts
from sertwist.modules.reading.message import original_uri
from sertwist.modules.reading.sources import next_hop
from sertwist.modules.reading.uri_change import change_uri, put_uri, read_host, read_port
from sertwist.modules.reading.uri_parts import sip_uri
from sertwist.script.context import Branch
from sertwist.script.declare import Index, Kind
from sertwist.sip.params import without_params
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Variable

__all__ = ["destination_variables"]


def _uri(ctx: RouteContext) -> str | None:
    """The Request-URI as it is now; writing `$null` takes it back to what was received."""
    return ctx.request_uri


def _put_uri(ctx: RouteContext, value: Written) -> bool:
    if value is None:
        ctx.wish().uri = ""
        return True
    return put_uri(ctx, str(value))


def _put_user(ctx: RouteContext, value: Written) -> bool:
    user = as_bytes("" if value is None else str(value))
    return (change_uri(ctx, user=user) if user else change_uri(ctx, user=None, password=None)) > 0


def _put_host(ctx: RouteContext, value: Written) -> bool:
    try:
        return change_uri(ctx, host=read_host(str(value))) > 0
    except ValueError:
        return False


def _put_port(ctx: RouteContext, value: Written) -> bool:
    try:
        return change_uri(ctx, port=read_port("" if value is None else str(value))) > 0
    except ValueError:
        return False


def _put_transport(ctx: RouteContext, value: Written) -> bool:
    found = sip_uri(ctx.uri)
    if found is None:
        return False
    params = without_params(found.params, b"transport")
    if value:
        params += ((b"transport", as_bytes(str(value))),)
    return change_uri(ctx, params=params) > 0


def _put_destination(ctx: RouteContext, value: Written) -> bool:
    if value is not None and value != "" and sip_uri(str(value)) is None:
        return False
    ctx.wish().destination = "" if value is None else str(value)
    return True


def _destination_protocol(uri: str | None) -> str | None:
    """How it is reached: udp, tcp, tls."""
    return uri_parts.uri_transport(uri)


def _put_branch(ctx: RouteContext, index: int, value: Written) -> None:
    _write_branch(index)(ctx, value)


def _write_branch(index: int) -> Callable[[RouteContext, Written], None]:
    def write(ctx: RouteContext, value: Written) -> bool:
        kept = ctx.wish().branches
        if value is None:
            del kept[index : index + 1]
            return True
        if uri_parts.parsed_uri(str(value)) is None or len(kept) >= MAX_BRANCHES:
            return False
        kept.append(Branch(str(value), "", None, ctx.wish().branch_flags))
        return True

    return checked("br", write)


def _forced_socket(ctx: RouteContext) -> str | None:
    """The socket that the request leaves by, `udp:192.0.2.1:5060`; undefined until the script has chosen one."""
    return None if ctx.wishes is None else ctx.wishes.send_socket or None


def _write_socket(host: Callable[[], Host]) -> Callable[[RouteContext, Written], bool]:
    def write(ctx: RouteContext, value: Written) -> bool:
        if value is None or value == "":
            ctx.wish().send_socket = ""
            return True
        try:
            name = find_socket(host(), read_socket(str(value)))
        except ValueError:
            return False
        ctx.wish().send_socket = name or ctx.wish().send_socket
        return bool(name)

    return write


def _part(uri: Callable[[RouteContext], str | None], get: Callable[[str | None], Any]) -> Callable[[RouteContext], Any]:
    def read(ctx: RouteContext) -> Any:
        return get(uri(ctx))

    read.__doc__ = get.__doc__
    return read


def _parts_of(uri: Callable[[RouteContext], str | None], what: str, names: dict[str, str]) -> list[Variable]:
    """Read-only parts of a URI: `part` of `_PARTS` to the variables that give it."""
    found: list[Variable] = []
    for part, written in names.items():
        kind, get = _PARTS[part]
        found += variable(written, _part(uri, get), kind=kind, help=f"{part} of {what}.")
    return found


#: Parts as variables give them: what is not there is undefined, the port is the scheme's.
_PARTS: dict[str, tuple[Kind, Callable[[str | None], Any]]] = {
    "user": (Kind.TEXT, uri_parts.uri_user_given),
    "host": (Kind.TEXT, or_undefined(uri_parts.uri_host)),
    "port": (Kind.NUMBER, uri_parts.uri_port_meant),
    "transport": (Kind.TEXT, _destination_protocol),
    "scheme": (Kind.TEXT, uri_parts.uri_type),
}

_NEXT_HOP = {"u": None, "U": "user", "d": "host", "p": "port", "P": "transport"}


def _next_hop_part(ctx: RouteContext, part: str) -> Any:
    """A part of the next hop: u the URI, U user, d domain, p port, P protocol."""
    chosen = _NEXT_HOP[part]
    return next_hop(ctx) if chosen is None else _PARTS[chosen][1](next_hop(ctx))


def _next_hop_letter(text: str) -> str:
    if text not in _NEXT_HOP:
        raise ValueError("it is one of " + ", ".join(_NEXT_HOP))
    return text


def destination_variables(host: Callable[[], Host]) -> list[Variable]:
    """All of them; `host` has the sockets."""
    what = "the Request-URI"
    index = (Index(default=0),)
    user, port = _PARTS["user"][1], uri_parts.uri_port_meant
    return [
        *variable("ru", _uri, put=checked("ru", _put_uri)),
        *variable("rU", _part(_uri, user), put=checked("rU", _put_user), help=f"User of {what}; empty takes it away."),
        *variable("rd", _part(_uri, _PARTS["host"][1]), put=checked("rd", _put_host), help=f"Host of {what}."),
        *variable(
            "rp",
            _part(_uri, port),
            kind=Kind.NUMBER,
            put=checked("rp", _put_port),
            help=f"Port of {what}, or its scheme's.",
        ),
        *variable(
            "rP", _part(_uri, _destination_protocol), put=checked("rP", _put_transport), help=f"Transport of {what}."
        ),
        *variable("rz", _part(_uri, uri_parts.uri_type), help=f"Scheme of {what}."),
        *variable("ou", original_uri),
        *_parts_of(
            original_uri, "the Request-URI as received", {"user": "oU", "host": "od", "port": "op", "transport": "oP"}
        ),
        *variable("du", branches.destination, put=checked("du", _put_destination)),
        *_parts_of(
            branches.destination, "the destination URI", {"user": "dU", "host": "dd", "port": "dp", "transport": "dP"}
        ),
        *variable("nh", _next_hop_part, argument=_next_hop_letter),
        *variable("fs", _forced_socket, put=checked("fs", _write_socket(host))),
        *variable(
            "br",
            branches.branch_uri,
            put=_put_branch,
            indexes=index,
            help="A branch; writing adds one, `$null` takes it away.",
        ),
        *branch_part_variables(host),
        *variable("ds", branches.destination_set),
    ]
