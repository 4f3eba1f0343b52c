"""Stateless forwarding over every transport, and the way that responses take back (RFC 3261 16.11, 18.2.2)."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names
from tests.next_hop import RecordingHop, answer_to, server_context, whole_message
from tests.system.issuing import open_authority, write_credential
from tests.system.running import RunningServer, call_document, options_request, read_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.conftest import StartServer

SCRIPT = """
loadmodule "sl"
loadmodule "tls"
modparam("tls", "certificate", "{pki}/server.pem")
modparam("tls", "private_key", "{pki}/server.key")
modparam("tls", "ca_list", "{pki}/ca.pem")
modparam("tls", "ca_list", "@{pki}/ca.pem")
modparam("tls", "verify_certificate", 1)
listen = udp:{host}:0
listen = tcp:{host}:0
listen = tls:{host}:0
route {{
{route}
}}
"""


class Hop:
    """A next hop over UDP, which answers nothing by itself."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.settimeout(20)
        self.port: int = self.sock.getsockname()[1]
        self.source: Any = None

    def message(self) -> bytes:
        data, self.source = self.sock.recvfrom(65_536)
        return data

    def answer(self, request: bytes, status: str = "200 OK") -> None:
        self.sock.sendto(answer_to(request, status), self.source)


@pytest.fixture
def hop() -> Iterator[Hop]:
    made = Hop()
    yield made
    made.sock.close()


@pytest.fixture
def caller() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)
        yield sock


def _start(start_server: StartServer, pki: Path, route: str, host: str = "127.0.0.1") -> RunningServer:
    return start_server(SCRIPT.format(pki=pki, route=route, host=host))


def _ask(caller: socket.socket, server: RunningServer, request: bytes) -> None:
    caller.sendto(request, ("127.0.0.1", server.ports["udp"]))


def _receive(sock: Any) -> bytes:
    data = b""
    while not whole_message(data):
        chunk = sock.recv(65_536)
        if not chunk:
            raise ConnectionError(f"closed after {data!r}")
        data += chunk
    return data


def _status(message: bytes) -> str:
    return message.partition(b"\r\n")[0].decode().removeprefix("SIP/2.0 ")


# -- requests ---------------------------------------------------------------------------------------------------------


def test_request_goes_on_and_its_responses_come_back(
    start_server: StartServer, pki: Path, hop: Hop, caller: socket.socket
) -> None:
    server = _start(start_server, pki, f'forward("127.0.0.1", {hop.port});')
    request = options_request("UDP", "z9hG4bKone", "INVITE")
    _ask(caller, server, request)
    sent = hop.message()
    assert hop.source == ("127.0.0.1", server.ports["udp"])
    lines = sent.decode().split("\r\n")
    assert re.fullmatch(rf"Via: SIP/2.0/UDP 127.0.0.1:{server.ports['udp']};branch=z9hG4bK\w+;i=[\w-]+", lines[1])
    assert lines[2].endswith(f"rport={caller.getsockname()[1]};received=127.0.0.1")
    assert "Max-Forwards: 69" in lines
    for status in ("100 Trying", "180 Ringing", "200 OK"):
        hop.answer(sent, status)
        response = _receive(caller)
        assert _status(response) == status
        assert response.count(b"Via: ") == 1
    # A retransmission, the ACK of a refusal and the CANCEL have the branch of their request.
    for again in (request, options_request("UDP", "z9hG4bKone", "ACK"), options_request("UDP", "z9hG4bKone", "CANCEL")):
        _ask(caller, server, again)
        assert hop.message().decode().split("\r\n")[1] == lines[1]
    _ask(caller, server, options_request("UDP", "z9hG4bKtwo", "INVITE"))
    assert hop.message().decode().split("\r\n")[1] != lines[1]
    server.assert_unharmed()


