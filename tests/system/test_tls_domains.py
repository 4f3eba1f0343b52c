"""What tls.cfg says reaches the wire: names, key types, versions, groups, protocols, of each domain its own."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from OpenSSL import SSL

from sertwist.tls._ossl import set_groups
from tests.system.running import RunningServer, options_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
listen = tls:127.0.0.1:0
loadmodule "sl"
loadmodule "tls"
modparam("tls", "config", "tls.d")
route { sl_reply("200", "OK"); }
"""
SERVERS = """
[server:default]
certificate = {pki}/server.pem
private_key = ../locked.key
private_key_password_file = ../password.txt
certificate2 = {pki}/server-ec.pem
private_key2 = {pki}/server-ec.key
groups = P-256
alpn = sip/2
"""
NAMED = """
[server:127.0.0.1:0]
server_name = modern.example.com
method = TLSv1.3
groups = X25519
alpn = ""

[server:any]
server_name = example.com
server_name_mode = 2
certificate = {pki}/server-ec.pem
private_key = {pki}/server-ec.key
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("domains")
    key = load_pem_private_key((pki / "server.key").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"trombone"))
    for name, content in (("locked.key", locked), ("password.txt", b"trombone\n")):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    (folder / "tls.d").mkdir()
    (folder / "tls.d" / "10-servers.cfg").write_text(SERVERS.replace("../", f"{folder}/").format(pki=pki))
    (folder / "tls.d" / "20-names.cfg").write_text(NAMED.format(pki=pki))
    running = RunningServer.start(folder, SCRIPT, pki, ())
    yield running
    running.assert_unharmed()


def connect(
    server: RunningServer, name: str = "", *, suites: bytes = b"", version: int = 0, alpn: str = ""
) -> SSL.Connection:
    """A connection on which the server has answered an OPTIONS; raises what OpenSSL does when there is none."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    assert set_groups(context, "X25519:P-256")
    if suites:
        context.set_cipher_list(suites)
    if version:
        context.set_max_proto_version(version)
    if alpn:
        context.set_alpn_protos([alpn.encode()])
    sock = socket.create_connection(("127.0.0.1", server.ports["tls"]), timeout=20)
    sock.settimeout(None)  # the library wants it blocking; this bounds each read of it
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 20, 0))
    connection = SSL.Connection(context, sock)
    connection.set_connect_state()
    if name:
        connection.set_tlsext_host_name(name.encode())
    connection.do_handshake()
    connection.sendall(options_request("TLS"))
    assert connection.recv(65_536).startswith(b"SIP/2.0 200 OK\r\n")
    return connection


def key_of(connection: SSL.Connection) -> object:
    certificate = connection.get_peer_certificate(as_cryptography=True)
    assert isinstance(certificate, x509.Certificate)
    return certificate.public_key()


@pytest.mark.parametrize(
    ("suites", "kind"), [(b"ECDHE+aRSA", rsa.RSAPublicKey), (b"ECDHE+aECDSA", ec.EllipticCurvePublicKey)]
)
def test_certificate_is_of_the_kind_that_the_client_can_verify(
    server: RunningServer, suites: bytes, kind: type
) -> None:
    assert isinstance(key_of(connect(server, suites=suites, version=SSL.TLS1_2_VERSION)), kind)


def test_groups_and_protocols_are_those_of_the_domain(server: RunningServer) -> None:
    default, modern = connect(server, alpn="sip/2"), connect(server, "modern.example.com", alpn="sip/2")
    assert (default.get_group_name(), default.get_alpn_proto_negotiated()) == ("secp256r1", b"sip/2")
    assert (modern.get_group_name(), modern.get_alpn_proto_negotiated()) == ("x25519", b"")


def test_versions_are_those_of_the_name_that_the_client_asks_for(server: RunningServer) -> None:
    assert connect(server, version=SSL.TLS1_2_VERSION).get_protocol_version_name() == "TLSv1.2"
    with pytest.raises(SSL.Error):
        connect(server, "modern.example.com", version=SSL.TLS1_2_VERSION)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sip.example.com", ec.EllipticCurvePublicKey),
        ("a.b.example.com", ec.EllipticCurvePublicKey),
        ("example.com", rsa.RSAPublicKey),  # mode 2: the name itself is not meant
        ("sip.example.net", rsa.RSAPublicKey),
    ],
)
def test_subdomains_get_the_certificate_of_their_domain(server: RunningServer, name: str, kind: type) -> None:
    suites = b"ECDHE+aRSA" if kind is rsa.RSAPublicKey else b"ECDHE"
    connection = connect(server, name, suites=suites, version=SSL.TLS1_2_VERSION)
    assert isinstance(key_of(connection), kind)


def test_domain_with_one_certificate_refuses_clients_of_another_kind(server: RunningServer) -> None:
    with pytest.raises(SSL.Error):
        connect(server, "sip.example.com", suites=b"ECDHE+aRSA", version=SSL.TLS1_2_VERSION)


def test_no_password_is_in_the_log(server: RunningServer) -> None:
    assert "trombone" not in server.log_text()
