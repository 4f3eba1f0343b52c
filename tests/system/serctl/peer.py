"""A small real TLS server for serctl to call: XML-RPC by the standard library, and any odd behaviour a test wants."""

from __future__ import annotations

import ssl
import threading
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Peer", "fault_document", "result_document"]


def result_document(value: object) -> bytes:
    """The methodResponse of `value`, by a codec that is not ours."""
    return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()


def fault_document(code: int, text: str) -> bytes:
    """The methodResponse of a fault, by a codec that is not ours."""
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text), methodresponse=True).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        params, method = xmlrpc.client.loads(body, use_builtin_types=True)
        self.server.calls.append((method, params))
        self.server.heads.append((self.path, dict(self.headers)))
        if self.server.raw is not None:
            self.server.raw(self)
            return
        document = self._document(method, params)
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def _document(self, method: str | None, params: tuple[Any, ...]) -> bytes:
        if method not in self.server.methods:
            return fault_document(500, "Method Not Found")
        found = self.server.methods[method]
        value = found(*params) if callable(found) else found
        return value if isinstance(value, bytes) and value.startswith(b"<?xml") else result_document(value)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Peer(ThreadingHTTPServer):
    """Serves while it is a context.

    Attributes:
        methods: name to result, or to what makes it from the parameters.
        raw: answers every call in its own way, if it is there.
        calls: methods and parameters that came.
        heads: path and fields of each.
        accepted: connections whose TLS handshake was finished.
    """

    daemon_threads = True

    def __init__(self, pki: Path, *, certificate: str = "server", minimum: ssl.TLSVersion | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / f"{certificate}.pem", pki / f"{certificate}.key")
        context.load_verify_locations(pki / "ca.pem")
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context
        self.methods: dict[str, Any] = {"core.version": "sertwist 0.1.0"}
        self.raw: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.calls: list[tuple[str | None, tuple[Any, ...]]] = []
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.accepted = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://localhost:{self.server_address[1]}/RPC2"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread."""
        try:
            with self.context.wrap_socket(request, server_side=True) as sock:
                self.accepted += 1
                super().finish_request(sock, client_address)
        except OSError:
            return

    def handle_error(self, *_arguments: object) -> None:
        """Say nothing: clients that go away are what is tested."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()
