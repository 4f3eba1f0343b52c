"""Management calls over a Unix socket: the kernel says who calls, the script decides."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_response
from tests.system.running import call_document, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

UID = os.getuid()
SWITCH = """
modparam("xmlrpc", "unix_socket", "rpc.sock")
modparam("xmlrpc", "route", "MANAGE")
route[MANAGE] {{
    if (src_ip == 127.0.0.1) {{ xmlrpc_reply("500", "no address is meant"); exit; }}
    if (@rpc.uid == "{uid}") {{
        dispatch_rpc();
        exit;
    }}
    xmlrpc_reply("403", "not you");
}}
route {{
"""


def script(pki: Path, uid: int) -> str:
    return seed_script(pki).replace("route{", "route {").replace("route {", SWITCH.format(uid=uid), 1)


class UnixHttp(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=15)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(15)
        self.sock.connect(str(self._path))


def path_of(server: RunningServer) -> Path:
    return server.directory / "rpc.sock"


def call(server: RunningServer, method: str = "core.version") -> object:
    connection = UnixHttp(path_of(server))
    connection.request("POST", "/RPC2", call_document(method), {"Content-Type": "text/xml"})
    try:
        return read_response(connection.getresponse().read())
    finally:
        connection.close()


def test_the_user_whom_the_script_names_may_call(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki, UID))
    assert "sertwist" in str(call(server))
    assert stat.S_IMODE(path_of(server).stat().st_mode) == 0o600
    calls = UnixHttp(path_of(server))
    for _ in range(3):  # one connection, several calls
        calls.request("POST", "/RPC2", call_document(), {"Content-Type": "text/xml"})
        assert calls.getresponse().read()
    calls.close()
    call(server, "core.kill")
    assert server.wait_exit() == 0
    assert not path_of(server).exists()


def test_another_user_is_refused(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki, UID + 1))
    with pytest.raises(Fault, match="not you"):
        call(server)
    server.wait_for(f"not you.*uid {UID}")


def test_sip_is_not_spoken_there(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki, UID))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(15)
        sock.connect(str(path_of(server)))
        sock.sendall(b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""
    assert "sertwist" in str(call(server))


def test_a_socket_left_behind_is_replaced_and_one_in_use_is_not(start_server: StartServer, pki: Path) -> None:
    server = start_server(script(pki, UID))
    text = script(pki, UID).replace('"rpc.sock"', f'"{path_of(server)}"')
    with pytest.raises(AssertionError, match="another server listens on it"):
        start_server(text)
    server.process.kill()
    server.process.wait()
    assert path_of(server).exists()
    again = start_server(text)
    connection = UnixHttp(path_of(server))
    connection.request("POST", "/RPC2", call_document(), {"Content-Type": "text/xml"})
    assert connection.getresponse().status == 200
    connection.close()
    again.assert_unharmed()


def test_a_file_of_another_kind_is_left_alone(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("kept")
    with pytest.raises(AssertionError, match="something else than a socket"):
        start_server(script(pki, UID).replace('"rpc.sock"', f'"{file}"'))
    assert file.read_text() == "kept"
