"""Read a server's URL: where to connect, which name its certificate must have, which path to post to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from sertwist.client.choices import PROTOCOLS
from sertwist.client.failure import UsageError
from sertwist.client.protocol import JSONRPC, XMLRPC, Protocol

__all__ = ["DEFAULT_PORT", "Endpoint", "parse_url"]

DEFAULT_PORT: Final = 5061  # SIP over TLS: the management calls come in on the SIP port


UNIX: Final = "unix:"
MAX_SOCKET_PATH: Final = 107  # bytes that Linux takes (unix(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server.

    Attributes:
        url: as it was given, for messages.
        host: name or IP address to connect to, an IPv6 address without brackets; `localhost` over a Unix socket.
        port: TCP port.
        path: request target, with its query.
        server_name: what the certificate must be for; also sent as SNI when it is a name.
        socket_path: the Unix socket to connect to, without TLS; empty: TCP with TLS.
        protocol: what is spoken there.
    """

    url: str = ""
    host: str
    port: int = DEFAULT_PORT
    path: str = XMLRPC.path
    server_name: str = ""
    socket_path: str = ""
    protocol: Protocol = XMLRPC

    @property
    def address(self) -> str:
        """Host and port, as in a URL; of a Unix socket its path."""
        if self.socket_path:
            return UNIX + self.socket_path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def expected_name(self) -> str:
        """The name or address that the server's certificate has to hold."""
        return self.server_name or self.host


def parse_url(url: str, *, server_name: str = "", protocol: str = "auto") -> Endpoint:
    """The endpoint that `url` names; without a port it is 5061, without a path that of the protocol.

    Args:
        url: `https://HOST[:PORT][/PATH]`, or `unix:/PATH/OF/SOCKET`.
        server_name: the name that the server's certificate must have, if not the URL's host.
        protocol: one of `PROTOCOLS`; `auto` is JSON-RPC when the URL's path is /jsonrpc, else XML-RPC.

    Raises:
        UsageError: not such a URL, or one with a password, a fragment or white space.
    """
    if protocol not in PROTOCOLS:
        raise UsageError(f"protocol must be one of {', '.join(PROTOCOLS)}, not {protocol!r}", code="bad-protocol")
    if url.startswith(UNIX):
        return _speaking(_unix(url), "", protocol)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad_url(url, str(error)) from error
    if parts.scheme != "https":
        raise _bad_url(url, "it must begin with https://, as in https://sip1.example.net:5061/RPC2, or with unix:/")
    if "@" in parts.netloc:
        message = "a URL with a user or password is refused: a certificate says who you are, or --user"
        raise UsageError(message, code="bad-url")
    if not parts.hostname:
        raise _bad_url(url, "it names no host")
    if port == 0:
        raise _bad_url(url, "port 0 cannot be connected to")
    if parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise _bad_url(url, "it holds characters that have no place there")
    path = parts.path if parts.path != "/" else ""
    endpoint = Endpoint(url=url, host=parts.hostname, port=port or DEFAULT_PORT, server_name=server_name)
    return _speaking(endpoint, f"{path}?{parts.query}" if parts.query else path, protocol)


def _unix(url: str) -> Endpoint:
    path = url.removeprefix(UNIX)
    path = path.removeprefix("//")
    if not path.startswith("/"):
        raise _bad_url(url, "a Unix socket is named by its whole path, as in unix:/run/sertwist/rpc.sock")
    if "\0" in path or len(path.encode(errors="surrogateescape")) > MAX_SOCKET_PATH:
        raise _bad_url(url, f"a socket's path has at most {MAX_SOCKET_PATH} bytes")
    return Endpoint(url=url, host="localhost", socket_path=path)


def _speaking(endpoint: Endpoint, target: str, protocol: str) -> Endpoint:
    """`endpoint` with its protocol and the path that belongs to it: each has its own, so one is put for the other."""
    path = target.partition("?")[0]
    wanted = {"jsonrpc": JSONRPC, "xmlrpc": XMLRPC}.get(protocol) or (JSONRPC if path == JSONRPC.path else XMLRPC)
    if path in {"", JSONRPC.path, XMLRPC.path}:
        target = wanted.path + target[len(path) :]
    return replace(endpoint, path=target, protocol=wanted)


def _bad_url(url: str, why: str) -> UsageError:
    return UsageError(f"bad URL {url!r}: {why}", code="bad-url")
