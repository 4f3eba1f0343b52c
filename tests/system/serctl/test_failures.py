"""Each way in which a call fails: its exit status, its words, and whether the server was asked at all."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.pki.authority import SERVER_AUTH, Authority, Profile, alternative_names
from tests.system.serctl.peer import Peer, fault_document, result_document

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.system.serctl.conftest import Run


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answering(status: int, body: bytes = b"", **fields: str) -> Any:
    """A raw answer with these parts."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **fields}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def sending(content: bytes) -> Any:
    """Raw bytes in place of an HTTP answer, and then the end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        (400, "Invalid Parameter Type", 1),
        (500, "Server Internal Error", 1),
        (400, "Unauthorized", 4),
        (400, "Access to core.kill denied", 4),
        (403, "Access to core.kill denied", 4),
        (401, "who are you", 4),
        (404, "no such object", 5),
        (500, "Method Not Found", 5),
        (-32601, "unknown", 5),
    ],
)
def test_fault_has_its_exit_status(serctl: Run, peer: Peer, code: int, text: str, status: int) -> None:
    peer.methods["m"] = lambda: fault_document(code, text)
    ran = serctl("call", "m")
    assert (ran.status, ran.out, ran.err.splitlines()[0]) == (status, "", f"serctl: {code} {text}")
    assert ("does not load a module for 'm'" in ran.err) == (text in {"Method Not Found", "unknown"})


def test_refusal_says_how_to_learn_why(serctl: Run, peer: Peer) -> None:
    document = fault_document(403, "Access to m denied")
    peer.raw = answering(200, document, X_Call_ID="5f-17\x1b")
    ran = serctl("--yes", "call", "m")
    assert ran.err == "serctl: 403 Access to m denied\nserctl explain 5f-17\\x1b shows what decided.\n"
    assert json.loads(serctl("-o", "json", "--yes", "call", "m").err)["error"]["call"] == "5f-17\x1b"


def test_error_is_json_when_output_is_json(serctl: Run, peer: Peer) -> None:
    peer.methods["m"] = lambda: fault_document(400, "Unauthorized")
    ran = serctl("-o", "json", "call", "m")
    assert (ran.status, ran.out) == (4, "")
    assert json.loads(ran.err) == {
        "error": {
            "code": 400,
            "message": "Unauthorized",
            "method": "m",
            "server": peer.url,
            "reason": "denied",
            "exit_code": 4,
        }
    }


def test_usage_error_is_json_when_output_is_json(run: Run) -> None:
    ran = run("-o", "json", "nonsense")
    assert ran.status == 2
    assert json.loads(ran.err)["error"]["reason"] == "usage"


@pytest.mark.parametrize(
    ("status", "exit_status", "words"),
    [
        (301, 8, "not followed"),
        (307, 8, "not followed"),
        (401, 4, "401"),
        (403, 4, "403"),
        (404, 5, "/RPC2"),
        (413, 1, "413"),
        (500, 1, "500"),
        (502, 6, "gateway"),
        (204, 8, "204"),
    ],
)
def test_http_status_has_its_exit_status(serctl: Run, peer: Peer, status: int, exit_status: int, words: str) -> None:
    peer.raw = answering(status, Location="https://elsewhere.example/")
    ran = serctl("version")
    assert ran.status == exit_status
    assert words in ran.err
    assert len(peer.calls) == 1  # a redirect is not followed, nothing is repeated


def test_success_document_is_no_success_when_the_status_denies(serctl: Run, peer: Peer) -> None:
    peer.raw = answering(403, result_document("fine"))
    assert (serctl("version").status, serctl("version").out) == (4, "")


@pytest.mark.parametrize(
    "content",
    [
        b"SIP/2.0 200 OK\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n<!DOCTYPE a><methodResponse><params><p>",
    ],
)
def test_answer_is_not_understood_when_it_is_no_xml_rpc_over_http(serctl: Run, peer: Peer, content: bytes) -> None:
    peer.raw = sending(content)
    ran = serctl("version")
    assert (ran.status, ran.out) == (8, "")


def test_answer_is_taken_when_it_has_no_length_but_an_end(serctl: Run, peer: Peer) -> None:
    peer.raw = sending(b"HTTP/1.0 200 OK\r\n\r\n" + result_document("old"))
    assert (serctl("version").status, serctl("version").out) == (0, "old\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<?xml",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<?x",
        b"HTTP/1.0 200 OK\r\n\r\n" + result_document("old")[:-20],
    ],
)
def test_outcome_is_unknown_when_the_connection_is_lost_after_sending(serctl: Run, peer: Peer, content: bytes) -> None:
    peer.raw = sending(content)
    ran = serctl("--yes", "kill")
    assert ran.status == 6
    assert "core.kill may have run" in ran.err
    assert len(peer.calls) == 1


def test_outcome_is_unknown_when_the_connection_is_reset_after_sending(serctl: Run, peer: Peer) -> None:
    def reset(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(handler.connection.detach())

    peer.raw = reset
    assert serctl("version").status == 6


def test_outcome_is_unknown_when_no_answer_comes_in_time(serctl: Run, peer: Peer) -> None:
    released = threading.Event()
    peer.raw = lambda _handler: released.wait(10)
    ran = serctl("--timeout", "50ms", "version")
    released.set()
    assert ran.status == 6
    assert "within 0.05 s" in ran.err


def test_time_is_for_the_whole_answer_when_it_trickles(serctl: Run, peer: Peer) -> None:
    stopped = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        while not stopped.wait(0.01):
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    peer.raw = trickle
    ran = serctl("--timeout", "150ms", "version")
    stopped.set()
    assert ran.status == 6


def test_method_is_not_sent_when_its_signature_is_not_answered(serctl: Run, peer: Peer) -> None:
    peer.raw = sending(b"")
    ran = serctl("call", "m", "1")
    assert ran.status == 3
    assert "m was not sent" in ran.err
    assert [method for method, _ in peer.calls] == ["system.methodInfo"]


def test_connection_refused_says_what_to_look_at(run: Run) -> None:
    ran = run("--url", f"https://127.0.0.1:{free_port()}/RPC2", "version")
    assert ran.status == 3
    assert "connection refused by 127.0.0.1:" in ran.err
    assert "Is the server running" in ran.err


def test_name_is_unknown_when_it_does_not_resolve(run: Run) -> None:
    ran = run("--url", "https://no-such-host.invalid/", "version")
    assert ran.status == 3
    assert "no-such-host.invalid" in ran.err


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"SIP/2.0 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"", "closed the connection during the TLS handshake"),
    ],
)
def test_port_without_tls_is_named(run: Run, greeting: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(4096)
                sock.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        ran = run("--url", f"https://127.0.0.1:{listener.getsockname()[1]}", "version")
        thread.join()
    assert ran.status == 3
    assert words in ran.err


def test_handshake_has_its_own_time(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        ran = run("--url", url, "--connect-timeout", "50ms", "version")
    assert ran.status == 3
    assert "no TLS handshake" in ran.err


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("client", "words"),
    [
        ("expired", "it has expired"),
        ("revoked", "it has been revoked"),
        ("wrong-ca", "its issuer is not one that the server trusts"),
        ("self-signed", "its issuer is not one that the server trusts"),
        ("wrong-purpose", "it is not meant for clients"),
        (None, "requires a client certificate"),
    ],
)
def test_nothing_is_run_when_the_server_refuses_our_certificate(
    run: Run, peer: Peer, pki: Path, version: ssl.TLSVersion, client: str | None, words: str
) -> None:
    peer.context.maximum_version = version
    options = ["--cert", pki / f"{client}.pem", "--key", pki / f"{client}.key"] if client else []
    ran = run("--url", peer.url, "--cacert", pki / "ca.pem", *options, "version")
    assert ran.status == 3
    # TLS 1.2 has no alert for a missing certificate but the general one.
    assert words in ran.err or (client is None and version == ssl.TLSVersion.TLSv1_2), ran.err
    assert peer.calls == []


def test_server_is_refused_when_its_certificate_is_not_traced_to_the_ca(run: Run, peer: Peer, pki: Path) -> None:
    ran = run("--url", peer.url, "--cacert", pki / "other-ca.pem", "version")
    assert ran.status == 3
    assert "issued by an authority that the CA file does not hold" in ran.err
    assert "issued by CN=sertwist demonstration CA" in ran.err
    assert peer.calls == []


def test_server_is_refused_when_its_certificate_is_for_another_name(serctl: Run, peer: Peer) -> None:
    ran = serctl("--servername", "sip1.example.net", "version")
    assert ran.status == 3
    assert "is not for 'sip1.example.net' but for localhost, 127.0.0.1, ::1" in ran.err
    assert peer.calls == []


def test_server_name_replaces_the_hosts_when_given(serctl: Run, peer: Peer) -> None:
    url = peer.url.replace("localhost", "127.0.0.1")
    assert serctl("--url", url, "version").status == 0
    assert serctl("--url", url, "--servername", "localhost", "version").status == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"usages": Profile().usages}, "not meant for servers"),
        ({"revoke": True}, "it has been revoked"),
        ({"expire": True}, "it has expired"),
    ],
)
def test_server_is_refused_when_its_certificate_is_bad(
    run: Run, pki: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    now = datetime.now(UTC)
    authority = Authority.make("Test CA", not_before=now - timedelta(days=9), not_after=now + timedelta(days=9))
    profile = Profile(common_names=("x",), alternative_names=alternative_names("localhost"), usages=(SERVER_AUTH,))
    profile = replace(profile, usages=changes.get("usages", profile.usages))
    if changes.get("expire"):
        profile = replace(profile, not_after=now - timedelta(days=1))
    server = authority.issue(profile)
    for name in ("ca.pem", "ca.key"):
        (tmp_path / name).write_bytes((pki / name).read_bytes())
    (tmp_path / "server.pem").write_bytes(server.certificate_pem())
    (tmp_path / "server.key").write_bytes(server.key_pem())
    crl = authority.crl([server.certificate] if changes.get("revoke") else []).public_bytes(Encoding.PEM)
    (tmp_path / "trust.pem").write_bytes(authority.credential.certificate_pem() + crl)
    with Peer(tmp_path) as peer:
        ran = run("--url", peer.url, "--cacert", tmp_path / "trust.pem", "version")
        assert ran.status == 3
        assert words in ran.err
        assert peer.calls == []


def test_status_is_130_when_interrupted_after_sending(peer: Peer, pki: Path) -> None:
    asked, released = threading.Event(), threading.Event()

    def wait(_handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        released.wait(10)

    peer.raw = wait
    options = ["--url", peer.url, "--cacert", str(pki / "ca.pem"), "--cert", str(pki / "bob.pem")]
    command = [sys.executable, "-m", "sertwist.serctl", *options, "--key", str(pki / "bob.key"), "--yes", "kill"]
    # A shell without job control starts what it puts in the background with SIGINT ignored, and children inherit that.
    command = ["env", "--default-signal=INT", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asked.wait(10)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    released.set()
    assert (process.returncode, out) == (130, "")
    assert "core.kill was sent and may have run" in err
