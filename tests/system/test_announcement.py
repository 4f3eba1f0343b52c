"""The announcement's script does exactly what it says: every row of who may call what."""

from __future__ import annotations

import os
import socket
import xmlrpc.client
from typing import TYPE_CHECKING

import pytest

from tests.system.running import options_request

if TYPE_CHECKING:
    import ssl

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

BAD_CERTIFICATES = ["expired", "revoked", "not-yet-valid", "wrong-ca", "self-signed", "wrong-purpose"]
CALLS = ["core.version", "core.kill", "system.listMethods", "no.such.method"]


def _first_line(sock: socket.socket | ssl.SSLSocket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65_536)
        assert chunk, "closed without an answer"
        data += chunk
    return data.split(b"\r\n", 1)[0].decode()


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("certificate", [None, *BAD_CERTIFICATES])
def test_call_is_unauthorized_when_the_certificate_does_not_verify(
    seed_server: RunningServer, certificate: str | None, method: str
) -> None:
    with pytest.raises(xmlrpc.client.Fault) as caught, seed_server.proxy(certificate) as proxy:
        getattr(proxy, method)()
    assert (caught.value.faultCode, caught.value.faultString) == (400, "Unauthorized")


def test_refusal_is_logged_with_the_reason_in_words(seed_server: RunningServer) -> None:
    for certificate in ("expired", "revoked"):
        with pytest.raises(xmlrpc.client.Fault), seed_server.proxy(certificate) as proxy:
            proxy.core.version()
    seed_server.wait_for(
        r"call refused: 400 Unauthorized; method not read, from .*127\.0\.0\.1.*expired \d{4}-\d\d-\d\d"
    )
    seed_server.wait_for(r"call refused: 400 Unauthorized.*revoked")


def test_bob_gets_the_results_of_the_ordinary_methods(seed_server: RunningServer) -> None:
    with seed_server.proxy("bob") as proxy:
        assert str(proxy.core.version()).startswith("sertwist ")
        uptime = proxy.core.uptime()
        assert isinstance(uptime, dict)
        assert {"now", "up_since", "uptime"} <= uptime.keys()
        ps = proxy.core.ps()
        assert isinstance(ps, list)
        assert ps[0] == seed_server.process.pid
        assert all(isinstance(pid, int) and isinstance(text, str) for pid, text in zip(ps[::2], ps[1::2], strict=True))
        info = proxy.core.info()
        assert isinstance(info, dict)
        assert {"version", "id", "compiler", "compiled", "flags"} <= info.keys()
        assert proxy.core.echo("ž", 5, True, 2.5) == ["ž", 5, True, 2.5]
        assert proxy.core.echo("one") == "one"
        names = proxy.system.listMethods()
        assert isinstance(names, list)
        assert names == sorted(names)
        assert {"core.kill", "core.version", "system.multicall", "tls.list"} <= set(names)
        assert "server" in str(proxy.system.methodHelp("core.kill"))
        assert proxy.system.methodSignature("core.uptime") == [["struct"]]
        rows = proxy.tls.list()
        assert isinstance(rows, list)
        assert [row["peer"]["subject"] for row in rows if row["peer"]["verified"]] == ["CN=Bob"]


def test_bob_may_not_kill_and_the_server_goes_on(seed_server: RunningServer) -> None:
    with seed_server.proxy("bob") as proxy:
        with pytest.raises(xmlrpc.client.Fault) as caught:
            proxy.core.kill()
        assert (caught.value.faultCode, caught.value.faultString) == (400, "Access to core.kill denied")
        assert str(proxy.core.version()).startswith("sertwist ")
    seed_server.wait_for(r"call refused: 400 Access to core\.kill denied; method 'core\.kill', from .*Bob")


def test_killer_gets_the_whole_result_and_then_the_server_ends_with_status_0(
    start_server: StartServer,
) -> None:
    server = start_server()
    with server.proxy("ser-killer") as proxy:
        assert proxy.core.kill() == 1
    assert server.wait_exit() == 0
    assert "stopped" in server.log_text()


@pytest.mark.parametrize(
    ("certificate", "answer"),
    [
        ("bob", "SIP/2.0 200 OK"),
        ("ser-killer", "SIP/2.0 403 Forbidden"),
        (None, "SIP/2.0 403 Forbidden"),
        ("expired", "SIP/2.0 403 Forbidden"),
        ("revoked", "SIP/2.0 403 Forbidden"),
        ("self-signed", "SIP/2.0 403 Forbidden"),
    ],
)
def test_sip_over_tls_is_for_bob_alone(seed_server: RunningServer, certificate: str | None, answer: str) -> None:
    with seed_server.connect("tls", certificate) as sock:
        sock.sendall(options_request("TLS"))
        assert _first_line(sock) == answer


def test_sip_over_udp_and_tcp_is_for_everybody(seed_server: RunningServer) -> None:
    with seed_server.connect("tcp") as sock:
        sock.sendall(options_request("TCP"))
        assert _first_line(sock) == "SIP/2.0 200 OK"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(15)
        sock.sendto(options_request("UDP"), ("127.0.0.1", seed_server.ports["udp"]))
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 OK\r\n")


def test_multicall_is_refused_for_one_member_before_any_runs(seed_server: RunningServer) -> None:
    members = [
        {"methodName": "core.version", "params": []},
        {"methodName": "core.kill", "params": []},
        {"methodName": "core.echo", "params": [os.getpid()]},
    ]
    with seed_server.proxy("bob") as proxy:
        before = proxy.xmlrpc.stats()
        with pytest.raises(xmlrpc.client.Fault) as caught:
            proxy.system.multicall(members)
        after = proxy.xmlrpc.stats()
        assert (caught.value.faultCode, caught.value.faultString) == (400, "Access to core.kill denied")
        assert isinstance(before, dict)
        assert isinstance(after, dict)
        assert after["dispatched"] == before["dispatched"] + 1  # the second statistics call itself, nothing else
        assert proxy.system.multicall([members[0], members[2]])[1] == [os.getpid()]


def test_multicall_of_the_killer_may_hold_it(start_server: StartServer) -> None:
    server = start_server()
    with server.proxy("ser-killer") as proxy:
        answer = proxy.system.multicall(
            [{"methodName": "core.version", "params": []}, {"methodName": "core.kill", "params": []}]
        )
    assert isinstance(answer, list)
    assert answer[1] == [True]
    assert server.wait_exit() == 0
