"""Read the addresses of `listen = ...`, `socket = { ... }` and `alias = ...` (reference language 2.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_PORT_RANGE
from sertwist.record import record
from sertwist.script.literals import CONSTANT_WORDS, parse_address
from sertwist.script.nodes import Listen
from sertwist.script.source import Span
from sertwist.script.suggest import did_you_mean
from sertwist.script.tokens import Token, TokenKind
from sertwist.script.words import PROTOCOLS

if TYPE_CHECKING:
    from sertwist.script.stream import TokenStream

__all__ = ["AddressParser"]

_MAX_PORT: Final = 65_535
_PROTOCOLS: Final = frozenset(each.lower() for each in PROTOCOLS)
_LABELS: Final = frozenset({TokenKind.NAME, TokenKind.NUMBER})
_HOSTS: Final = frozenset({TokenKind.ADDRESS, TokenKind.STRING})
#: Behind an address, with how many tokens they take along; only the first three mean something here.
_BEHIND: Final = frozenset({"advertise", "name", "virtual", "as", "use_workers", "use_children", "tag", "anycast"})
_NEXT_ITEM: Final = frozenset({"=", ":", ".", "["})
_WITH_VALUE: Final = frozenset({"use_workers", "use_children", "tag"})


@record
class _Socket:
    """`protocol:host:port` as written; the port None without one and for `*`."""

    protocol: str | None
    host: str
    port: int | None
    span: Span


class AddressParser:
    """Reads address lists from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream

    def listens(self, word: Token) -> list[Listen]:
        """Read the value of `listen` or `socket`: one or more sockets separated by white space, or one in braces."""
        stream = self.stream
        if stream.now.mark == "{":
            return self._in_braces(word)
        if word.text == "socket":
            message = "'socket' without braces is OpenSIPS's word for 'listen'"
            stream.diagnostics.hint("foreign-setting", word.span, message, "write 'listen'", cause="socket")
        found = self._listen()
        while self._socket_follows():
            found += self._listen()
        return found

    def aliases(self) -> list[tuple[str, Span]]:
        """Read one or more names of this server as `host`, `host:port` or `protocol:host:port` text."""
        found: list[tuple[str, Span]] = []
        while True:
            for each in self._sockets(any_port=True):
                bare = not each.host.startswith("[") and parse_address(each.host) is not None
                parts = (each.protocol, f"[{each.host}]" if bare and ":" in each.host else each.host, each.port)
                found.append((":".join(str(part) for part in parts if part is not None), each.span))
            if not self._socket_follows():
                return found

    def host(self) -> str:
        """Read an address, a quoted name, or a host name of words, dots and dashes without blanks."""
        stream = self.stream
        token = stream.now
        if token.kind in _HOSTS:
            return stream.take().text
        if token.kind not in _LABELS:
            raise stream.failure(f"an address or a host name expected, found {token.described()}")
        host = stream.take().text
        while stream.now.mark in {".", "-"} and stream.now.touches and stream.following.kind in _LABELS:
            host += stream.take().text + stream.take().text
        return host

    # -- sockets --------------------------------------------------------------------------------------------------

    def _listen(self) -> list[Listen]:
        """Read one socket, or a list of hosts with one port, and what may stand behind it."""
        found = [Listen(each.protocol, each.host, each.port, each.span) for each in self._sockets()]
        stream = self.stream
        while stream.now.mark in _BEHIND and stream.following.mark not in _NEXT_ITEM:
            word = stream.take().text
            if word in {"advertise", "as"}:
                told = self._told()
                found = [replace(each, advertise=told) for each in found]
            elif word == "name":
                name = stream.expect_kind(TokenKind.STRING, "as the name of the socket").text
                found = [replace(each, name=name) for each in found]
            elif word == "virtual":
                found = [replace(each, virtual=True) for each in found]
            elif word in _WITH_VALUE:
                stream.take()
        end = stream.last.span
        return [replace(each, span=each.span.to(end)) for each in found]

    def _told(self) -> tuple[str | None, str, int | None]:
        """Read the address to be told to others."""
        told = self._sockets()[0]
        return told.protocol, told.host, told.port

    def _socket_follows(self) -> bool:
        """Whether one more address stands on this line, or on the next without being an item of its own."""
        token, following = self.stream.now, self.stream.following
        if token.kind in _HOSTS:
            return True
        if token.kind is not TokenKind.NAME or following.mark == "=":
            return False
        return not token.starts_line or (following.mark == ":" and token.text.lower() in _PROTOCOLS)

    def _sockets(self, *, any_port: bool = False) -> list[_Socket]:
        """Read `proto:host:port` or, for several hosts on one port, `proto:(host, host):port`."""
        stream = self.stream
        start = stream.now
        protocol = self._protocol()
        if stream.accept("("):
            hosts = [self.host()]
            while stream.accept(","):
                hosts.append(self.host())
            stream.expect(")", "after the last host")
        else:
            hosts = [self.host()]
        port: int | None = None
        if stream.now.mark == ":" and stream.now.touches:
            stream.take()
            port = None if any_port and stream.accept("*") else self._port()
        span = Span(start.start, stream.last.end)
        return [_Socket(protocol, host, port, span) for host in hosts]

    def _protocol(self) -> str | None:
        """Read `proto:` when it stands here; a word before a colon and no port is meant as one."""
        stream = self.stream
        token, colon, behind = stream.now, stream.following, stream.peek(2)
        if colon.mark != ":" or (token.kind is not TokenKind.NAME and token.mark != "*"):
            return None
        word = token.text.lower()
        if word not in _PROTOCOLS and word != "*":
            if behind.kind is TokenKind.NUMBER or behind.mark == "*":
                return None  # host:port
            fix = did_you_mean(word, _PROTOCOLS)
            stream.diagnostics.error("unknown-protocol", token.span, f"unknown protocol {token.text!r}", fix)
        stream.take()
        stream.take()
        return word if word in _PROTOCOLS else None

    def _port(self) -> int:
        token = self.stream.expect_kind(TokenKind.NUMBER, "as the port")
        if not 0 <= token.number <= _MAX_PORT:
            fix = f"1 to {_MAX_PORT}, or 0 for one that is free"
            self.stream.diagnostics.error("bad-port", token.span, f"{token.text} is no port", fix)
        return token.number

    # -- socket = { ... } -----------------------------------------------------------------------------------------

    def _in_braces(self, word: Token) -> list[Listen]:
        """Read `{ bind = ...; advertise = ...; name = "..."; }`, a listening socket with its settings by name."""
        stream = self.stream
        stream.take()
        bound: list[Listen] = []
        told: tuple[str | None, str, int | None] | None = None
        name = ""
        virtual = False
        while stream.now.mark != "}":
            if stream.accept(";"):
                continue
            setting = stream.expect_kind(TokenKind.NAME, "as a setting of the socket")
            stream.expect("=", f"after {setting.text!r}")
            match setting.text:
                case "bind":
                    bound = self._bound()
                case "advertise":
                    told = self._told()
                case "name":
                    name = stream.expect_kind(TokenKind.STRING, "as the name of the socket").text
                case "virtual":
                    virtual = self._truth()
                case _:
                    stream.take()
        span = Span(word.start, stream.take().end)
        if not bound:
            stream.diagnostics.error("syntax", span, "a socket needs an address", "add bind = udp:10.0.0.1:5060;")
        return [replace(each, span=span, advertise=told, name=name, virtual=virtual) for each in bound]

    def _bound(self) -> list[Listen]:
        """Read an address that may end in a range of ports."""
        stream = self.stream
        found = [Listen(each.protocol, each.host, each.port, each.span) for each in self._sockets()]
        port = found[0].port
        if port is None or stream.now.mark != "-" or not stream.now.touches:
            return found
        stream.take()
        last = stream.now
        ports = range(port, self._port() + 1)
        if not 0 < len(ports) <= MAX_PORT_RANGE:
            message = f"{port}-{last.text} is no range of ports, or one of more than {MAX_PORT_RANGE}"
            stream.diagnostics.error("bad-port", last.span, message)
            return found
        return [replace(each, port=at) for each in found for at in ports]

    def _truth(self) -> bool:
        token = self.stream.take()
        return bool(token.number if token.kind is TokenKind.NUMBER else CONSTANT_WORDS.get(token.text, 0))
