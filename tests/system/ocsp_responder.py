"""`OcspResponder`: a small HTTP server of this process that answers OCSP requests as a test tells it to."""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.unit.tls.responder import make_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from sertwist.pki.authority import Authority

__all__ = ["OcspResponder"]

DAY = timedelta(days=1)


class OcspResponder:
    """Answers for one certificate.

    Attributes:
        url: for the certificate's extension.
        certificate: the one that it knows.
        behaviour: `good`, or one of `BAD`; may be changed while it runs.
        asked: how many requests have come.
        pass_on_to: port of the responder that answers when `behaviour` is "pass on".
    """

    BAD = ("refused", "garbage", "huge", "slow", "wrong-serial", "wrong-signer", "expired")

    def __init__(self, authority: Authority, stranger: Authority) -> None:
        self._authority, self._stranger = authority, stranger
        self.certificate: x509.Certificate | None = None
        self.behaviour = "good"
        self.asked = 0
        self.pass_on_to = 0
        responder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                responder._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/ocsp"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: Any) -> None:
        self.asked += 1
        question = request.rfile.read(int(request.headers["Content-Length"]))
        if self.behaviour == "slow":
            time.sleep(60)
        body = self._body() if self.behaviour != "pass on" else self._pass_on(question)
        request.send_response(403 if self.behaviour == "refused" else 200)
        request.send_header("Content-Type", "application/ocsp-response")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        with contextlib.suppress(ConnectionError):  # it has seen enough
            request.wfile.write(body)

    def _pass_on(self, question: bytes) -> bytes:
        fields = {"Content-Type": "application/ocsp-request"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.pass_on_to}/", question, fields)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())

    def _body(self) -> bytes:
        now, own, authority = datetime.now(UTC), self.certificate, self._authority
        assert own is not None
        bodies: dict[str, Callable[[], bytes]] = {
            "garbage": lambda: b"<html>welcome</html>",
            "huge": lambda: bytes(10_000_000),
            "wrong-serial": lambda: make_response(authority.certificate, authority, this_update=now),
            "wrong-signer": lambda: make_response(own, authority, this_update=now, signer=self._stranger.credential),
            "expired": lambda: make_response(own, authority, this_update=now - 2 * DAY, next_update=now - DAY),
        }
        return bodies.get(self.behaviour, lambda: make_response(own, authority, this_update=now))()