def test_request_goes_on_over_ipv6(start_server: StartServer, pki: Path) -> None:
    far, near = Hop("::1"), Hop("::1")
    server = _start(start_server, pki, "forward(uri:host, uri:port);", "[::1]")
    request = options_request("UDP").replace(b"sip:x@localhost SIP", b"sip:x@[::1]:%d SIP" % far.port)
    near.sock.sendto(request, ("::1", server.ports["udp"]))
    sent = far.message()
    assert f"Via: SIP/2.0/UDP [::1]:{server.ports['udp']};branch=".encode() in sent
    far.answer(sent)
    assert _status(near.message()) == "200 OK"
    server.assert_unharmed()


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_stream_caller_is_answered_on_its_connection(
    start_server: StartServer, pki: Path, hop: Hop, protocol: str
) -> None:
    server = _start(start_server, pki, f'forward_udp("127.0.0.1", {hop.port});')
    with server.connect(protocol) as sock:
        for branch in ("z9hG4bK1", "z9hG4bK2"):
            sock.sendall(options_request(protocol.upper(), branch))
        first, second = hop.message(), hop.message()
        hop.answer(second)
        assert b"z9hG4bK2" in _receive(sock)
        hop.answer(first)
        assert b"z9hG4bK1" in _receive(sock)
    server.assert_unharmed()


def test_datagram_without_a_length_goes_on_over_tcp_with_one(
    start_server: StartServer, pki: Path, caller: socket.socket
) -> None:
    with RecordingHop() as hop:
        server = _start(start_server, pki, f'forward_tcp("localhost", {hop.port});')
        request = options_request("UDP").replace(b"Content-Length: 0\r\n\r\n", b"\r\nbody")
        _ask(caller, server, request)
        call = hop.call()
        sent = call.message()
        assert sent.endswith(b"\r\nContent-Length: 4\r\n\r\nbody")
        assert b"\r\nVia: SIP/2.0/TCP 127.0.0.1:%d;" % server.ports["tcp"] in sent
        call.sock.sendall(answer_to(sent))
        assert _status(_receive(caller)) == "200 OK"
        server.assert_unharmed()


def test_script_can_try_another_next_hop(start_server: StartServer, pki: Path, hop: Hop, caller: socket.socket) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and does not listen
        server = _start(
            start_server,
            pki,
            f"""
            if (uri =~ "^sip:only@") {{ forward_tcp("127.0.0.1", {unused.getsockname()[1]}); exit; }}
            if (uri =~ "^sip:reply@") {{
                if (!forward_tcp("127.0.0.1", {unused.getsockname()[1]})) {{ sl_reply("404", "Gone"); }}
                exit;
            }}
            if (!forward_tcp("127.0.0.1", {unused.getsockname()[1]})) {{ forward("127.0.0.1", {hop.port}); }}
            """,
        )
        _ask(caller, server, options_request("UDP"))
        hop.answer(hop.message(), "200 OK")
        assert _status(_receive(caller)) == "200 OK"
        _ask(caller, server, options_request("UDP").replace(b"sip:x@", b"sip:only@", 1))
        assert _status(_receive(caller)) == "500 Next Hop Not Reachable"
        _ask(caller, server, options_request("UDP").replace(b"sip:x@", b"sip:reply@", 1))
        assert _status(_receive(caller)) == "404 Gone"
        assert "connection refused" in server.wait_for("cannot connect to tcp:127.0.0.1")
        # An ACK is never answered: what comes next is the answer to the request behind it.
        ack = options_request("UDP", "z9hG4bKack", "ACK").replace(b"sip:x@", b"sip:only@", 1)
        _ask(caller, server, ack)
        _ask(caller, server, options_request("UDP", "z9hG4bKlast").replace(b"sip:x@", b"sip:reply@", 1))
        assert b"z9hG4bKlast" in _receive(caller)
        server.assert_unharmed()


