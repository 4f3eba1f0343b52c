"""A document that is known makes the call that reading it makes; what a caller passed is not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.call import Call
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_request import HttpHead, HttpRequest
from sertwist.rpc.known_calls import KnownCalls
from sertwist.rpc.xmlrpc_reader import read_call

LIMITS = replace(XmlRpcLimits(), max_known=2, max_known_document=100)
CALL = Call("core.version")


def request(body: bytes, charset: str | None = None) -> HttpRequest:
    kind = b"text/xml" if charset is None else f"text/xml; charset={charset}".encode()
    fields = {b"content-type": kind}
    head = HttpHead(("POST", "/RPC2", "1.1"), fields, b"", keep_alive=True, length=len(body), expects_continue=False)
    return HttpRequest(head, body)


def document(name: str, rest: str = "") -> bytes:
    return f"<methodCall><methodName>{name}</methodName>{rest}</methodCall>".encode()


PARAMS = "<params><param><value>secret</value></param></params>"
REQUESTS = [
    request(document(name, rest) + end, charset)
    for name in ("core.version", "core.uptime", "core.kill")
    for rest in ("", PARAMS, "<!-- \u00e9 -->", "<")
    for end in (b"", b"\n")
    for charset in (None, "utf-8", "UTF-8", "us-ascii", "latin-1")
]


def read(asked: HttpRequest) -> Call | str:
    try:
        return read_call(asked.body, LIMITS, charset=asked.charset)
    except Fault as fault:
        return fault.text


@given(st.lists(st.sampled_from(REQUESTS), max_size=30))
def test_known_calls_are_those_that_reading_gives(asked: list[HttpRequest]) -> None:
    known = KnownCalls(LIMITS)
    for each in asked:
        call = known.get(each)
        fresh = read(each)
        assert call in (None, fresh)
        if isinstance(fresh, Call):
            known.keep(each, fresh)


def test_document_is_known_when_it_comes_again_and_while_there_is_room() -> None:
    known = KnownCalls(LIMITS)
    for body in (b"1", b"2", b"3"):
        known.keep(request(body), CALL)
        assert known.get(request(body)) is CALL
    assert [known.get(request(body)) for body in (b"1", b"2", b"3")] == [None, CALL, CALL]


@pytest.mark.parametrize(("size", "kept"), [(100, True), (101, False)])
def test_long_documents_are_not_kept(size: int, kept: bool) -> None:
    known = KnownCalls(LIMITS)
    known.keep(request(b"x" * size), CALL)
    assert (known.get(request(b"x" * size)) is CALL) is kept


def test_calls_with_parameters_are_not_kept() -> None:
    known = KnownCalls(LIMITS)
    known.keep(request(b"x"), Call("auth.set", ("secret",)))
    assert known.get(request(b"x")) is None


@pytest.mark.parametrize("charset", ["us-ascii", "latin-1"])
def test_document_in_another_charset_is_another_document(charset: str) -> None:
    known = KnownCalls(LIMITS)
    known.keep(request(b"x", charset), CALL)
    assert known.get(request(b"x")) is None
    known.keep(request(b"x"), CALL)
    assert known.get(request(b"x", charset)) is None
