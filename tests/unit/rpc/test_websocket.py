"""WebSocket messages are the same however their bytes were cut; bounds, and what is not served."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import events
from wsproto.connection import Connection, ConnectionType

from sertwist.errors import PeerError
from sertwist.rpc.http_policy import HttpRefusal
from sertwist.rpc.http_request import HttpHead, HttpRequest
from sertwist.rpc.websocket import WebSocketFramer, accept_handshake, text_frame

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def client() -> Connection:
    return Connection(ConnectionType.CLIENT)


def items(framer: WebSocketFramer) -> list[tuple[bytes | None, bool]]:
    found = []
    while (item := framer.next()) is not None:
        found.append((item.message, item.ends))
    return found


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(TEXT, max_size=5), st.lists(st.integers(1, 60), max_size=40))
def test_messages_are_the_same_however_they_were_cut(texts: list[str], cuts: list[int]) -> None:
    ours = client()
    data = b"".join(ours.send(events.TextMessage(data=text)) for text in texts)
    framer, got = WebSocketFramer(1000), []
    for cut in [*cuts, len(data)]:
        framer.feed(data[:cut])
        data = data[cut:]
        got += items(framer)
    assert got == [(text.encode(), False) for text in texts]


@given(st.binary(max_size=200))
def test_any_bytes_are_items_or_a_refusal(data: bytes) -> None:
    framer = WebSocketFramer(100)
    framer.feed(data)
    try:
        got = items(framer)
    except PeerError:
        return
    assert all(message is None or len(message.decode()) <= 100 for message, _ in got)


@pytest.mark.parametrize("over", [0, 1])
def test_the_bound_holds_over_fragments(over: int) -> None:
    ours, framer = client(), WebSocketFramer(100)
    framer.feed(ours.send(events.TextMessage(data="a" * 60, message_finished=False)))
    framer.feed(ours.send(events.TextMessage(data="b" * (40 + over), message_finished=True)))
    if over:
        with pytest.raises(PeerError):
            framer.next()
    else:
        assert framer.next() is not None


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x05hello",  # not masked
        b"\xff\xff\xff\xff",
        b"\x82\x81\0\0\0\0x",  # octets
        b"\x81\x81\0\0\0\0\xff",  # no UTF-8
        b"\xc1\x81\0\0\0\0x",  # compressed
    ],
)
def test_what_is_not_served_ends_the_connection(data: bytes) -> None:
    framer = WebSocketFramer(100)
    framer.feed(data)
    item = framer.next()
    assert item is not None
    assert (item.message, item.ends) == (None, True)
    assert item.reply[:1] == b"\x88"


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_are_read_by_others(size: int) -> None:
    ours = client()
    ours.receive_data(text_frame(b"x" * size))
    text = "".join(event.data for event in ours.events() if isinstance(event, events.TextMessage))
    assert text == "x" * size


def handshake(**changed: bytes | None) -> HttpRequest:
    fields = {
        b"upgrade": b"websocket",
        b"connection": b"keep-alive, Upgrade",
        b"sec-websocket-key": KEY,
        b"sec-websocket-version": b"13",
        b"sec-websocket-protocol": b"other, jsonrpc",
    }
    for name, value in changed.items():
        if value is None:
            del fields[name.replace("_", "-").encode()]
        else:
            fields[name.replace("_", "-").encode()] = value
    head = HttpHead(("GET", "/jsonrpc", "1.1"), fields, b"", keep_alive=True, length=0, expects_continue=False)
    return HttpRequest(head)


def test_the_handshake_is_answered_as_the_rfc_has_it() -> None:
    found = accept_handshake(handshake())
    assert isinstance(found, list)
    assert ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") in found
    assert ("Sec-WebSocket-Protocol", "jsonrpc") in found


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"sec_websocket_version": b"8"}, 426),
        ({"sec_websocket_key": b"short"}, 400),
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_protocol": b"chat"}, 400),
        ({"sec_websocket_protocol": None}, 400),
        ({"connection": b"keep-alive"}, 400),
    ],
)
def test_a_wrong_handshake_is_refused(changed: dict[str, bytes | None], status: int) -> None:
    found = accept_handshake(handshake(**changed))
    assert isinstance(found, HttpRefusal)
    assert found.status == status
