"""Attributes into the message: Request-URI, next hop, header lines; and a header's pairs into attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.modules.avp.values import ATTRIBUTE, ROUTES, newest
from sertwist.modules.declare import Module, function
from sertwist.modules.reading.uri_change import change_uri, put_uri, read_host, read_host_port
from sertwist.modules.reading.uri_parts import sip_uri
from sertwist.script import attributes
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.header_text import header_name
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["AttributesSent"]

_PARTS: Final = ("uri", "prefix", "username", "usernamepassword", "domain", "domainport", "strip", "strip_tail")
_PART: Final = Argument(name="part", optional=True, words=_PARTS)
_HEADER: Final = Argument(name="header", prepare=header_name)
_PREFIX: Final = Argument(name="prefix", help="in front of the names")
_CHANGING: Final = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH
_PAIR: Final = re.compile(r'\s*([A-Za-z_][\w.-]{0,63})\s*=\s*("(?:[^"\\]|\\.)*"|[^,;]*)\s*(?:[,;]|\Z)', re.ASCII)
_DIGITS: Final = re.compile(r"#?([+-]?[0-9]{1,18})", re.ASCII)


class AttributesSent(Module):
    """What leaves with the message."""

    @function("attr2uri", ATTRIBUTE, _PART, routes=_CHANGING)
    def to_uri(self, ctx: RouteContext, attribute: Reference, part: str = "uri") -> int:
        """Put an attribute's newest value in the place of the Request-URI, or of a part of it.

        `prefix` puts it in front of the user, `strip` and `strip_tail` take so many characters from it. Returns -1 when
        there is no value, or would be no URI.
        """
        value = newest(ctx, attribute)
        if value is None:
            return -1
        try:
            return _to_uri(ctx, str(value), part)
        except ValueError:
            return -1

    @function("attr_destination", ATTRIBUTE, routes=_CHANGING)
    def to_destination(self, ctx: RouteContext, attribute: Reference) -> int:
        """Send the request to an attribute's newest value, a SIP URI or `host:port`. Returns -1 when it is neither."""
        value = newest(ctx, attribute)
        if value is None:
            return -1
        uri = str(value) if str(value).startswith(("sip:", "sips:")) else f"sip:{value}"
        if sip_uri(uri) is None:
            return -1
        ctx.wish().destination = uri
        return 1

    @function("append_attr_hf", _HEADER, ATTRIBUTE, routes=ROUTES)
    def append(self, ctx: RouteContext, header: str, attribute: Reference) -> int:
        """Add a header line with an attribute's newest value behind all others. Returns -1 without a value."""
        value = newest(ctx, attribute)
        if value is None or ctx.message is None:
            return -1
        ctx.wish().edit().append_header(header, str(value))
        return 1

    @function("insert_attr_hf", _HEADER, ATTRIBUTE, routes=ROUTES)
    def insert(self, ctx: RouteContext, header: str, attribute: Reference) -> int:
        """Add a header line with an attribute's newest value in front of its like. Returns -1 without a value."""
        value = newest(ctx, attribute)
        if value is None or ctx.message is None:
            return -1
        ctx.wish().edit().prepend_header(header, str(value))
        return 1

    @function("replace_attr_hf", _HEADER, ATTRIBUTE, routes=ROUTES)
    def replace(self, ctx: RouteContext, header: str, attribute: Reference) -> int:
        """Put one header line with an attribute's newest value in place of all its like. Returns -1 without a value."""
        value = newest(ctx, attribute)
        if value is None or ctx.message is None:
            return -1
        ctx.wish().edit().set_header(header, str(value))
        return 1

    @function("attr_to_reply", _HEADER, ATTRIBUTE, routes=_CHANGING)
    def to_reply(self, ctx: RouteContext, header: str, attribute: Reference) -> int:
        """Add a header line with an attribute's newest value to replies made here. Returns -1 without a value."""
        value = newest(ctx, attribute)
        if value is None:
            return -1
        ctx.wish().reply_headers.append((header, str(value)))
        return 1

    @function("hdr_body2attrs", _HEADER, _PREFIX, aliases=("hdr_body2attrs2",), routes=ROUTES)
    def from_header(self, ctx: RouteContext, header: str, prefix: str) -> int:
        """Make an attribute `prefix`NAME of each `NAME=value` in a header; a number or `#number` is one.

        Returns -1 when there are none.
        """
        value = None if ctx.message is None else ctx.message.header(header)
        pairs = _PAIR.findall(as_text(value or b""))
        try:
            named = [(attributes.attribute_name(prefix + name.replace(".", "_")), value) for name, value in pairs]
        except ValueError:  # the prefix
            return -1
        for attribute, written in named:
            attributes.add(ctx, attribute, _value(written.strip()))
        return 1 if named else -1


def _to_uri(ctx: RouteContext, value: str, part: str) -> int:
    found = sip_uri(ctx.uri)
    user = b"" if found is None else found.user or b""
    match part:
        case "uri":
            return 1 if put_uri(ctx, value) else -1
        case "domain":
            return change_uri(ctx, host=read_host(value))
        case "domainport":
            where = read_host_port(value)
            return change_uri(ctx, host=where.host, port=where.port)
        case "usernamepassword":
            name, colon, password = as_bytes(value).partition(b":")
            return change_uri(ctx, user=name or None, password=password if name and colon else None)
        case "prefix":
            user = as_bytes(value) + user
        case "strip":
            user = user[max(int(value), 0) :]
        case "strip_tail":
            user = user[: max(len(user) - max(int(value), 0), 0)]
        case _:
            user = as_bytes(value)
    return change_uri(ctx, user=user) if user else change_uri(ctx, user=None, password=None)


def _value(written: str) -> str | int:
    if written.startswith('"'):
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    match = _DIGITS.fullmatch(written)
    return written if match is None else int(match[1])
