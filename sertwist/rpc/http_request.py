"""`HttpRequest`: one whole HTTP request, as its framer found it valid; `HttpError`: why another one was not."""

from __future__ import annotations

from typing import Final

from sertwist.errors import PeerError

__all__ = ["HttpError", "HttpRequest"]


class HttpError(PeerError):
    """The request is refused and its connection must be closed: where the next one begins is not certain.

    Attributes:
        status_hint: the HTTP status that answers it.
    """

    code = "bad-http"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, status_hint=status)


class HttpRequest:
    """One request.

    Attributes:
        method: as received (`POST`).
        target: the request target, visible ASCII (`/RPC2`).
        version: `1.0` or `1.1`.
        keep_alive: the client keeps the connection for more requests, and it may.
        body: without transfer coding.
        head: the head's bytes as received, its empty line among them.
    """

    __slots__ = ("_fields", "body", "head", "keep_alive", "method", "target", "version")

    def __init__(
        self, request_line: tuple[str, str, str], fields: dict[bytes, bytes], head: bytes, *, keep_alive: bool
    ) -> None:
        """Take the parsed head; `fields` are by lower-case name, values trimmed."""
        self.method, self.target, self.version = request_line
        self.keep_alive = keep_alive
        self.head: Final = head
        self._fields = fields
        self.body = b""

    def header(self, name: str) -> str | None:
        """Return the value of field `name` (any case), repeated ones joined by commas; None when it is missing."""
        value = self._fields.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")

    def field(self, name: bytes) -> bytes | None:
        """Return the value of field `name`, given in lower case, as received."""
        return self._fields.get(name)

    @property
    def content_type(self) -> str:
        """The body's media type, lower case, without parameters; empty when none was given."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The `charset` parameter of the content type, lower case."""
        for parameter in (self.header("content-type") or "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
        return None

    @property
    def header_text(self) -> str:
        """The head as text, byte by byte (ISO 8859-1), its empty line among it."""
        return self.head.decode("latin-1")
