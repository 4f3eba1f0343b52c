"""What is around a message: `$si`, `$Ri`, `$pr`, times, the process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

import sertwist
from sertwist.modules.core.variables.row import variable
from sertwist.modules.reading import sources, times
from sertwist.modules.reading.sources import in_uri
from sertwist.script.declare import Kind
from sertwist.sip.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Variable

__all__ = ["around_variables"]

_RANDOM_BITS: Final = 31
#: Constants by the names that scripts give them.
_CONSTANTS: Final = {"IPV4": 4, "IPV6": 6, "UDP": 1, "TCP": 2, "TLS": 3, "SCTP": 4, "WS": 5, "WSS": 6}
_SENDING: Final = ("ip", "port", "af", "proto", "sproto", "sock")


def _source_ip(ctx: RouteContext) -> str:
    """The address that the message came from."""
    return ctx.source_ip


def _source_ip_in_uri(ctx: RouteContext) -> str:
    """The same, IPv6 in brackets."""
    return in_uri(ctx.source_ip)


def _source_port(ctx: RouteContext) -> int:
    """The port that it came from."""
    return ctx.source_port


def _local_ip(ctx: RouteContext) -> str:
    """The address of ours that it came to."""
    return ctx.local_ip


def _local_port(ctx: RouteContext) -> int:
    """The port of ours that it came to."""
    return ctx.local_port


def _local_uri(ctx: RouteContext) -> str:
    """`sip:192.0.2.1:5060;transport=udp`, the socket that it came to."""
    return f"sip:{sources.dst_ip_port(ctx)};transport={sources.protocol(ctx)}"


def _family(ctx: RouteContext) -> int:
    """4 or 6: the family of the addresses."""
    return ctx.address_family


def _told(ctx: RouteContext) -> tuple[str, int]:
    """How the socket that it came to is called outside."""
    host, port = ctx.environment.advertised.get((ctx.protocol, ctx.local), ctx.local)
    return host, port


def _advertised_ip(ctx: RouteContext) -> str:
    """What others are told instead of `$Ri`, `$Ri` itself without such."""
    return _told(ctx)[0].strip("[]")


def _advertised_port(ctx: RouteContext) -> int:
    """What others are told instead of `$Rp`."""
    return _told(ctx)[1]


def _sent(get: str) -> Callable[[RouteContext, str], Any]:
    """What reads where a request is about to leave from (`snd`) or go to (`to`)."""

    def read(ctx: RouteContext, part: str) -> Any:
        address, port, protocol = getattr(ctx, f"{get}_ip"), getattr(ctx, f"{get}_port"), ctx.snd_protocol
        if address is None or protocol is None:
            return None
        socket = f"{protocol.lower()}:{in_uri(address)}:{port}"
        known = {"ip": address, "port": str(port), "af": str(ctx.snd_family), "sock": socket}
        return known.get(part, protocol.lower())

    return read


_RECEIVED: dict[str, Callable[[RouteContext], str | int | None]] = {
    "buf": lambda ctx: None if ctx.raw is None else as_text(ctx.raw),
    "len": lambda ctx: ctx.message_length,
    "proto": lambda ctx: ctx.protocol.lower(),
    "srcip": lambda ctx: ctx.source_ip,
    "srcport": lambda ctx: ctx.source_port,
    "rcvip": lambda ctx: ctx.local_ip,
    "rcvport": lambda ctx: ctx.local_port,
    "af": lambda ctx: ctx.address_family,
}


def _received(ctx: RouteContext, part: str) -> str | int | None:
    """How a message came: buf and len of it as received, proto, srcip, srcport, rcvip, rcvport, af."""
    return _RECEIVED[part](ctx)


# -- times ------------------------------------------------------------------------------------------------------------


def _formatted(ctx: RouteContext) -> str:
    """The time of the message in words."""
    return time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(times.message_time(ctx)))


def _now(ctx: RouteContext) -> int:
    """Now, seconds since the epoch."""
    return times.now(ctx)


def _time_value(ctx: RouteContext, part: str) -> Any:
    """A time: s seconds and u microseconds of the message, sn and un of now, Sn `seconds.microseconds` of now."""
    seconds = ctx.environment.wall_clock() if part.endswith("n") or part == "S" else times.message_time(ctx)
    match part:
        case "s" | "sn":
            return str(int(seconds))
        case "u" | "un":
            return str(int(seconds * 1_000_000) % 1_000_000)
        case _:
            return times.seconds_and_fraction(seconds)


def _time_letters(text: str) -> str:
    if text not in ("s", "u", "sn", "un", "Sn", "Sm"):
        raise ValueError("it is one of s, u, sn, un, Sn, Sm")
    return text


def _local_time(ctx: RouteContext, form: str) -> str:
    """The time of the message in local time, by a `strftime` format."""
    return time.strftime(form, time.localtime(times.message_time(ctx)))


def _universal_time(ctx: RouteContext, form: str) -> str:
    """The time of the message in UTC, by a `strftime` format."""
    return time.strftime(form, time.gmtime(times.message_time(ctx)))


# -- the server -------------------------------------------------------------------------------------------------------


def _pid(_ctx: RouteContext) -> int:
    """The process number."""
    return os.getpid()


def _random(_ctx: RouteContext) -> int:
    """A random number, another each time, from 0 to 2147483647."""
    import random  # noqa: PLC0415 (the server has it; a check does not need it)

    return random.getrandbits(_RANDOM_BITS)


def _server_id(ctx: RouteContext) -> int:
    """The number of this server (`server_id`)."""
    return ctx.environment.server_id


def _version(_ctx: RouteContext, which: str) -> str:
    """The version of the server: `num`, or `full` with its name."""
    return sertwist.__version__ if which == "num" else f"sertwist {sertwist.__version__}"


def _constant(_ctx: RouteContext, value: int) -> int:
    """The number that a word stands for."""
    return value


def _constant_word(text: str) -> int:
    if text.upper() not in _CONSTANTS:
        raise ValueError("it is one of " + ", ".join(_CONSTANTS))
    return _CONSTANTS[text.upper()]


def around_variables() -> list[Variable]:
    """All of them."""
    return [
        *variable("si", _source_ip),
        *variable("siz", _source_ip_in_uri),
        *variable("sp", _source_port, kind=Kind.NUMBER),
        *variable("su", sources.source_uri),
        *variable("Ri", _local_ip),
        *variable("Rp", _local_port, kind=Kind.NUMBER),
        *variable("Rut", _local_uri),
        *variable("RAi", _advertised_ip),
        *variable("RAp", _advertised_port, kind=Kind.NUMBER),
        *variable("af", _family, kind=Kind.NUMBER),
        *variable("pr proto", sources.protocol),
        *variable("rcv", _received, words=tuple(_RECEIVED), kind=Kind.ANY),
        *variable("snd sndfrom", _sent("snd"), words=_SENDING, help="In onsend_route: a part of where it leaves from."),
        *variable("sndto", _sent("to"), words=_SENDING, help="In onsend_route: a part of where it goes to."),
        *variable("Ts", times.message_seconds, kind=Kind.NUMBER),
        *variable("TS", _now, kind=Kind.NUMBER),
        *variable("Tf", _formatted),
        *variable("TV", _time_value, argument=_time_letters),
        *variable("timef", _local_time, argument=str),
        *variable("utimef", _universal_time, argument=str),
        *variable("pp", _pid, kind=Kind.NUMBER),
        *variable("RANDOM", _random, kind=Kind.NUMBER),
        *variable("sid", _server_id, kind=Kind.NUMBER),
        *variable("version", _version, words=("num", "full")),
        *variable("K", _constant, argument=_constant_word, kind=Kind.NUMBER),
    ]