@pytest.mark.parametrize(
    ("request_uri", "status", "words"),
    [
        ("sips:x@localhost", "500", "a sips request may not go on over UDP"),
        ("tel:+1234", "500", "is no SIP URI"),
        ("sip:x@no-such-name.invalid", "500", "no-such-name.invalid: the name can't be resolved"),
        ("sip:x@localhost;transport=sctp", "500", "asks for a transport that is not available"),
    ],
)
def test_request_that_can_not_go_on_is_refused_and_the_log_says_why(
    start_server: StartServer, pki: Path, caller: socket.socket, request_uri: str, status: str, words: str
) -> None:
    route = "forward_udp();" if request_uri.startswith("sips:") else "forward();"
    server = _start(start_server, pki, route)
    _ask(caller, server, options_request("UDP").replace(b"sip:x@localhost SIP", request_uri.encode() + b" SIP"))
    assert _status(_receive(caller)).startswith(status)
    assert words in server.wait_for("not forwarded")
    server.assert_unharmed()


def test_request_without_hops_left_is_refused(
    start_server: StartServer, pki: Path, hop: Hop, caller: socket.socket
) -> None:
    server = _start(start_server, pki, f'forward("127.0.0.1", {hop.port});')
    last = options_request("UDP").replace(b"Max-Forwards: 70", b"Max-Forwards: 1")
    _ask(caller, server, last)
    assert b"\r\nMax-Forwards: 0\r\n" in hop.message()
    _ask(caller, server, last.replace(b"Max-Forwards: 1", b"Max-Forwards: 0"))
    assert _status(_receive(caller)) == "483 Too Many Hops"
    server.assert_unharmed()


def test_management_call_has_no_next_hop(start_server: StartServer, pki: Path) -> None:
    script = SCRIPT.format(pki=pki, host="127.0.0.1", route="if (!forward()) { dispatch_rpc(); }")
    server = start_server(script.replace('loadmodule "sl"', 'loadmodule "sl"\nloadmodule "xmlrpc"'))
    connection = server.http("bob")
    connection.request("POST", "/RPC2", call_document(), {"Content-Type": "text/xml"})
    assert b"sertwist" in connection.getresponse().read()
    server.assert_unharmed()


# -- responses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("no_connect", [False, True])
def test_response_is_brought_to_a_caller_whose_connection_is_gone_unless_the_script_forbids_it(
    start_server: StartServer, pki: Path, hop: Hop, caller: socket.socket, no_connect: bool
) -> None:
    words = "set_reply_no_connect(); " if no_connect else ""
    server = _start(start_server, pki, f'{words}forward_udp("127.0.0.1", {hop.port});')
    with RecordingHop() as home:
        with server.connect("tcp") as sock:
            sock.sendall(options_request("TCP").replace(b"127.0.0.1:9", b"127.0.0.1:%d" % home.port))
            sent = hop.message()
        _until_closed(server)
        hop.answer(sent)
        if no_connect:
            _ask(caller, server, options_request("UDP", "z9hG4bKnext"))  # the response before it has been handled then
            hop.answer(hop.message())
            assert b"z9hG4bKnext" in _receive(caller)
            assert home.accepted == 0
        else:
            assert _status(home.call().message()) == "200 OK"
        server.assert_unharmed()


def _until_closed(server: RunningServer) -> None:
    """Until the server has seen the end of the connection: a new one, made after it, has been looked at."""
    with server.connect("tcp") as sock:
        sock.sendall(b"neither SIP nor HTTP\r\n")
        assert read_to_end(sock) == b""


@pytest.mark.parametrize("name", ["localhost", "other.example"])
def test_response_is_brought_over_tls_only_to_the_name_in_the_via(
    start_server: StartServer, pki: Path, hop: Hop, tmp_path: Path, name: str
) -> None:
    profile = Profile(alternative_names=alternative_names(name), usages=(SERVER_AUTH,))
    home_certificate = write_credential(tmp_path, open_authority(pki), profile)
    server = _start(start_server, pki, f'forward_udp("127.0.0.1", {hop.port});')
    with RecordingHop(server_context(home_certificate)) as home:
        with server.connect("tls") as sock:
            sock.sendall(options_request("TLS").replace(b"127.0.0.1:9", b"localhost:%d" % home.port))
            sent = hop.message()
        _until_closed(server)
        hop.answer(sent)
        if name == "localhost":
            assert _status(home.call().message()) == "200 OK"
        else:
            assert "is for other.example, not for localhost" in server.wait_for("response not passed on")
            assert home.call().sock.recv(65_536) == b""
        server.assert_unharmed()


