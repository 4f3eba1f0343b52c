"""A URI as a value of the script: read, changed, compared (reference language 9.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.errors import BadUriError
from sertwist.sip.params import without_params
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri, Uri, parse_uri
from sertwist.sip.uri_compare import same_aor, same_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["UriComparison", "UriParameters", "UriParts", "read_uri", "request_uri"]

_A = Argument(name="uri1")
_B = Argument(name="uri2")
_NAME = Argument(name="name")


def read_uri(text: str) -> Uri | None:
    """The URI that `text` is, None when it is none."""
    try:
        return parse_uri(as_bytes(text))
    except BadUriError:
        return None


def request_uri(ctx: RouteContext) -> SipUri | None:
    """The Request-URI as it is now, None when it is no SIP URI."""
    uri = read_uri(ctx.uri) if ctx.message is not None else None
    return uri if isinstance(uri, SipUri) else None


class UriParameters:
    """Parameters of the Request-URI."""

    @function("uri_param", _NAME, Argument(name="value", optional=True))
    def uri_param(self, ctx: RouteContext, name: str, value: str | None = None) -> int:
        """Whether the Request-URI has the parameter `name`; without a value, or with just this one, when one is given.

        Values are compared exactly.
        """
        uri = request_uri(ctx)
        found = None if uri is None else uri.param(as_bytes(name).lower())
        return 1 if found is not None and found == as_bytes(value or "") else -1

    @function("uri_param_any", _NAME)
    def uri_param_any(self, ctx: RouteContext, name: str) -> int:
        """Whether the Request-URI has the parameter `name`, with any value or none."""
        uri = request_uri(ctx)
        return 1 if uri is not None and uri.param(as_bytes(name).lower()) is not None else -1

    @function("get_uri_param", _NAME, Argument(name="result", kind=Kind.VARIABLE))
    def get_uri_param(self, ctx: RouteContext, name: str, result: Reference) -> int:
        """Put the value of the Request-URI's parameter `name` into `result`; -1 when there is none."""
        uri = request_uri(ctx)
        found = None if uri is None else uri.param(as_bytes(name).lower())
        return _put(ctx, result, found)

    @function("add_uri_param", Argument(name="parameter", help="`name` or `name=value`"))
    def add_uri_param(self, ctx: RouteContext, parameter: str) -> int:
        """Add `parameter` to the Request-URI, in place of one with its name."""
        uri = request_uri(ctx)
        if uri is None:
            return -1
        name, equal, value = as_bytes(parameter.strip().lstrip(";")).partition(b"=")
        params = (*without_params(uri.params, name.lower()), (name, value if equal else None))
        return _go_to(ctx, replace(uri, params=params))

    @function("uri_param_rm", _NAME)
    def uri_param_rm(self, ctx: RouteContext, name: str) -> int:
        """Take the parameter `name` out of the Request-URI; -1 when there is none."""
        uri, key = request_uri(ctx), as_bytes(name).lower()
        if uri is None or uri.param(key) is None:
            return -1
        return _go_to(ctx, replace(uri, params=without_params(uri.params, key)))

    @function("is_gruu", Argument(name="uri", optional=True), routes=RouteKind.ANY)
    def is_gruu(self, ctx: RouteContext, uri: str | None = None) -> int:
        """Whether `uri`, by default the Request-URI, names one device (RFC 5627): 1 a public one, 2 a temporary one."""
        found = read_uri(ctx.uri if uri is None else uri)
        value = found.param(b"gr") if isinstance(found, SipUri) else None
        if value is None:
            return -1
        return 1 if value else 2


class UriComparison:
    """Whether URIs are the same."""

    @function("cmp_uri", _A, _B, routes=RouteKind.ANY)
    def cmp_uri(self, _ctx: RouteContext, one: str, other: str) -> int:
        """Whether both are the same URI as RFC 3261 19.1.4 defines it; -1 also when one is no URI."""
        return _compare(same_uri, one, other)

    @function("cmp_aor", _A, _B, routes=RouteKind.ANY)
    def cmp_aor(self, _ctx: RouteContext, one: str, other: str) -> int:
        """Whether both name the same user at the same host."""
        return _compare(same_aor, one, other)


class UriParts:
    """Parts of a URI in a variable."""

    @function("set_uri_user", Argument(name="uri", kind=Kind.VARIABLE), Argument(name="user"), routes=RouteKind.ANY)
    def set_uri_user(self, ctx: RouteContext, uri: Reference, user: str) -> int:
        """Put `user` into the SIP URI that `uri` holds, in place of the one there; an empty one leaves none."""
        return _change(ctx, uri, lambda found: replace(found, user=as_bytes(user) or None, password=None))

    @function("set_uri_host", Argument(name="uri", kind=Kind.VARIABLE), Argument(name="host"), routes=RouteKind.ANY)
    def set_uri_host(self, ctx: RouteContext, uri: Reference, host: str) -> int:
        """Put `host` into the SIP URI that `uri` holds, in place of the one there."""
        return _change(ctx, uri, lambda found: replace(found, host=as_bytes(host)))

    @function("is_uri", Argument(name="text"), routes=RouteKind.ANY)
    def is_uri(self, _ctx: RouteContext, text: str) -> int:
        """Whether `text` is a SIP or SIPS URI."""
        return 1 if isinstance(read_uri(text), SipUri) else -1


def _compare(same: Callable[[Uri, Uri], bool], one: str, other: str) -> int:
    uris = read_uri(one), read_uri(other)
    return 1 if uris[0] is not None and uris[1] is not None and same(uris[0], uris[1]) else -1


def _put(ctx: RouteContext, result: Reference, value: bytes | None) -> int:
    if value is None or result.put is None:
        return -1
    result.put(ctx, as_text(value))
    return 1


def _change(ctx: RouteContext, variable: Reference, change: Callable[[SipUri], SipUri]) -> int:
    value = variable.get(ctx)
    uri = read_uri(value) if isinstance(value, str) else None
    if not isinstance(uri, SipUri):
        return -1
    return _put(ctx, variable, _checked(change(uri)))


def _go_to(ctx: RouteContext, uri: SipUri) -> int:
    octets = _checked(uri)
    if octets is None:
        return -1
    ctx.wish().uri = as_text(octets)
    return 1


def _checked(uri: SipUri) -> bytes | None:
    """The URI's octets; None when a part that came from elsewhere has broken it."""
    octets = bytes(uri)
    try:
        return octets if parse_uri(octets) == uri else None
    except BadUriError:
        return None
