"""Operand words: what stands in comparisons without any mark (`method`, `src_ip`; reference language 6.2)."""

from __future__ import annotations

from typing import Final

from sertwist.script.declare import Kind, Operand, RouteKind

__all__ = ["OPERANDS"]

#: word, attribute of the route context, kind, help
_TABLE: Final = (
    ("method", "method", Kind.TEXT, "The request method; of a response that of its CSeq."),
    ("uri", "request_uri", Kind.URI, "The Request-URI as it is now; of an HTTP request its target."),
    ("uri:host", "uri_host", Kind.TEXT, "Host of the Request-URI, if it is a SIP URI."),
    ("uri:port", "uri_port", Kind.NUMBER, "Port of the Request-URI, if it names one."),
    ("from_uri", "from_uri", Kind.URI, "The URI in From."),
    ("to_uri", "to_uri", Kind.URI, "The URI in To."),
    ("status", "status", Kind.NUMBER, "The status of a response; undefined in a request."),
    ("proto", "protocol", Kind.PROTOCOL, "How the message came: UDP, TCP or TLS."),
    ("src_ip", "source_ip", Kind.ADDRESS, "The address it came from."),
    ("src_port", "source_port", Kind.NUMBER, "The port it came from."),
    ("dst_ip", "local_ip", Kind.ADDRESS, "The address of ours that it came to."),
    ("dst_port", "local_port", Kind.NUMBER, "The port of ours that it came to."),
    ("af", "address_family", Kind.NUMBER, "4 or 6: the family of src_ip."),
    ("msg:len", "message_length", Kind.NUMBER, "Bytes of the whole message; in onsend_route of what is sent."),
    ("retcode", "return_code", Kind.NUMBER, "The value of the last call of a module's function or of a route."),
    ("snd_ip", "snd_ip", Kind.ADDRESS, "In onsend_route: the address that the request leaves by."),
    ("snd_port", "snd_port", Kind.NUMBER, "In onsend_route: the port that it leaves by."),
    ("snd_proto", "snd_protocol", Kind.PROTOCOL, "In onsend_route: how it leaves."),
    ("snd_af", "snd_family", Kind.NUMBER, "In onsend_route: 4 or 6, the family of snd_ip."),
    ("to_ip", "to_ip", Kind.ADDRESS, "In onsend_route: the address that it goes to."),
    ("to_port", "to_port", Kind.NUMBER, "In onsend_route: the port that it goes to."),
    ("to_proto", "snd_protocol", Kind.PROTOCOL, "In onsend_route: how it goes; as snd_proto."),
    ("to_af", "snd_family", Kind.NUMBER, "In onsend_route: 4 or 6, the family of to_ip."),
)

#: Words that have a value in some kinds of route only.
_ROUTES: Final = {
    "status": RouteKind.REPLY | RouteKind.EVENT | RouteKind.ONSEND,
    **dict.fromkeys(("snd_ip", "snd_port", "snd_proto", "snd_af"), RouteKind.ONSEND),
    **dict.fromkeys(("to_ip", "to_port", "to_proto", "to_af"), RouteKind.ONSEND),
}

OPERANDS: Final = tuple(
    Operand(name=name, attribute=attribute, kind=kind, routes=_ROUTES.get(name, RouteKind.ANY), help=text)
    for name, attribute, kind, text in _TABLE
)
