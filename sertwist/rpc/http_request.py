"""`HttpRequest`: one whole HTTP request, as its framer found it valid; `HttpError`: why another one was not."""

from __future__ import annotations

from typing import Final

from sertwist.errors import PeerError

__all__ = ["CHUNKED", "HttpError", "HttpHead", "HttpRequest"]

#: `HttpHead.length` of a chunked body.
CHUNKED: Final = -1


class HttpError(PeerError):
    """The request is refused and its connection must be closed: where the next one begins is not certain.

    Attributes:
        status_hint: the HTTP status that answers it.
    """

    code = "bad-http"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, status_hint=status)


class HttpHead:
    """A head that was found valid. It is never changed: a connection's requests share it when they repeat it.

    Attributes:
        method: as received (`POST`).
        target: the request target, visible ASCII (`/RPC2`).
        version: `1.0` or `1.1`.
        fields: by lower-case name, values trimmed.
        data: the bytes as received, the empty line among them.
        keep_alive: the client keeps the connection for more requests.
        length: bytes of the body that follows, or `CHUNKED`.
        expects_continue: the client waits for `100 Continue` before it sends the body (RFC 9110 10.1.1).
        content_type: the body's media type, lower case, without parameters; empty when none was given.
        charset: the `charset` parameter of the content type, lower case.
    """

    __slots__ = (
        "charset",
        "content_type",
        "data",
        "expects_continue",
        "fields",
        "keep_alive",
        "length",
        "method",
        "target",
        "version",
    )

    def __init__(
        self,
        request_line: tuple[str, str, str],
        fields: dict[bytes, bytes],
        data: bytes,
        *,
        keep_alive: bool,
        length: int,
        expects_continue: bool,
    ) -> None:
        """Take the parsed parts."""
        self.method, self.target, self.version = request_line
        self.fields: Final = fields
        self.data: Final = data
        self.keep_alive: Final = keep_alive
        self.length: Final = length
        self.expects_continue: Final = expects_continue
        media_type, *parameters = fields.get(b"content-type", b"").decode("latin-1").split(";")
        self.content_type: Final = media_type.strip().lower()
        self.charset: Final = _charset(parameters) if parameters else None


def _charset(parameters: list[str]) -> str | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return None


class HttpRequest:
    """One request.

    Attributes:
        method, target, version, content_type, charset: see `HttpHead`.
        keep_alive: the client keeps the connection for more requests, and it may.
        body: without transfer coding.
    """

    __slots__ = ("_head", "body", "charset", "content_type", "keep_alive", "method", "target", "version")

    def __init__(self, head: HttpHead, body: bytes = b"") -> None:
        self._head = head
        self.method = head.method
        self.target = head.target
        self.version = head.version
        self.content_type = head.content_type
        self.charset = head.charset
        self.keep_alive = head.keep_alive
        self.body = body

    def posts(self, body: bytes) -> HttpRequest:
        """A POST of `body` with this request's head: what a WebSocket's message is."""
        request = HttpRequest(self._head, body)
        request.method = "POST"
        return request

    @property
    def head(self) -> bytes:
        """The head's bytes as received, its empty line among them."""
        return self._head.data

    def header(self, name: str) -> str | None:
        """Return the value of field `name` (any case), repeated ones joined by commas; None when it is missing."""
        value = self._head.fields.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")

    def field(self, name: bytes) -> bytes | None:
        """Return the value of field `name`, given in lower case, as received."""
        return self._head.fields.get(name)

    @property
    def header_text(self) -> str:
        """The head as text, byte by byte (ISO 8859-1), its empty line among it."""
        return self._head.data.decode("latin-1")
