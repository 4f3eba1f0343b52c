"""The client's core: connections that are kept, bounds on answers, what is sent again (nothing)."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import pytest

from sertwist.client.credentials import Credentials
from sertwist.client.endpoint import parse_url
from sertwist.client.failure import ExitCode, Failure
from sertwist.client.session import Session, Target
from tests.system.serctl.peer import result_document

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.system.serctl.peer import Peer


@pytest.fixture
def target(peer: Peer, pki: Path) -> Target:
    bob = Credentials(cacert=pki / "ca.pem", cert=pki / "bob.pem", key=pki / "bob.key")
    return Target(endpoint=parse_url(peer.url), credentials=bob)


def test_connection_is_kept_when_calls_follow_one_another(peer: Peer, target: Target) -> None:
    with Session(target) as session:
        assert [session.call("core.version") for _ in range(3)] == ["sertwist 0.1.0"] * 3
    assert peer.accepted == 1


def test_connection_is_opened_again_when_the_server_closed_it_between_calls(peer: Peer, target: Target) -> None:
    def last(handler: BaseHTTPRequestHandler) -> None:
        # Says nothing of closing, and closes.
        document = result_document("x")
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(document) + document)
        handler.close_connection = True

    with Session(target) as session:
        session.call("core.version")
        peer.raw = last
        assert session.call("core.version") == "x"
        peer.raw = None
        assert session._sock is not None
        assert select.select([session._sock], [], [], 5)[0], "the server's end never came"
        assert session.call("core.version") == "sertwist 0.1.0"
    assert peer.accepted == 2
    assert len(peer.calls) == 3


def test_connection_is_closed_when_an_answer_was_lost(peer: Peer, target: Target) -> None:
    with Session(target) as session:
        peer.raw = lambda handler: setattr(handler, "close_connection", True)
        with pytest.raises(Failure) as caught:
            session.call("core.version")
        assert caught.value.exit_code == ExitCode.UNKNOWN_OUTCOME
        assert session.pending == "core.version"
        peer.raw = None
        assert session.call("core.version") == "sertwist 0.1.0"
        assert session.pending == ""
    assert len(peer.calls) == 2


def test_answer_is_bounded_when_it_is_one_byte_larger(peer: Peer, target: Target) -> None:
    document = result_document("x" * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(document)
    peer.raw = lambda handler: handler.wfile.write(head + document)  # type: ignore[assignment,return-value]
    size = len(head) + len(document)
    bounded = Target(endpoint=target.endpoint, credentials=target.credentials, max_answer=size)
    with Session(bounded) as session:
        assert session.call("m") == "x" * 1000
    smaller = Target(endpoint=target.endpoint, credentials=target.credentials, max_answer=size - 1)
    with Session(smaller) as session, pytest.raises(Failure) as caught:
        session.call("m")
    assert caught.value.exit_code == ExitCode.BAD_ANSWER
    assert f"more than {size - 1} bytes" in str(caught.value)


def test_answer_is_bounded_when_it_never_ends(peer: Peer, target: Target) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            handler.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    peer.raw = endless
    bounded = Target(endpoint=target.endpoint, credentials=target.credentials, max_answer=100_000)
    with Session(bounded) as session, pytest.raises(Failure) as caught:
        session.call("m")
    assert caught.value.exit_code == ExitCode.BAD_ANSWER


def test_argument_is_refused_when_xml_rpc_cannot_carry_it(peer: Peer, target: Target) -> None:
    with Session(target) as session, pytest.raises(Failure) as caught:
        session.call("m", [2**63])
    assert caught.value.exit_code == ExitCode.USAGE
    assert peer.accepted == 0
