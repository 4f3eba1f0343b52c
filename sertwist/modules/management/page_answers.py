"""How a page goes back to a browser: a fault is an HTTP status, since a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.management.answers import HttpAnswers
from sertwist.rpc.http_response import build_response
from sertwist.rpc.page import PAGE_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.modules.host import Host, HttpPeer
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.rpc.page import PageCodec

__all__ = ["PageAnswers"]


class PageAnswers(HttpAnswers):
    """As an HTTP response with the fields that keep a page to itself."""

    __slots__ = ("_codec",)

    def __init__(self, host: Host, peer: HttpPeer, request: HttpRequest, codec: PageCodec) -> None:
        super().__init__(host, peer, request)
        self._codec = codec

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
        data = build_response(
            self._request.version,
            self._codec.status,
            body=body,
            content_type=content_type,
            keep_alive=keep,
            date=self._host.http_date(),
            server=self._host.environment.server,
            headers=(*headers, *PAGE_HEADERS),
            head_only=self._request.method == "HEAD",
        )
        self._peer.answer(data, close=not keep, flushed=flushed)
