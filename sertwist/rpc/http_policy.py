"""What is refused of management requests before the script sees them, and after it if it dispatches what can't be.

A browser that holds an operator's certificate sends it with every site's requests, so whatever a page of
another site can make it send is refused here (reference rpc 2.2, 14.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.rpc.http_request import HttpRequest

__all__ = [
    "HttpRefusal",
    "check_dispatch",
    "check_management_request",
    "check_site",
    "is_json",
    "target_address",
    "target_path",
]

_METHODS: Final = "POST, GET, HEAD, OPTIONS"
_XML: Final = frozenset({"text/xml", "application/xml"})
_JSON: Final = "application/json"
_JSON_PATH: Final = "/jsonrpc"
_XML_PATH: Final = "/RPC2"
_UNTYPED: Final = frozenset({"", "application/x-www-form-urlencoded"})  # sent by SER's own client
_BROWSER_FIELDS: Final = (
    "Origin",
    "Referer",
    "Sec-Fetch-Site",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Dest",
    "Sec-Fetch-User",
)
_OWN_SITE: Final = frozenset({b"same-origin", b"none"})


@dataclass(frozen=True, slots=True)
class HttpRefusal:
    """An answer in place of a call's: HTTP's own status, with a short text as its body."""

    status: int
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def check_management_request(request: HttpRequest) -> HttpRefusal | None:
    """Return why `request` is not a management request that the script may see; None when it is one."""
    if request.method == "OPTIONS":
        return HttpRefusal(204, "", (("Allow", _METHODS),))
    if request.method not in ("POST", "GET", "HEAD"):
        return HttpRefusal(405, f"{request.method} is not served here\n", (("Allow", _METHODS),))
    if not _is_served(request.target):
        return HttpRefusal(404, "XML-RPC is served at /RPC2, JSON-RPC at /jsonrpc\n")
    return check_site(request) or _check_type(request)


def check_dispatch(request: HttpRequest, *, allow_get: bool = False) -> HttpRefusal | None:
    """Return why `request` can't be a call: by default only a POST can; with `allow_get` also a GET that has a body."""
    if request.method == "POST" or (allow_get and request.method == "GET" and request.body):
        return None
    return HttpRefusal(405, "a call is a POST of an XML-RPC or JSON-RPC document\n", (("Allow", "POST"),))


def is_json(request: HttpRequest) -> bool:
    """Whether `request` is JSON-RPC: by its path, else by the type of its body."""
    if request.target == _XML_PATH:  # of nearly every call
        return request.content_type == _JSON
    return request.content_type == _JSON or target_path(request.target) == _JSON_PATH


def target_path(target: str) -> str:
    """Return the path of a request target, without query; of an absolute one its path (RFC 9112 3.2.2)."""
    if "://" in target[:8]:
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.partition("?")[0]


def target_address(target: str) -> str:
    """Return the address-of-record that `target` names, as in `/RPC2/sip:alice@example.org`; empty when it names none.

    SER's client puts it there so that a server in front can route the call to the node that holds it.
    """
    path = target_path(target)
    address = path.removeprefix("/RPC2").removeprefix("/")
    return address if address.startswith(("sip:", "sips:")) else ""


def _is_served(target: str) -> bool:
    return target == _XML_PATH or target_path(target) in (_XML_PATH, "/", _JSON_PATH) or bool(target_address(target))


def check_site(request: HttpRequest) -> HttpRefusal | None:
    """Return why `request` is refused as one that a page of another site made; None when it is not."""
    site = request.field(b"sec-fetch-site")
    if site is not None and site not in _OWN_SITE:
        return HttpRefusal(403, "requests from other sites are refused\n")
    origin = request.field(b"origin")
    if origin is not None and not _is_own_origin(origin, request.field(b"host") or b""):
        return HttpRefusal(403, "requests from other origins are refused\n")
    return None


def _is_own_origin(origin: bytes, host: bytes) -> bool:
    scheme, separator, authority = origin.lower().partition(b"://")
    return scheme in (b"https", b"http") and bool(separator) and bool(host) and authority == host.lower()


def _check_type(request: HttpRequest) -> HttpRefusal | None:
    """A form's types need no permission from the server before a browser sends them; XML's and JSON's do."""
    if request.method != "POST" and not request.body:
        return None
    kind = request.content_type
    if is_json(request):
        return None if kind == _JSON else HttpRefusal(415, "the body of a call is application/json here\n")
    if kind in _XML:
        return None
    if kind in _UNTYPED and not any(request.header(name) is not None for name in _BROWSER_FIELDS):
        return None
    return HttpRefusal(415, "the body of a call is text/xml\n")
