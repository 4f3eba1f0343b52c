"""A small real server for serctl to call, over TLS or a Unix socket: XML-RPC by the standard library, JSON-RPC, and any
odd behaviour a test wants."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import threading
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Peer", "UnixPeer", "fault_document", "result_document"]


def result_document(value: object) -> bytes:
    """The methodResponse of `value`, by a codec that is not ours."""
    return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()


def fault_document(code: int, text: str) -> bytes:
    """The methodResponse of a fault, by a codec that is not ours."""
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text), methodresponse=True).encode()


def _read_json(body: bytes) -> tuple[str, Any]:
    call = json.loads(body)
    params = call.get("params", [])
    return call["method"], tuple(params) if isinstance(params, list) else params


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_json = self.path == "/jsonrpc"
        method, params = _read_json(body) if is_json else xmlrpc.client.loads(body, use_builtin_types=True)[::-1]
        self.server.calls.append((method, params))
        self.server.heads.append((self.path, dict(self.headers)))
        if self.server.raw is not None and not self.server.raw(self):
            return
        document = self._json(method, params) if is_json else self._document(method, params)
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if is_json else "text/xml")
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def _json(self, method: str | None, params: Any) -> bytes:
        if method not in self.server.methods:
            answer: dict[str, Any] = {"error": {"code": -32601, "message": f"no {method}", "data": {"hint": "Look."}}}
        else:
            found = self.server.methods[method]
            value = found(*params) if callable(found) else found
            answer = {"result": value}
        return json.dumps({"jsonrpc": "2.0", "id": 1, **answer}).encode()

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
        raw: answers every call in its own way, if it is there; true from it: the answer is the usual one.
        calls: methods and parameters that came.
        heads: path and fields of each.
        accepted: connections whose TLS handshake was finished.
    """

    daemon_threads = True

    def __init__(self, pki: Path, *, certificate: str = "server", port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / f"{certificate}.pem", pki / f"{certificate}.key")
        context.load_verify_locations(pki / "ca.pem")
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context
        self.methods: dict[str, Any] = {"core.version": "sertwist 0.1.0"}
        self.raw: Callable[[BaseHTTPRequestHandler], object] | None = None
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


class UnixPeer(Peer):
    """The same over a Unix socket, without TLS."""

    address_family = socket.AF_UNIX

    def __init__(self, path: Path, pki: Path) -> None:
        self._path = path
        super().__init__(pki)

    def server_bind(self) -> None:
        """Bind to the path that was given."""
        self.server_address = str(self._path)  # type: ignore[assignment]
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix:{self._path}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The peer of a Unix socket has no address."""
        del client_address
        self.accepted += 1
        socketserver.TCPServer.finish_request(self, request, ("unix", 0))