def test_response_that_answers_nothing_forwarded_here_goes_nowhere(
    start_server: StartServer, pki: Path, hop: Hop, caller: socket.socket
) -> None:
    """A stranger can't have a datagram sent to a victim, not even one who knows what a real response looks like."""
    server = _start(start_server, pki, f'forward("127.0.0.1", {hop.port});')
    victim = Hop()
    _ask(caller, server, options_request("UDP"))
    sent = hop.message()
    real, port = answer_to(sent), b"rport=%d" % caller.getsockname()[1]
    assert port in real
    forged = [
        real.replace(port, b"rport=%d" % victim.port),
        re.sub(rb"Via: SIP/2.0/UDP 127.0.0.1:9;[^\r]*", b"Via: SIP/2.0/UDP 127.0.0.1:%d" % victim.port, real),
        re.sub(rb";i=[^\r]*", b"", real).replace(port, b"rport=%d" % victim.port),
        b"\r\n".join(line for line in real.split(b"\r\n") if b";i=" not in line),
        re.sub(rb";i=u", b";i=c", real),
    ]
    for response in forged:
        assert response != real
        hop.sock.sendto(response, ("127.0.0.1", server.ports["udp"]))
    hop.answer(sent)
    assert _status(_receive(caller)) == "200 OK"  # what came before it has been handled then
    victim.sock.settimeout(0)
    with pytest.raises(BlockingIOError):
        victim.sock.recv(65_536)
    caller.settimeout(0)
    with pytest.raises(BlockingIOError):
        caller.recv(65_536)
    server.assert_unharmed()


def test_malformed_response_over_a_stream_ends_the_connection_alone(
    start_server: StartServer, pki: Path, caller: socket.socket
) -> None:
    with RecordingHop() as hop:
        server = _start(start_server, pki, f'forward_tcp("localhost", {hop.port});')
        _ask(caller, server, options_request("UDP", "z9hG4bK1"))
        call = hop.call()
        call.message()
        call.sock.sendall(b"SIP/2.0 200 OK\r\nnonsense\r\n\r\n")
        assert call.sock.recv(65_536) == b""
        _ask(caller, server, options_request("UDP", "z9hG4bK2"))
        call = hop.call()
        call.answer(call.message())
        assert b"z9hG4bK2" in _receive(caller)
        server.assert_unharmed()


def test_next_hop_may_send_requests_on_the_connection_that_we_opened(
    start_server: StartServer, pki: Path, caller: socket.socket, tmp_path: Path
) -> None:
    """They are judged like any other: by who the other end is, here the server that we verified."""
    profile = Profile(common_names=("Hop",), alternative_names=alternative_names("localhost"), usages=(SERVER_AUTH,))
    certificate = write_credential(tmp_path, open_authority(pki), profile)
    with RecordingHop(server_context(certificate)) as hop:
        route = f"""
            if (@tls.peer.verified && @tls.peer == "Hop") {{ sl_reply("200", "Hello Hop"); exit; }}
            forward_tls("localhost", {hop.port});
            """
        server = _start(start_server, pki, route)
        _ask(caller, server, options_request("UDP"))
        call = hop.call()
        assert isinstance(call.sock, ssl.SSLSocket)
        call.message()
        call.sock.sendall(options_request("TLS", "z9hG4bKback"))
        assert _status(_receive(call.sock)) == "200 Hello Hop"
        server.assert_unharmed()
