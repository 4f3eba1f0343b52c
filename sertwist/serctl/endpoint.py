"""Read a server's URL: where to connect, which name its certificate must have, which path to post to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sertwist.serctl.exit_codes import ExitCode, Failure

__all__ = ["DEFAULT_PATH", "DEFAULT_PORT", "Endpoint", "parse_url"]

DEFAULT_PORT: Final = 5061  # SIP over TLS: the management calls come in on the SIP port
DEFAULT_PATH: Final = "/RPC2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server.

    Attributes:
        host: name or IP address to connect to, an IPv6 address without brackets.
        port: TCP port.
        path: request target, with its query.
        server_name: what the certificate must be for; also sent as SNI when it is a name.
    """

    host: str
    port: int = DEFAULT_PORT
    path: str = DEFAULT_PATH
    server_name: str = ""

    @property
    def address(self) -> str:
        """Host and port, as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def expected_name(self) -> str:
        """The name or address that the server's certificate has to hold."""
        return self.server_name or self.host


def parse_url(url: str, *, server_name: str = "") -> Endpoint:
    """The endpoint that `url` names; without a port it is 5061, without a path /RPC2.

    Raises:
        Failure: not an https URL, or one with a password, a fragment or white space (usage).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad_url(url, str(error)) from error
    if parts.scheme != "https":
        raise _bad_url(url, "it must begin with https://, as in https://sip1.example.net:5061/RPC2")
    if "@" in parts.netloc:
        message = "a URL with a user or password is refused: a certificate says who you are"
        raise Failure(ExitCode.USAGE, message, code="bad-url")
    if not parts.hostname:
        raise _bad_url(url, "it names no host")
    if port == 0:
        raise _bad_url(url, "port 0 cannot be connected to")
    if parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise _bad_url(url, "it holds characters that have no place there")
    path = parts.path if parts.path not in {"", "/"} else DEFAULT_PATH
    target = f"{path}?{parts.query}" if parts.query else path
    return Endpoint(host=parts.hostname, port=port or DEFAULT_PORT, path=target, server_name=server_name)


def _bad_url(url: str, why: str) -> Failure:
    return Failure(ExitCode.USAGE, f"bad URL {url!r}: {why}", code="bad-url")
