"""A browser's GET of the console's files as calls of `console.view`, so that whatever judges a call judges them too.

The pages hold nothing but the program that shows them: what they show comes by JSON-RPC, each call judged for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from sertwist.rpc.call import Call
from sertwist.rpc.codec import Reading
from sertwist.rpc.http_policy import HttpRefusal, check_site, target_path

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.rpc.fault import Fault
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["PAGE_HEADERS", "VIEW", "PageCodec", "check_page_request", "is_page"]

VIEW: Final = "console.view"
_FOLDER: Final = "/console"
_METHODS: Final = "GET, HEAD, OPTIONS"
_TEXT: Final = "text/plain; charset=utf-8"

#: Nothing from elsewhere, nothing inside of anything else, nothing told to anybody else.
PAGE_HEADERS: Final = (
    (
        "Content-Security-Policy",
        (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


def is_page(target: str) -> bool:
    """Whether `target` is the console or one of its files."""
    path = target_path(target)
    return path == _FOLDER or path.startswith(f"{_FOLDER}/")


def check_page_request(request: HttpRequest) -> HttpRefusal | None:
    """Return why `request` gets no page, whoever asks; None when the script may judge it.

    A link on another site may lead to the console: nothing happens by looking at it. Nothing else is had from there.
    """
    if request.method == "OPTIONS":
        return HttpRefusal(204, "", (("Allow", _METHODS),))
    if request.method not in ("GET", "HEAD"):
        return HttpRefusal(405, f"{request.method} is not served here\n", (("Allow", _METHODS),))
    if request.body:
        return HttpRefusal(400, "a request for a page has no body\n")
    return None if _is_followed_link(request) else check_site(request)


def _is_followed_link(request: HttpRequest) -> bool:
    return (
        request.field(b"sec-fetch-mode") == b"navigate"
        and request.field(b"sec-fetch-dest") == b"document"
        and request.field(b"origin") is None
        and target_path(request.target).rstrip("/") == _FOLDER
    )


class PageCodec:
    """Reads one request for a file and writes its answer.

    Attributes:
        content_type: of the answer, once that is written.
        status: likewise.
    """

    def __init__(self) -> None:
        self.content_type = _TEXT
        self.status = 200

    def read(self, request: HttpRequest) -> Reading:
        """See `Codec.read`: the file's name is the one parameter."""
        return Reading(Call(VIEW, (target_path(request.target).removeprefix(_FOLDER).removeprefix("/"),)))

    def write_result(self, _reading: Reading, value: Value, _request: HttpRequest) -> bytes:
        """See `Codec.write_result`."""
        if isinstance(value, Mapping) and isinstance(value["body"], bytes):
            self.content_type = str(value["type"])
            return value["body"]
        return b"nothing is shown: the script has answered by itself\n"

    def write_fault(self, _reading: Reading | None, fault: Fault) -> bytes:
        """See `Codec.write_fault`: a person reads it."""
        self.status = fault.code if 400 <= fault.code < 600 else 500 if fault.code >= 600 else 403
        return f"{fault.code} {fault.text}\n".encode("utf-8", "replace")
