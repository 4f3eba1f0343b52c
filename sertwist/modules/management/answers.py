"""How an answer goes back: as an HTTP response, or as a message of a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from sertwist.rpc.fault import Fault
from sertwist.rpc.http_response import build_response
from sertwist.rpc.websocket import text_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.modules.host import Host, HttpPeer
    from sertwist.rpc.codec import Codec, Reading
    from sertwist.rpc.http_policy import HttpRefusal
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["Answers", "HttpAnswers", "KeptAnswers", "WebSocketAnswers"]

_TEXT: Final = "text/plain; charset=utf-8"


class Answers(Protocol):
    """Takes the one answer of one request."""

    def document(
        self,
        body: bytes,
        content_type: str,
        *,
        close: bool,
        headers: Iterable[tuple[str, str]] = (),
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        """A codec's document; empty: there is nothing to say. `flushed` run once the peer has it."""

    def refusal(self, refusal: HttpRefusal, reading: Reading | None) -> None:
        """Not a codec's business: an HTTP status with its text."""

    def nothing(self) -> None:
        """The script dropped the request."""


class HttpAnswers:
    """As an HTTP response."""

    __slots__ = ("_host", "_peer", "_request")

    def __init__(self, host: Host, peer: HttpPeer, request: HttpRequest) -> None:
        self._host = host
        self._peer = peer
        self._request = request

    def document(
        self,
        body: bytes,
        content_type: str,
        *,
        close: bool,
        headers: Iterable[tuple[str, str]] = (),
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        """See `Answers.document`."""
        keep = self._request.keep_alive and not close
        status, reason = (200, "OK") if body else (204, "")
        data = build_response(
            self._request.version,
            status,
            reason,
            body,
            content_type=content_type,
            keep_alive=keep,
            date=self._host.http_date(),
            server=self._host.environment.server,
            headers=headers,
        )
        self._peer.answer(data, close=not keep, flushed=flushed)

    def refusal(self, refusal: HttpRefusal, _reading: Reading | None = None) -> None:
        """See `Answers.refusal`."""
        request = self._request
        data = build_response(
            request.version,
            refusal.status,
            "",
            refusal.text.encode("utf-8", "replace"),
            content_type=_TEXT,
            keep_alive=request.keep_alive,
            date=self._host.http_date(),
            server=self._host.environment.server,
            headers=refusal.headers,
            head_only=request.method == "HEAD",
        )
        self._peer.answer(data, close=not request.keep_alive)

    def nothing(self) -> None:
        """See `Answers.nothing`."""
        self._peer.answer(b"", close=True)


class WebSocketAnswers:
    """As a message; there is no status and there are no fields, so a refusal is a fault of the same code."""

    __slots__ = ("_codec", "_peer")

    def __init__(self, peer: HttpPeer, codec: Codec) -> None:
        self._peer = peer
        self._codec = codec

    def document(
        self,
        body: bytes,
        _content_type: str,
        *,
        close: bool,
        headers: Iterable[tuple[str, str]] = (),
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        """See `Answers.document`."""
        del headers
        self._peer.answer(text_frame(body) if body else b"", close=close, flushed=flushed)

    def refusal(self, refusal: HttpRefusal, reading: Reading | None) -> None:
        """See `Answers.refusal`."""
        fault = Fault(refusal.status, refusal.text.strip())
        self.document(self._codec.write_fault(reading, fault), "", close=False)

    def nothing(self) -> None:
        """See `Answers.nothing`."""
        self._peer.answer(b"", close=True)


class KeptAnswers:
    """For whoever asked on behalf of a peer: the document is kept.

    Attributes:
        body: the answer; empty when there is none.
    """

    __slots__ = ("_codec", "body")

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.body = b""

    def document(
        self,
        body: bytes,
        _content_type: str,
        *,
        close: bool,
        headers: Iterable[tuple[str, str]] = (),
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        """See `Answers.document`; only calls that read are made so, and nothing follows their answers."""
        del close, headers, flushed
        self.body = body

    def refusal(self, refusal: HttpRefusal, reading: Reading | None) -> None:
        """See `Answers.refusal`."""
        self.body = self._codec.write_fault(reading, Fault(refusal.status, refusal.text.strip()))

    def nothing(self) -> None:
        """See `Answers.nothing`."""
