"""The messages of RFC 4475 and RFC 5118 over the wire, to a server that answers every sane request with 200."""

from __future__ import annotations

import contextlib
import csv
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.running import options_request, read_to_end

if TYPE_CHECKING:
    from tests.system.running import RunningServer

FOLDER = Path(__file__).parents[1] / "torture"
PROBE = "z9hG4bKprobe"


def _verdicts() -> list[tuple[str, frozenset[str]]]:
    with (FOLDER / "verdicts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (row["file"].replace("rfc5118/", "rfc5118-wire/"), frozenset(row["ok_outcomes"].split("|"))) for row in rows
    ]


VERDICTS = _verdicts()
# A whole message is answered; these two never become one, so that a stream waits for more and a datagram is refused.
NEVER_WHOLE = {"rfc4475/clerr.dat", "rfc4475/baddn.dat"}
# Without one Content-Length a stream can't be cut (RFC 3261 18.3): 400, whatever a datagram gets.
UNCUTTABLE = {"rfc4475/inv2543.dat", "rfc4475/ncl.dat", "rfc4475/mcl01.dat"}


def _outcome(message: bytes, answer: bytes) -> str:
    """What the table calls it: ACCEPT, a status, DROP; silence is right for a response that is accepted."""
    if not answer:
        return "DROP"
    assert not message.startswith(b"SIP/2.0 "), "a response was answered"
    assert answer.startswith(b"SIP/2.0 ")
    status = answer.split(b" ", 2)[1].decode()
    return "ACCEPT" if status == "200" else status


def _allowed(message: bytes, verdict: frozenset[str]) -> frozenset[str]:
    if message.startswith(b"SIP/2.0 "):
        return frozenset({"DROP"})  # what is accepted of a response that belongs to no request shows nowhere
    return verdict | {"ACCEPT"} if "LENIENT" in verdict else verdict


def _answers_of_datagram(server: RunningServer, message: bytes) -> list[bytes]:
    """What is answered to `message` before the answer to a request sent after it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", server.ports["udp"]))
        sock.settimeout(15)
        sock.send(message)
        sock.send(options_request("UDP", PROBE))
        answers: list[bytes] = []
        while PROBE.encode() not in (answer := sock.recv(65_536)):
            answers.append(answer)
        assert answer.startswith(b"SIP/2.0 200 ")
        return answers


def test_the_table_names_every_message() -> None:
    assert len(VERDICTS) == 62
    assert {name for name, _ in VERDICTS} == {p.relative_to(FOLDER).as_posix() for p in FOLDER.glob("rfc*/*")}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS)
def test_outcome_is_allowed_and_the_server_goes_on_when_sent_as_datagram(
    minimal_server: RunningServer, name: str, verdict: frozenset[str]
) -> None:
    message = (FOLDER / name).read_bytes()
    answers = _answers_of_datagram(minimal_server, message)
    assert len(answers) <= 1
    assert _outcome(message, b"".join(answers)) in _allowed(message, verdict)


@pytest.mark.parametrize(("name", "verdict"), VERDICTS)
def test_outcome_is_allowed_and_the_server_goes_on_when_sent_on_a_stream(
    minimal_server: RunningServer, name: str, verdict: frozenset[str]
) -> None:
    message = (FOLDER / name).read_bytes()
    with minimal_server.connect("tcp") as sock:
        sock.sendall(message)
        with contextlib.suppress(OSError):  # what is no SIP was reset by now
            sock.shutdown(socket.SHUT_WR)
        answer = read_to_end(sock)
    outcome = _outcome(message, answer)
    if name in NEVER_WHOLE:
        assert answer == b""
    elif name in UNCUTTABLE:
        assert outcome == "400"
    else:
        assert outcome in _allowed(message, verdict)
    with minimal_server.connect("tcp") as sock:
        sock.sendall(options_request("TCP"))
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 OK\r\n")


def test_rest_of_a_message_is_waited_for_when_its_length_says_so(minimal_server: RunningServer) -> None:
    """clerr over TCP: its 9,999 octets of body are waited for, and then it is a request (RFC 4475 3.1.2.2)."""
    message = (FOLDER / "rfc4475/clerr.dat").read_bytes()
    with minimal_server.connect("tcp") as sock:
        sock.sendall(message)
        sock.sendall(b"x" * (9_998 - len(message.partition(b"\r\n\r\n")[2])))
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(15)
        sock.sendall(b"x")
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 OK\r\n")


def test_second_request_in_one_datagram_is_ignored_but_on_a_stream_answered(minimal_server: RunningServer) -> None:
    message = (FOLDER / "rfc4475/dblreq.dat").read_bytes()
    (answer,) = _answers_of_datagram(minimal_server, message)
    assert b"\r\nCSeq: 8 REGISTER\r\n" in answer
    with minimal_server.connect("tcp") as sock:
        sock.sendall(message)
        sock.shutdown(socket.SHUT_WR)
        answers = read_to_end(sock)
    assert b"8 REGISTER" in answers
    assert b"INVITE" in answers
