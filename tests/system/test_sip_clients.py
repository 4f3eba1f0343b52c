"""SIP as clients speak it: sipsak, SIPp, and streams cut and joined in every way."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.running import RunningServer, minimal_script, options_request, read_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[1] / "data"


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _read_answers(sock: Any, count: int) -> list[bytes]:
    """So many answers without a body."""
    data = b""
    while data.count(b"\r\n\r\n") < count:
        chunk = sock.recv(65_536)
        assert chunk, f"closed after {data!r}"
        data += chunk
    answers = data.split(b"\r\n\r\n")
    assert answers.pop() == b""
    return answers


# -- other people's clients -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_sipsak_is_answered(minimal_server: RunningServer, protocol: str) -> None:
    port = minimal_server.ports[protocol]
    done = subprocess.run(
        [_program("sipsak"), "-vv", "-E", protocol, "-s", f"sip:x@127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SIP/2.0 200 OK" in done.stdout


@pytest.mark.parametrize(("transport", "protocol"), [("u1", "udp"), ("un", "udp"), ("t1", "tcp"), ("tn", "tcp")])
def test_every_call_of_sipp_is_answered(
    minimal_server: RunningServer, tmp_path: Path, transport: str, protocol: str
) -> None:
    target = f"127.0.0.1:{minimal_server.ports[protocol]}"
    done = subprocess.run(
        [_program("sipp"), target, "-sf", DATA / "sipp-options.xml", "-t", transport, "-i", "127.0.0.1",
         "-m", "200", "-r", "2000", "-l", "50", "-max_socket", "100", "-nostdin",
         "-timeout", "20", "-timeout_error", "-trace_err"],
        cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    errors = "".join(path.read_text() for path in tmp_path.glob("*errors.log"))
    assert done.returncode == 0, errors or done.stdout[-2000:]
    assert errors == ""


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stream(minimal_server: RunningServer) -> Iterator[socket.socket]:
    with minimal_server.connect("tcp") as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


def test_each_is_answered_in_order_when_one_segment_holds_many(stream: socket.socket) -> None:
    stream.sendall(b"".join(options_request("TCP", f"z9hG4bK{number}") for number in range(50)))
    answers = _read_answers(stream, 50)
    assert [answer.startswith(b"SIP/2.0 200 OK\r\n") for answer in answers] == [True] * 50
    assert [f"Call-ID: z9hG4bK{number}@x".encode() in answer for number, answer in enumerate(answers)] == [True] * 50


def test_message_is_answered_once_when_it_is_cut_anywhere(stream: socket.socket) -> None:
    message = options_request("TCP")
    for cut in range(1, len(message)):
        stream.sendall(message[:cut])
        stream.sendall(message[cut:])
        (answer,) = _read_answers(stream, 1)
        assert answer.startswith(b"SIP/2.0 200 OK\r\n")


def test_message_is_answered_once_when_it_comes_in_single_bytes(stream: socket.socket) -> None:
    message = options_request("TCP")
    for byte in message:
        stream.sendall(bytes((byte,)))
    (answer,) = _read_answers(stream, 1)
    assert answer.startswith(b"SIP/2.0 200 OK\r\n")


def test_body_is_no_message_when_it_looks_like_one(stream: socket.socket) -> None:
    hidden = options_request("TCP", "z9hG4bKhidden")
    outer = options_request("TCP").replace(b"Content-Length: 0", b"Content-Length: %d" % len(hidden))
    stream.sendall(outer + hidden + options_request("TCP", "z9hG4bKnext"))
    first, second = _read_answers(stream, 2)
    assert b"z9hG4bKa@x" in first
    assert b"z9hG4bKnext@x" in second


def test_ping_is_answered_by_pong_between_messages(stream: socket.socket) -> None:
    """RFC 5626 3.5.1: two line ends ask, one answers."""
    for _ in range(3):
        stream.sendall(options_request("TCP"))
        assert len(_read_answers(stream, 1)) == 1
        for cut in range(4):
            stream.sendall(b"\r\n\r\n"[:cut])
            stream.sendall(b"\r\n\r\n"[cut:])
            assert stream.recv(65_536) == b"\r\n"


def test_single_line_end_before_a_message_is_passed_over(stream: socket.socket) -> None:
    """RFC 3261 7.5; it is half a ping and answered by nothing."""
    stream.sendall(b"\r\n" + options_request("TCP"))
    (answer,) = _read_answers(stream, 1)
    assert answer.startswith(b"SIP/2.0 200 OK\r\n")


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"\r\n", b"\0\0\0\0", b"", b"jaK"])
def test_keep_alive_datagram_is_no_message(minimal_server: RunningServer, data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", minimal_server.ports["udp"]))
        sock.settimeout(15)
        sock.send(data)
        sock.send(options_request("UDP"))
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 OK\r\n")


# -- what is never answered -------------------------------------------------------------------------------------------

RESPONSE = b"SIP/2.0 200 OK\r\n" + options_request("UDP", "z9hG4bKr").partition(b"\r\n")[2]
CRAZY_ACK = options_request("UDP", "z9hG4bKk", "ACK").replace(b"Max-Forwards: 70", b"Max-Forwards: many")
SILENT = {
    "ACK": options_request("UDP", "z9hG4bKk", "ACK"),
    "ACK that is not sane": CRAZY_ACK,
    "ACK of another version": CRAZY_ACK.replace(b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia"),
    "ACK without Call-ID": options_request("UDP", "z9hG4bKk", "ACK").replace(b"Call-ID", b"X-Call-ID"),
    "response": RESPONSE,
    "response that is not sane": RESPONSE.replace(b"CSeq: 1", b"CSeq: x"),
    "response without Via": RESPONSE.replace(b"Via:", b"X:"),
    "response cut off": RESPONSE[:-40],
}


def _assert_silent(server: RunningServer, message: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", server.ports["udp"]))
        sock.settimeout(15)
        sock.send(message)
        sock.send(options_request("UDP", "z9hG4bKprobe").replace(b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE"))
        answer = sock.recv(65_536)
        assert b"z9hG4bKprobe" in answer
        assert answer.startswith(b"SIP/2.0 400 ")


@pytest.mark.parametrize("message", SILENT.values(), ids=SILENT)
def test_nothing_is_answered_to_an_ack_or_a_response(minimal_server: RunningServer, message: bytes) -> None:
    _assert_silent(minimal_server, message)


@pytest.mark.parametrize("name", ["ACK", "ACK that is not sane", "ACK without Call-ID", "response"])
def test_nothing_is_answered_to_an_ack_or_a_response_on_a_stream(minimal_server: RunningServer, name: str) -> None:
    with minimal_server.connect("tcp") as sock:
        sock.sendall(SILENT[name].replace(b"/UDP", b"/TCP"))
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == b""


# -- scripts that do not answer ---------------------------------------------------------------------------------------


def _script(body: str) -> str:
    """conf/minimal.cfg with another route block."""
    return minimal_script().partition("route {")[0] + f"route {{ {body} }}\n"


@pytest.fixture(scope="module")
def undecided_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """A server whose script drops INFO, says nothing to the rest."""
    text = _script('if (method == "INFO") { drop; }; exit;')
    server = RunningServer.start(tmp_path_factory.mktemp("undecided"), text, pki, ())
    yield server
    server.assert_unharmed()


def test_request_is_answered_500_when_the_script_does_not_answer_it(undecided_server: RunningServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", undecided_server.ports["udp"]))
        sock.settimeout(15)
        # The Via has `rport`, so that the answer comes here (RFC 3581).
        sock.send(options_request("UDP"))
        assert sock.recv(65_536).startswith(b"SIP/2.0 500 ")
    with undecided_server.connect("tcp") as sock:
        sock.sendall(options_request("TCP"))
        (answer,) = _read_answers(sock, 1)
        assert answer.startswith(b"SIP/2.0 500 ")


def test_nothing_is_answered_when_the_script_drops_the_request(undecided_server: RunningServer) -> None:
    _assert_silent(undecided_server, options_request("UDP", "z9hG4bKi", "INFO"))
    with undecided_server.connect("tcp") as sock:
        sock.sendall(options_request("TCP", "z9hG4bKi", "INFO"))
        sock.sendall(options_request("TCP", "z9hG4bKo"))
        (answer,) = _read_answers(sock, 1)
        assert b"z9hG4bKo@x" in answer


def test_ack_is_silent_when_the_script_does_not_answer(undecided_server: RunningServer) -> None:
    _assert_silent(undecided_server, options_request("UDP", "z9hG4bKk", "ACK"))
