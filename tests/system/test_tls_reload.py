"""Certificates renewed while the server runs: by call, by signal, by themselves; and what open connections see."""

from __future__ import annotations

import shutil
import signal
import xmlrpc.client
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names
from tests.system.issuing import open_authority, write_credential
from tests.system.running import call_document, read_response, read_to_end, seed_script

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


@pytest.fixture
def own(tmp_path: Path, pki: Path) -> Path:
    """A folder with the server's certificate, its key and the CA, to be changed."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("server.pem", "server.key", "ca.pem"):
        shutil.copy(pki / name, folder / name)
    return folder


def renew(own: Path, pki: Path) -> None:
    now = datetime.now(UTC)
    profile = Profile(
        common_names=("renewed",),
        usages=(SERVER_AUTH,),
        alternative_names=alternative_names("localhost", "127.0.0.1"),
        not_before=now - timedelta(hours=1),
        not_after=now + timedelta(days=200),
    )
    write_credential(own, open_authority(pki), profile, name="server")
    (own / "server.key").chmod(0o600)


def common_name(sock: ssl.SSLSocket) -> str:
    return {key: value for rdn in sock.getpeercert()["subject"] for key, value in rdn}["commonName"]


def fresh_name(server: RunningServer) -> str:
    with server.connect("tls", "bob") as sock:
        return common_name(sock)


def test_reload_call_puts_a_renewed_certificate_in_force(start_server: StartServer, own: Path, pki: Path) -> None:
    server = start_server(seed_script(own))
    proxy = server.proxy("bob")
    assert proxy.core.version().startswith("sertwist")
    renew(own, pki)
    assert fresh_name(server) == "localhost"
    assert proxy.tls.reload() == "Ok. TLS configuration reloaded."
    assert fresh_name(server) == "renewed"
    assert proxy.core.version().startswith("sertwist")  # the same connection as before
    generations = {row["generation"] for row in proxy.tls.list() if row["state"] == "open"}  # the fresh one may linger
    assert generations == {1}
    (own / "server.key").write_text("junk")
    with pytest.raises(xmlrpc.client.Fault, match=r"ser.cfg:\d+: private_key .*server.key has no PEM block") as raised:
        proxy.tls.reload()
    assert raised.value.faultCode == 500
    assert fresh_name(server) == "renewed"
    server.assert_unharmed()


def test_hang_up_signal_reloads(start_server: StartServer, own: Path, pki: Path) -> None:
    server = start_server(seed_script(own))
    renew(own, pki)
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("tls: reloaded; generation 2")
    assert fresh_name(server) == "renewed"
    (own / "server.pem").unlink()
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("server.pem can't be read: there is no such file")
    server.wait_for("tls: not reloaded, everything stays; generation 2")
    assert fresh_name(server) == "renewed"
    server.assert_unharmed()


def test_renewed_certificate_is_picked_up_by_itself_when_asked_for(
    start_server: StartServer, own: Path, pki: Path
) -> None:
    watch = 'modparam("tls", "crl_check_interval", 1)\nmodparam("tls", "reload_on_change", 1)\nroute {'
    server = start_server(seed_script(own).replace("route {", watch, 1))
    renew(own, pki)
    server.wait_for("tls: reloaded; generation 2")
    assert fresh_name(server) == "renewed"


@pytest.mark.parametrize("action", ["close", "mark"])
def test_connections_of_a_ca_that_a_reload_drops_are_closed_or_marked(
    start_server: StartServer, own: Path, pki: Path, action: str
) -> None:
    ca = (pki / "ca.pem").read_bytes()
    with_other = open_authority(pki).credential.certificate_pem() + (pki / "other-ca.pem").read_bytes()
    (own / "ca.pem").write_bytes(with_other)
    revoked_action = f'modparam("tls", "revoked_action", "{action}")\nroute {{'
    server = start_server(seed_script(own).replace("route {", revoked_action, 1))
    with server.connect("tls", "wrong-ca") as stranger:
        assert call(stranger) == 200
        (own / "ca.pem").write_bytes(ca)
        assert server.proxy("bob").tls.reload() == "Ok. TLS configuration reloaded."
        server.wait_for("its peer is no longer verified: certificate is not from a CA of ca_list")
        if action == "close":
            assert read_to_end(stranger) == b""
        else:
            assert call(stranger) == 400
    server.assert_unharmed()


def test_who_drops_his_own_ca_hears_that_it_was_done(start_server: StartServer, own: Path, pki: Path) -> None:
    server = start_server(seed_script(own))
    with server.connect("tls", "bob") as bob:
        (own / "ca.pem").write_bytes((pki / "other-ca.pem").read_bytes())
        assert call(bob, "tls.reload") == 200
        assert read_to_end(bob) == b""
    server.wait_for("is closed: its peer is no longer verified")
    server.assert_unharmed()


def call(sock: ssl.SSLSocket, method: str = "core.version") -> int:
    """The HTTP status of a management call."""
    body = call_document(method)
    sock.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body))
    sock.sendall(body)
    status, _, answer = read_response(sock)
    return 400 if b"Unauthorized" in answer else status
