"""HTTP on the SIP ports as real clients speak it: versions, keep-alive, chunks, Expect, pipelining, half-close."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import xmlrpc.client
from typing import Any

import pytest
from OpenSSL import SSL

from tests.system.running import RunningServer, call_document, read_response

DOCUMENT = call_document()
HEAD = f"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {len(DOCUMENT)}\r\n"


def _result(body: bytes) -> Any:
    (value,), _ = xmlrpc.client.loads(body)
    return value


@pytest.fixture
def bob(seed_server: RunningServer) -> Any:
    with seed_server.connect("tls", "bob") as sock:
        yield sock


def _is_closed(sock: Any) -> bool:
    try:
        return sock.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def test_connection_is_kept_when_http_1_1_says_nothing(bob: Any) -> None:
    for _ in range(3):
        bob.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        status, fields, body = read_response(bob)
        assert status == 200
        assert str(_result(body)).startswith("sertwist")
        assert fields["content-type"] == "text/xml; charset=utf-8"
        assert fields["x-content-type-options"] == "nosniff"
        assert fields["cache-control"] == "no-store"
        assert "via" not in fields
        assert "connection" not in fields


def test_connection_is_closed_when_the_client_says_close(bob: Any) -> None:
    bob.sendall(HEAD.encode() + b"Connection: close\r\n\r\n" + DOCUMENT)
    status, fields, _ = read_response(bob)
    assert (status, fields["connection"]) == (200, "close")
    assert _is_closed(bob)


@pytest.mark.parametrize("keep", [False, True])
def test_http_1_0_is_closed_unless_it_asks_to_be_kept(bob: Any, keep: bool) -> None:
    head = f"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {len(DOCUMENT)}\r\n"
    bob.sendall((head + ("Connection: keep-alive\r\n\r\n" if keep else "\r\n")).encode() + DOCUMENT)
    status, fields, _ = read_response(bob)
    assert status == 200
    if keep:
        assert fields["connection"].lower() == "keep-alive"
        bob.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        assert read_response(bob)[0] == 200
    else:
        assert _is_closed(bob)


def test_body_is_asked_for_when_the_client_expects_continue(bob: Any) -> None:
    bob.sendall(HEAD.encode() + b"Expect: 100-continue\r\n\r\n")
    assert read_response(bob)[0] == 100
    bob.sendall(DOCUMENT)
    assert read_response(bob)[0] == 200


def test_body_too_large_is_refused_before_it_is_asked_for(bob: Any) -> None:
    bob.sendall(
        b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
        b"Expect: 100-continue\r\nContent-Length: 10485760\r\n\r\n"
    )
    assert read_response(bob)[0] == 413
    assert _is_closed(bob)


def test_chunked_request_runs_with_extensions_and_trailers(bob: Any) -> None:
    bob.sendall(
        b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
         b"10;name=value\r\n" + DOCUMENT[:16] + b"\r\n"
        + b"%x\r\n" % (len(DOCUMENT) - 16) + DOCUMENT[16:] + b"\r\n0\r\nTrailer: x\r\n\r\n"
        + HEAD.encode() + b"\r\n" + DOCUMENT
    )  # fmt: skip
    assert read_response(bob)[0] == 200
    assert read_response(bob)[0] == 200


def test_pipelined_requests_are_answered_in_order(bob: Any) -> None:
    values = [f"<value><int>{number}</int></value>" for number in range(20)]
    documents = [
        f"<methodCall><methodName>core.echo</methodName><params><param>{v}</param></params></methodCall>"
        for v in values
    ]
    bob.sendall(
        "".join(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(d)}\r\n\r\n{d}"
            for d in documents
        ).encode()
    )
    assert [_result(read_response(bob)[2]) for _ in documents] == list(range(20))


def test_client_that_half_closes_gets_its_answer(seed_server: RunningServer) -> None:
    with seed_server.connect("tcp") as sock:
        sock.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        sock.shutdown(socket.SHUT_WR)
        assert read_response(sock)[0] == 200  # the script answers TCP by sl_reply("200", "OK")
        assert _is_closed(sock)


def test_close_notify_right_after_the_request_still_gets_the_answer(seed_server: RunningServer) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.use_certificate_file(str(seed_server.pki / "bob.pem"))
    context.use_privatekey_file(str(seed_server.pki / "bob.key"))
    with socket.create_connection(("127.0.0.1", seed_server.ports["tls"])) as sock:
        client = SSL.Connection(context, sock)
        client.set_connect_state()
        client.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        client.shutdown()
        assert read_response(client)[0] == 200
        with pytest.raises(SSL.ZeroReturnError):
            client.recv(1)


def test_get_of_a_verified_client_says_that_calls_are_posts(seed_server: RunningServer) -> None:
    client = seed_server.http("bob")
    client.request("GET", "/RPC2")
    answer = client.getresponse()
    assert (answer.status, answer.getheader("Allow")) == (405, "POST")


def test_get_without_certificate_is_unauthorized(seed_server: RunningServer) -> None:
    client = seed_server.http(None)
    client.request("GET", "/RPC2")
    answer = client.getresponse()
    assert answer.status == 200
    with pytest.raises(xmlrpc.client.Fault, match="Unauthorized"):
        _result(answer.read())


@pytest.mark.parametrize("step", [1, 7])
def test_request_cut_anywhere_is_answered_once(bob: Any, step: int) -> None:
    data = HEAD.encode() + b"\r\n" + DOCUMENT
    for at in range(0, len(data), step):
        bob.sendall(data[at : at + step])
    assert read_response(bob)[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nl: 5\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost : x\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\nHost: x\nContent-Length: 0\n\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\tfolded\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: miracles\r\n\r\n", 417),
        (b"POST /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
    ],
)
def test_request_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    bob: Any, request_bytes: bytes, status: int
) -> None:
    bob.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)  # the connection is known to speak HTTP
    assert read_response(bob)[0] == 200
    bob.sendall(request_bytes + HEAD.encode() + b"\r\n" + DOCUMENT)
    assert read_response(bob)[0] == status
    assert _is_closed(bob)


@pytest.mark.parametrize(
    "fields",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"},
        {"Content-Type": "text/xml", "Origin": "https://evil.example"},
        {"Content-Type": "text/xml", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_request_that_a_foreign_page_could_cause_is_refused(seed_server: RunningServer, fields: dict[str, str]) -> None:
    client = seed_server.http("bob")
    client.request("POST", "/RPC2", DOCUMENT, fields)
    answer = client.getresponse()
    assert answer.status in (403, 415)
    assert b"methodResponse" not in answer.read()


def test_sip_and_http_come_in_on_one_port_but_not_on_one_connection(seed_server: RunningServer) -> None:
    options = (
        b"OPTIONS sip:x@localhost SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKm\r\nFrom: <sip:a@x>;tag=1\r\n"
        b"To: <sip:x@x>\r\nCall-ID: 1@m\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with seed_server.connect("tls", "bob") as sock:
        sock.sendall(options)
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 OK")
        sock.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        assert _is_closed(sock)
    with seed_server.connect("tls", "bob") as sock:
        sock.sendall(HEAD.encode() + b"\r\n" + DOCUMENT)
        assert read_response(sock)[0] == 200
        sock.sendall(options)
        status, _, _ = read_response(sock)
        assert status == 400
        assert _is_closed(sock)


@pytest.mark.parametrize(
    "line", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"hello\r\n", b"A" * 10_000]
)
def test_connection_that_begins_with_neither_is_closed_without_an_answer(
    seed_server: RunningServer, line: bytes
) -> None:
    with seed_server.connect("tcp") as sock:
        sock.sendall(line)
        assert _is_closed(sock)


def test_stdlib_client_works_with_a_new_connection_for_each_call(seed_server: RunningServer) -> None:
    for _ in range(3):
        with seed_server.proxy("bob") as proxy:
            assert str(proxy.core.version()).startswith("sertwist")


def test_curl_speaks_to_it(seed_server: RunningServer, tmp_path: Any) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    (tmp_path / "call.xml").write_bytes(DOCUMENT)
    pki = seed_server.pki
    for extra in ([], ["--http1.0"], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
        done = subprocess.run(
            [curl, "-sS", "--cacert", pki / "ca.pem", "--cert", pki / "bob.pem", "--key", pki / "bob.key",
             "-H", "Content-Type: text/xml", "--data-binary", f"@{tmp_path}/call.xml", *extra, seed_server.url],
            capture_output=True, check=True, timeout=30,
        )  # fmt: skip
        assert str(_result(done.stdout)).startswith("sertwist"), extra


def test_openssl_client_speaks_to_it(seed_server: RunningServer) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    pki = seed_server.pki
    done = subprocess.run(
        [openssl, "s_client", "-quiet", "-connect", f"localhost:{seed_server.ports['tls']}", "-CAfile", pki / "ca.pem",
         "-verify_return_error", "-cert", pki / "bob.pem", "-key", pki / "bob.key"],
        input=HEAD.encode() + b"Connection: close\r\n\r\n" + DOCUMENT, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert b"HTTP/1.1 200 OK" in done.stdout
    assert b"sertwist" in done.stdout


def test_malformed_document_is_a_fault_with_the_historical_text(seed_server: RunningServer) -> None:
    client = seed_server.http("bob")
    for body, text in (
        (b"", "Malformed Message Body"),
        (b"<methodCall>", "Invalid XML-RPC Document"),
        (b"<x/>", "Root Element Is Not methodCall"),
    ):
        client.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        answer = client.getresponse()
        assert answer.status == 200
        with pytest.raises(xmlrpc.client.Fault) as caught:
            _result(answer.read())
        assert (caught.value.faultCode, caught.value.faultString) == (400, text)


@pytest.mark.parametrize(
    "body",
    [
        b"<methodCall><methodName>core.version</methodName><methodName>core.kill</methodName></methodCall>",
        b"<methodCall><params/><methodName>core.kill</methodName></methodCall>",
        b"<methodCall><methodName>core.<!-- x -->kill</methodName></methodCall>",
        b"<!DOCTYPE x [<!ENTITY k 'core.kill'>]><methodCall><methodName>&k;</methodName></methodCall>",
        b"<call><methodName>core.kill</methodName></call>",
        "<?xml version='1.0' encoding='utf-16'?><methodCall><methodName>core.kill</methodName></methodCall>".encode(
            "utf-16"
        ),
        b"<methodCall><methodName>core.kill</methodName><params/><params/></methodCall>",
        b"<methodCall><methodName> core.kill</methodName></methodCall>",
        b"<methodCall xmlns='x'><methodName>core.kill</methodName></methodCall>",
        b"<methodCall><methodName><![CDATA[core.kill]]></methodName></methodCall>",
        b"<methodCall><methodName>core&#46;kill</methodName></methodCall>",
        b"<methodCall><methodName>CORE.KILL</methodName></methodCall>",
    ],
)
def test_disguised_kill_never_runs_for_bob(seed_server: RunningServer, body: bytes) -> None:
    client = seed_server.http("bob")
    client.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
    with pytest.raises(xmlrpc.client.Fault):
        _result(client.getresponse().read())
    client.request("POST", "/RPC2", DOCUMENT, {"Content-Type": "text/xml"})
    assert client.getresponse().status == 200
    assert seed_server.process.poll() is None


def test_body_of_ten_megabytes_is_refused_without_being_read(seed_server: RunningServer) -> None:
    client = seed_server.http("bob")
    client.putrequest("POST", "/RPC2")
    client.putheader("Content-Type", "text/xml")
    client.putheader("Content-Length", str(10 * 1024 * 1024))
    client.endheaders()
    answer = client.getresponse()
    assert answer.status == 413
    assert isinstance(client, http.client.HTTPSConnection)
