"""XML-RPC in the body of SIP requests, where a script allows it (reference rpc 3)."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_response
from sertwist.rpc.xmlrpc_writer import write_call
from tests.system.running import seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

ROUTE = """
loadmodule "htable"
modparam("htable", "htable", "t=>size=4;")
modparam("xmlrpc", "sip_calls", {on})
route {{
    if (method == "RPC") {{
        if (@xmlrpc.method == "core.kill") {{
            sl_reply("403", "Never by SIP");
            exit;
        }}
        if (!(proto == UDP || @tls.peer.verified)) {{
            sl_reply("403", "Who are you");
            exit;
        }}
        dispatch_rpc();
        exit;
    }}
"""


def script(pki: Path, on: int = 1) -> str:
    text = re.sub(r"route\s*\{", lambda _: ROUTE.format(on=on), seed_script(pki), count=1)
    assert "Never by SIP" in text
    return text


def request(
    protocol: str,
    body: bytes,
    *,
    branch: str = "z9hG4bK1",
    uri: str = "sip:127.0.0.1",
    kind: str = "text/xml",
    more: str = "",
) -> bytes:
    return (
        f"RPC {uri} SIP/2.0\r\nVia: SIP/2.0/{protocol} 127.0.0.1;rport;branch={branch}\r\n{more}"
        f"From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: 1@a\r\nCSeq: 1 RPC\r\nMax-Forwards: 70\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def parts(data: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), fields, body


def over_tls(server: RunningServer, name: str | None, data: bytes) -> tuple[int, dict[str, str], bytes]:
    with server.connect("tls", name) as sock:
        sock.sendall(data)
        got = b""
        while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < int(parts(got)[1]["content-length"]):
            more = sock.recv(65_536)
            assert more
            got += more
        return parts(got)


def ask(server: RunningServer, *datagrams: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(15)
        sock.connect(("127.0.0.1", server.ports["udp"]))
        answers = []
        for each in datagrams:
            sock.send(each)
            answers.append(parts(sock.recv(65_536)))
        return answers


def test_a_call_in_a_sip_request_is_judged_and_answered_in_its_200(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki))
    status, fields, body = over_tls(server, "bob", request("TLS", write_call("core.version")))
    assert (status, fields["content-type"], fields["cseq"]) == (200, "text/xml", "1 RPC")
    assert "tag=" in fields["to"]
    assert "sertwist" in str(read_response(body))
    assert over_tls(server, "bob", request("TLS", write_call("core.kill")))[0] == 403
    assert over_tls(server, None, request("TLS", write_call("core.version")))[0] == 403
    with pytest.raises(Fault, match="Method Not Found"):
        read_response(over_tls(server, "bob", request("TLS", write_call("no.such")))[2])
    inside = [{"methodName": "core.kill", "params": []}]
    with pytest.raises(Fault, match="not served in SIP"):
        read_response(over_tls(server, "bob", request("TLS", write_call("system.multicall", [inside])))[2])
    server.assert_unharmed()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "text/plain"}, 415),
        ({"uri": "sip:elsewhere.example"}, 403),
        ({"more": "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2\r\n"}, 403),
    ],
)
def test_what_can_not_carry_a_call_is_refused(
    start_server: StartServer, pki: Path, changed: dict[str, str], status: int
) -> None:
    server = start_server(script(pki))
    assert over_tls(server, "bob", request("TLS", write_call("core.version"), **changed))[0] == status


def test_a_request_that_comes_five_times_runs_once(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki))
    body = write_call("htable.seti", ["t", "a", 1])
    answers = ask(server, *[request("UDP", body)] * 5)
    assert {each[0] for each in answers} == {200}
    assert len({each[2] for each in answers}) == 1
    log = [line for line in server.log_text().splitlines() if "call ran: htable.seti" in line]
    assert len(log) == 1
    (other,) = ask(server, request("UDP", body, branch="z9hG4bK9"))
    assert other[0] == 200


def test_a_result_too_long_for_a_datagram_is_not_cut(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki))
    ((status, _, body),) = ask(server, request("UDP", write_call("system.listMethods")))
    assert (status, body) == (413, b"")


def test_without_the_setting_a_sip_request_calls_nothing(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki, on=0))
    status, _, body = over_tls(server, "bob", request("TLS", write_call("core.version")))
    assert (status, body) == (500, b"")
