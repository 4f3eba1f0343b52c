"""`Options`: how a server is reached and who we are, as programs say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sertwist.client.credentials import Credentials
from sertwist.client.endpoint import parse_url
from sertwist.client.failure import UsageError
from sertwist.client.pins import parse_pin
from sertwist.client.session import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to reach a server, and who we are; what both clients take.

    Attributes:
        cacert: file of the authorities that the server is traced to, perhaps with revocation lists; None: the system's.
        cert: file of our certificate.
        key: file of its private key; None: it is in `cert`.
        key_password: opens an encrypted key.
        servername: the name that the server's certificate must have, if not the URL's host.
        pins: keys of which the server must have one beside a good certificate: `sha256:HEX` or `sha256//BASE64`.
        verify: False takes any server: everything that is sent may be read and changed on the way.
        user: for HTTP digest, if the server asks.
        password: of `user`.
        protocol: `xmlrpc`, `jsonrpc`, or `auto`: by the URL's path.
        timeout: seconds from sending a call to the last byte of its answer.
        connect_timeout: seconds for the TCP connection, and again for the TLS handshake.
        retries: how often a call is tried again that certainly has not run, or that may run twice.
    """

    cacert: str | Path | None = None
    cert: str | Path | None = None
    key: str | Path | None = None
    key_password: str | None = None
    servername: str = ""
    pins: Sequence[str] = ()
    verify: bool = True
    user: str = ""
    password: str = ""
    protocol: str = "auto"
    timeout: float = 10.0
    connect_timeout: float = 3.0
    retries: int = 2

    def target(self, url: str) -> Target:
        """Where `url` is, with all this.

        Raises:
            UsageError: a URL or pin that is none.
        """
        credentials = Credentials(
            cacert=_path(self.cacert),
            cert=_path(self.cert),
            key=_path(self.key),
            password=self.key_password,
            pins=tuple(parse_pin(each) for each in self.pins),
            verify=self.verify,
        )
        return Target(
            endpoint=parse_url(url, server_name=self.servername, protocol=self.protocol),
            credentials=credentials,
            user=self.user,
            password=self.password,
            timeout=self.timeout,
            connect_timeout=self.connect_timeout,
        )


def _path(path: str | Path | None) -> Path | None:
    try:
        return Path(path).expanduser() if path is not None else None
    except RuntimeError as error:
        raise UsageError(f"{path}: {error}", code="bad-path") from error
