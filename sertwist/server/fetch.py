"""`Fetcher`: gets small signed things (OCSP responses, CRLs) over plain HTTP, bounded in size and time.

Only `http://`: what is fetched carries its own signature, which its reader checks. Redirects are not followed. The
host is whatever the operator's own certificate names, so addresses of the private network are as good as others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.protocol import Protocol

from sertwist.errors import UnavailableError
from sertwist.limits import MAX_FETCHED_HEAD

if TYPE_CHECKING:
    from twisted.internet.interfaces import ITCPTransport

__all__ = ["Fetcher"]

HTTP_OK: Final = 200
_URL: Final = re.compile(
    r"http://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?P<target>/[\x21-\x7e]*)?",
    re.IGNORECASE,
)


class Fetcher:
    """Fetches for modules (`Host.fetch`)."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    async def fetch(self, url: str, *, body: bytes, content_type: str, bound: int, seconds: float) -> bytes:
        """See `Host.fetch`."""
        found = _URL.fullmatch(url)
        if found is None or int(found["port"] or 80) > 65_535:
            raise UnavailableError("its address is not one that can be fetched: http://HOST/...", code="fetch-address")
        request = _request(found, body, content_type)
        endpoint = HostnameEndpoint(self._reactor, found["host"].strip("[]"), int(found["port"] or 80), seconds)
        answer = ensureDeferred(self._exchange(endpoint, request, bound))
        answer.addTimeout(seconds, self._reactor)
        try:
            return await answer
        except DeferredTimeoutError:
            raise UnavailableError(f"no answer within {seconds:g} seconds", code="fetch-timeout") from None
        except DNSLookupError:
            raise UnavailableError(f"no address for {found['host']}", code="fetch-connect") from None
        except ConnectError as error:
            raise UnavailableError(str(error).rstrip("."), code="fetch-connect") from None

    async def _exchange(self, endpoint: HostnameEndpoint, request: bytes, bound: int) -> bytes:
        exchange = _Exchange(request, bound)
        await connectProtocol(endpoint, exchange)
        return await exchange.answer


def _request(url: re.Match[str], body: bytes, content_type: str) -> bytes:
    port = f":{url['port']}" if url["port"] else ""
    lines = [f"{'POST' if body else 'GET'} {url['target'] or '/'} HTTP/1.1", f"Host: {url['host']}{port}"]
    if body:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii") + body


class _Exchange(Protocol):
    """One request and its answer.

    Attributes:
        answer: fires with the body of a 200, or an `UnavailableError`.
    """

    def __init__(self, request: bytes, bound: int) -> None:
        self.answer: Deferred[bytes] = Deferred(lambda _cancelled: self._end())
        self._request = request
        self._bound = bound
        self._parser = HttpResponseParser(self)
        self._body = bytearray()
        self._head = 0  # bytes until the head was whole; what came with it counts as well
        self._rest = 0
        self._in_body = False
        self._has_end = False  # a length or chunks: the peer's close alone does not end it

    # -- Twisted's side -----------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Ask."""
        self.transport.write(self._request)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Read on, as long as it stays within the bound."""
        try:
            if not self._in_body:
                head, data = data[: MAX_FETCHED_HEAD - self._head], data[MAX_FETCHED_HEAD - self._head :]
                self._head += len(head)
                self._parser.feed_data(head)
            self._rest += len(data)
            # What frames chunks may be as much again as the body.
            if data and (not self._in_body or self._rest > 2 * self._bound + MAX_FETCHED_HEAD):
                self._fail("the answer is larger than it may be", "fetch-size")
            elif data:
                self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._fail("the answer is not HTTP", "fetch-garbage")

    def connectionLost(self, _reason: object = None) -> None:  # noqa: N802 (Twisted's name)
        """The peer's end, good or early."""
        if self._in_body and not self._has_end:
            self._finish()
        else:
            self._fail("the connection was closed before the answer was whole", "fetch-closed")

    # -- the parser's side --------------------------------------------------------------------------------------------

    def on_header(self, name: bytes, _value: bytes) -> None:
        """One field."""
        self._has_end |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        status = self._parser.get_status_code()
        if status != HTTP_OK:
            self._fail(f"it answers {status}", "fetch-status")
        self._in_body = True

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._body += data
        if len(self._body) > self._bound:
            self._fail("the answer is larger than it may be", "fetch-size")

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._finish()

    def _finish(self) -> None:
        self._end()
        if not self.answer.called:
            self.answer.callback(bytes(self._body))

    def _fail(self, words: str, code: str) -> None:
        self._end()
        if not self.answer.called:
            self.answer.errback(UnavailableError(words, code=code))

    def _end(self) -> None:
        if self.transport is not None:
            cast("ITCPTransport", self.transport).abortConnection()
