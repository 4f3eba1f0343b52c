"""`Fetcher`: what other servers answer, well and badly, over real sockets of this machine."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.epollreactor import EPollReactor
from twisted.logger import globalLogPublisher

from sertwist.errors import UnavailableError
from sertwist.limits import MAX_FETCHED_HEAD
from sertwist.server.fetch import Fetcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOUND = 1_000
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"


@contextmanager
def peer(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a port of its own, for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                sock, _ = listening.accept()
                with sock:
                    behave(sock)
            except OSError:
                pass  # the fetcher hung up, or the test is over

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.close()
        thread.join(10)


def fetch(url: str, *, body: bytes = b"question", seconds: float = 10) -> bytes:
    """Fetch on a reactor of this test's own."""
    reactor: Any = EPollReactor()
    outcome: list[Any] = []

    async def work() -> None:
        try:
            outcome.append(
                await Fetcher(reactor).fetch(url, body=body, content_type="text/x", bound=BOUND, seconds=seconds)
            )
        except Exception as error:  # noqa: BLE001
            outcome.append(error)
        reactor.callLater(0, reactor.stop)

    reactor.callWhenRunning(lambda: ensureDeferred(work()))
    reactor.run(installSignalHandlers=False)
    [answer] = outcome
    if isinstance(answer, Exception):
        raise answer
    return answer


def answering(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Read the request whole, send `pieces`, close."""

    def behave(sock: socket.socket) -> None:
        _read_request(sock)
        for piece in pieces:
            sock.sendall(piece)

    return behave


def _read_request(sock: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n") and not data.endswith(b"question"):
        data += (received := sock.recv(4_096))
        if not received:
            raise ConnectionError
    return data


@pytest.mark.parametrize(
    "pieces",
    [
        (OK + b"Content-Length: 6\r\n\r\nanswer",),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nan\r\n", b"4\r\nswer\r\n0\r\n\r\n"),
        (OK + b"\r\nan", b"swer"),  # ends with the connection
        (b"HTTP/1.0 200 Fine\r\n\r\nanswer",),
        tuple(bytes((byte,)) for byte in OK + b"Content-Length: 6\r\n\r\nanswer"),
    ],
)
def test_body_of_a_200_is_the_answer(pieces: tuple[bytes, ...]) -> None:
    with peer(answering(*pieces)) as port:
        assert fetch(f"http://127.0.0.1:{port}/") == b"answer"


def test_answer_of_exactly_the_bound_passes() -> None:
    with peer(answering(OK + b"Content-Length: 1000\r\n\r\n" + bytes(1_000))) as port:
        assert fetch(f"http://127.0.0.1:{port}/") == bytes(BOUND)


@pytest.mark.parametrize("body", [b"question", b""])
def test_request_is_a_post_with_its_type_or_a_plain_get(body: bytes) -> None:
    requests: list[bytes] = []

    def behave(sock: socket.socket) -> None:
        requests.append(_read_request(sock))
        sock.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with peer(behave) as port:
        assert fetch(f"http://127.0.0.1:{port}/a/b?c=d", body=body) == b""
    typed = b"Content-Type: text/x\r\nContent-Length: 8\r\n" if body else b""
    line = b"POST" if body else b"GET"
    assert requests == [
        line + b" /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % port + typed + b"Connection: close\r\n\r\n" + body
    ]


def stalling(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Send `pieces`, then nothing until the fetcher hangs up."""

    def behave(sock: socket.socket) -> None:
        answering(*pieces)(sock)
        sock.settimeout(20)
        while sock.recv(4_096):
            pass

    return behave


def flooding(piece: bytes) -> Callable[[socket.socket], None]:
    """Send `piece` without end."""

    def behave(sock: socket.socket) -> None:
        sock.settimeout(20)
        answering(OK)(sock)
        while True:
            sock.sendall(piece)

    return behave


BAD: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "404": (answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "fetch-status"),
    "redirect": (
        answering(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
        "fetch-status",
    ),
    "another protocol": (
        answering(b"HTTP/1.1 101 Fine\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nx"),
        "fetch-status",
    ),
    "no HTTP": (answering(b"SSH-2.0-x\r\n"), "fetch-garbage"),
    "nothing": (answering(), "fetch-closed"),
    "half a head": (answering(OK), "fetch-closed"),
    "half a body": (answering(OK + b"Content-Length: 60\r\n\r\nanswer"), "fetch-closed"),
    "half a chunk": (answering(OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\nan"), "fetch-closed"),
    "one byte too much": (answering(OK + b"\r\n" + bytes(BOUND + 1)), "fetch-size"),
    "body without end": (flooding(b"\r\n" + b"x" * 4_096), "fetch-size"),
    "head without end": (flooding(b"X: " + b"y" * 1_000 + b"\r\n"), "fetch-size"),
    "silence": (stalling(), "fetch-timeout"),
    "half a body, then silence": (stalling(OK + b"Content-Length: 60\r\n\r\nanswer"), "fetch-timeout"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_answer_is_an_error_in_words(case: str) -> None:
    behave, code = BAD[case]
    faults: list[Any] = []
    globalLogPublisher.addObserver(observe := lambda event: faults.append(event) if event.get("isError") else None)
    with peer(behave) as port, pytest.raises(UnavailableError) as caught:
        fetch(f"http://127.0.0.1:{port}/", seconds=1 if code == "fetch-timeout" else 10)
    globalLogPublisher.removeObserver(observe)
    assert caught.value.code == code
    assert faults == []


def test_closed_port_is_an_error_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(UnavailableError, match="refused") as caught:
        fetch(f"http://127.0.0.1:{port}/")
    assert caught.value.code == "fetch-connect"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http://user@example.com/",
        "http://example.com:99999/",
        "http://example.com/\r\nX: y",
        "http://example.com/ x",
        "http:///x",
        "",
    ],
)
def test_address_of_another_kind_is_not_fetched(url: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        fetch(url)
    assert caught.value.code == "fetch-address"


@pytest.mark.parametrize("more", [0, 1])
def test_head_of_exactly_the_bound_passes(more: int) -> None:
    end = b"\r\nContent-Length: 6\r\n\r\n"
    head = OK + b"X: ".ljust(MAX_FETCHED_HEAD - len(OK) - len(end) + more, b"y") + end
    assert len(head) == MAX_FETCHED_HEAD + more
    with peer(answering(head + b"answer")) as port:
        if not more:
            assert fetch(f"http://127.0.0.1:{port}/") == b"answer"
            return
        with pytest.raises(UnavailableError) as caught:
            fetch(f"http://127.0.0.1:{port}/")
        assert caught.value.code == "fetch-size"


def test_chunks_without_end_and_with_little_in_them_are_too_much() -> None:
    chunk = b"1;" + b"x" * 2_000 + b"\r\na\r\n"
    with peer(answering(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 100)) as port:
        with pytest.raises(UnavailableError) as caught:
            fetch(f"http://127.0.0.1:{port}/")
        assert caught.value.code == "fetch-size"
