"""Responses: read by another library, with every field that they must have."""

from __future__ import annotations

import h11
import pytest

from sertwist.rpc.http_response import build_continue, build_response

DATE = b"Mon, 23 Nov 2026 22:49:56 GMT"


def read(data: bytes, method: str = "POST") -> tuple[h11.Response, bytes]:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "a"), ("Content-Length", "0")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    response = client.next_event()
    assert isinstance(response, h11.Response)
    body = b""
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    return response, body


def test_a_response_has_its_fields_and_body() -> None:
    response, body = read(build_response("1.1", 200, body=b"<x/>", keep_alive=True, date=DATE, server="sertwist"))
    assert body == b"<x/>"
    assert (response.status_code, response.reason) == (200, b"OK")
    assert dict(response.headers) == {
        b"content-type": b"text/xml; charset=utf-8",
        b"server": b"sertwist",
        b"cache-control": b"no-store",
        b"x-content-type-options": b"nosniff",
        b"date": DATE,
        b"content-length": b"4",
    }


@pytest.mark.parametrize(
    ("version", "keep_alive", "field"),
    [("1.1", True, None), ("1.1", False, b"close"), ("1.0", True, b"keep-alive"), ("1.0", False, b"close")],
)
def test_the_connections_fate_is_said_where_it_is_not_the_default(
    version: str, keep_alive: bool, field: bytes | None
) -> None:
    data = build_response(version, 200, body=b"a", keep_alive=keep_alive, date=DATE)
    assert data.startswith(f"HTTP/{version} 200 OK\r\n".encode())
    assert dict(read(data)[0].headers).get(b"connection") == field


def test_an_empty_body_has_a_length_and_no_type() -> None:
    response, body = read(build_response("1.1", 404, keep_alive=False, date=DATE, headers=[("Allow", "POST")]))
    assert (response.reason, body) == (b"Not Found", b"")
    fields = dict(response.headers)
    assert (fields[b"content-length"], fields[b"allow"]) == (b"0", b"POST")
    assert b"content-type" not in fields
    assert b"server" not in fields


def test_head_is_answered_with_the_length_of_what_is_left_out() -> None:
    response, body = read(build_response("1.1", 200, body=b"abc", keep_alive=True, date=DATE, head_only=True), "HEAD")
    assert (dict(response.headers)[b"content-length"], body) == (b"3", b"")


def test_204_has_no_length() -> None:
    data = build_response("1.1", 204, keep_alive=True, date=DATE)
    assert b"Content-Length" not in data
    assert read(data)[1] == b""


def test_a_field_can_not_break_its_line() -> None:
    with pytest.raises(ValueError, match="one header line"):
        build_response("1.1", 200, "OK\r\nX: y", keep_alive=True, date=DATE)
    with pytest.raises(ValueError, match="one header line"):
        build_response("1.1", 200, keep_alive=True, date=DATE, headers=[("X", "a\nb")])


def test_continue_is_an_interim_response() -> None:
    assert build_continue() == b"HTTP/1.1 100 Continue\r\n\r\n"
