"""`Caller`: a user agent over UDP that asks a server which forwards."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.system.running import options_request

if TYPE_CHECKING:
    from tests.system.running import RunningServer

__all__ = ["Caller", "request_to"]


def request_to(
    user: str, branch: str, protocol: str = "UDP", method: str = "OPTIONS", host: str = "localhost", size: int = 0
) -> bytes:
    """A request to `user` at `host` with a body of `size` bytes."""
    request = options_request(protocol, branch, method)
    request = request.replace(b" sip:x@localhost SIP", f" sip:{user}@{host} SIP".encode())
    return request.replace(b"Content-Length: 0\r\n\r\n", b"Content-Length: %d\r\n\r\n" % size + b"x" * size)


class Caller:
    """Sends to `server`, and reads what comes back."""

    def __init__(self, server: RunningServer) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.connect(("127.0.0.1", server.ports["udp"]))
        self.sock.settimeout(20)
        self._number = 0

    def send(self, user: str = "x", method: str = "OPTIONS", host: str = "localhost", size: int = 0) -> str:
        """Send a request; its branch."""
        self._number += 1
        branch = f"z9hG4bK{user}{self._number}"
        self.sock.send(request_to(user, branch, "UDP", method, host, size))
        return branch

    def status(self, branch: str = "") -> str:
        """Status and reason of the next response, which must be that to `branch`."""
        response = self.sock.recv(65_536).decode()
        assert response.count("Via:") == 1
        assert f"branch={branch}" in response
        return response.partition("\r\n")[0].removeprefix("SIP/2.0 ")

    def ask(self, user: str = "x", host: str = "localhost") -> str:
        """Send a request and wait for the response."""
        return self.status(self.send(user, host=host))
