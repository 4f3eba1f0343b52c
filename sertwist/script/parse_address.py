"""Read the addresses of `listen = ...` and `alias = ...` (reference language 2.1 `addrlist`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import Listen
from sertwist.script.suggest import did_you_mean
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from sertwist.script.source import Span
    from sertwist.script.stream import TokenStream

__all__ = ["PROTOCOLS", "AddressParser"]

PROTOCOLS: Final = ("udp", "tcp", "tls", "sctp", "ws", "wss")
_LATER: Final = ("advertise", "name", "virtual")
_MAX_PORT = 65_535


class AddressParser:
    """Reads address lists from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream

    def listens(self) -> list[Listen]:
        """Read one or more sockets, separated by white space."""
        found = [self._socket()]
        while self._socket_follows():
            found.append(self._socket())
        if self.stream.now.is_word(*_LATER) and not self.stream.now.starts_line:
            self._skip_later()
        return found

    def _skip_later(self) -> None:
        """Skip what may stand behind an address, to the end of its line."""
        self.stream.not_available(self.stream.now.span, f"{self.stream.now.text!r} behind 'listen'")
        self.stream.take()
        while not self.stream.now.starts_line and self.stream.now.kind is not TokenKind.END:
            self.stream.take()

    def aliases(self) -> list[tuple[str, Span]]:
        """Read one or more names of this server as `host`, `host:port` or `protocol:host:port` text."""
        found: list[tuple[str, Span]] = []
        while True:
            each = self._socket()
            parts = (each.protocol, f"[{each.host}]" if ":" in each.host else each.host, each.port)
            found.append((":".join(str(part) for part in parts if part is not None), each.span))
            if not self._socket_follows():
                return found

    def _socket_follows(self) -> bool:
        """Whether one more address stands on this line, or on the next without being an item of its own."""
        token, following = self.stream.now, self.stream.following
        if token.kind in {TokenKind.STRING, TokenKind.ADDRESS}:
            return True
        if token.kind is not TokenKind.NAME or token.text in _LATER or following.is_symbol("="):
            return False
        return not token.starts_line or (following.is_symbol(":") and token.text.lower() in PROTOCOLS)

    def _socket(self) -> Listen:
        start = self.stream.now
        protocol = self._protocol()
        host = self._host()
        port: int | None = None
        if self.stream.now.is_symbol(":") and self._touches():
            self.stream.take()
            port = self._port()
        return Listen(protocol, host, port, start.span.to(self.stream.last.span))

    def _touches(self) -> bool:
        return self.stream.now.span.start == self.stream.last.span.end

    def _protocol(self) -> str | None:
        """Read `proto:` when it stands here; a word before a colon and no port is meant as one."""
        token, colon, behind = self.stream.now, self.stream.following, self.stream.peek(2)
        if token.kind is not TokenKind.NAME or not colon.is_symbol(":"):
            return None
        word = token.text.lower()
        if word not in PROTOCOLS:
            if behind.kind is TokenKind.NUMBER:
                return None  # host:port
            fix = did_you_mean(word, PROTOCOLS)
            self.stream.diagnostics.error("unknown-protocol", token.span, f"unknown protocol {token.text!r}", fix)
        self.stream.take()
        self.stream.take()
        return word if word in PROTOCOLS else None

    def _host(self) -> str:
        """Read an address, a quoted name, or a host name of words, dots and dashes without blanks."""
        token = self.stream.now
        if token.kind in {TokenKind.ADDRESS, TokenKind.STRING}:
            return self.stream.take().text
        if token.kind not in {TokenKind.NAME, TokenKind.NUMBER}:
            raise self.stream.failure(f"an address or a host name expected, found {token.described()}")
        host = self.stream.take().text
        while self.stream.now.is_symbol(".", "-") and self._touches() and self._is_label(self.stream.following):
            host += self.stream.take().text + self.stream.take().text
        return host

    @staticmethod
    def _is_label(token: Token) -> bool:
        return token.kind in {TokenKind.NAME, TokenKind.NUMBER}

    def _port(self) -> int:
        token = self.stream.expect_kind(TokenKind.NUMBER, "as the port")
        if not 0 <= token.number <= _MAX_PORT:
            fix = f"1 to {_MAX_PORT}, or 0 for one that is free"
            self.stream.diagnostics.error("bad-port", token.span, f"{token.text} is no port", fix)
        return token.number
