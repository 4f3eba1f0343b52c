"""`MonitorReceiver`: answers `/metrics`, `/healthz` and `/readyz` on a listener of their own.

It is for programs of this machine, or of a network that only they are in: nothing but these three is answered there,
nothing that comes reaches the script, and no call can be made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.rpc.http_response import build_response

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from sertwist.rpc.http_request import HttpRequest
    from sertwist.server.host import ServerHost
    from sertwist.server.receive import Receiver
    from sertwist.transport.stream import StreamConnection

__all__ = ["MonitorReceiver", "monitor_address"]

_TEXT: Final = "text/plain; charset=utf-8"
_MAX_PORT: Final = 65_535


def monitor_address(text: str) -> tuple[str, int]:
    """Host and port of the setting `metrics_listen`.

    Raises:
        ConfigError: it is no such thing.
    """
    host, _, port = text.removeprefix("tcp:").rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > _MAX_PORT:
        raise ConfigError(f"metrics_listen {text!r} is no address and port (write 127.0.0.1:9091)", code="listen")
    return host.strip("[]"), int(port)


class MonitorReceiver:
    """Receives for the listener of `metrics_listen` (`StreamReceiver` of the transport ring)."""

    def __init__(self, host: ServerHost, receiver: Receiver) -> None:
        """`receiver` counts and logs what goes wrong with connections."""
        self._host = host
        self._receiver = receiver
        self.refuse_bytes = receiver.refuse_bytes
        self.unusable_server_name = receiver.unusable_server_name
        self.tls_established = receiver.tls_established
        self.tls_failed = receiver.tls_failed
        self.dropped = receiver.dropped
        self.refused = receiver.refused
        self.shut_out = receiver.shut_out

    def receive_sip(self, connection: StreamConnection, _data: bytes) -> Deferred[None] | None:
        """No SIP is spoken here."""
        connection.finish()
        return None

    def receive_websocket(self, connection: StreamConnection, _request: HttpRequest) -> Deferred[None] | None:
        """Nor do WebSockets come about."""
        connection.finish()
        return None

    def receive_http(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Answer one request."""
        try:
            answer = self._answer(request)
        except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
            answer = (500, f"incident {self._receiver.failed(error)}\n".encode(), _TEXT)
        status, body, content_type = answer
        data = build_response(
            request.version,
            status,
            "",
            body,
            content_type=content_type,
            keep_alive=request.keep_alive,
            date=self._host.http_date(),
            headers=(("Allow", "GET, HEAD"),) if status == 405 else (),
            head_only=request.method == "HEAD",
        )
        connection.answer(data, close=not request.keep_alive)
        return None

    def _answer(self, request: HttpRequest) -> tuple[int, bytes, str]:
        path = request.target.partition("?")[0]
        if path not in {"/metrics", "/healthz", "/readyz"}:
            return 404, b"/metrics, /healthz and /readyz are here\n", _TEXT
        if request.method not in {"GET", "HEAD"}:
            return 405, b"only GET and HEAD\n", _TEXT
        if path == "/metrics":
            accepted = request.field(b"accept") or b""
            return 200, *self._host.exposition.written(accepted.decode("latin-1"))
        if path == "/healthz":
            return 200, b"ok\n", _TEXT
        why = self._host.why_not_ready()
        return (503, f"{why}\n".encode(), _TEXT) if why else (200, b"ready\n", _TEXT)
