"""Lines 59 and 68 to 73: what a ClientHello may say, and which domain answers it."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import SERVER_AUTH, Profile
from tests.bad_certificates.trust import TRUSTS
from tests.system.bad_certificates.domains import own_addresses, script_of, write_own, write_trust
from tests.system.bad_protocol.records import (
    DEFAULT_EXTENSIONS,
    DEFAULT_GROUPS,
    DEFAULT_SIGNATURES,
    HANDSHAKE,
    Alert,
    Flight,
    client_hello,
    extension,
    read_flight,
    record,
    server_names,
)
from tests.system.running import RunningServer
from tests.unit.tls.kit import ROOT, client_context

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOCOL_VERSION, HANDSHAKE_FAILURE, DECODE_ERROR, MISSING_EXTENSION, UNRECOGNIZED_NAME = 70, 40, 50, 109, 112
HEARTBEAT, SUPPORTED_VERSIONS, KEY_SHARE = 15, 43, 51
TLS_1_3_ONLY = extension(SUPPORTED_VERSIONS, b"\x02\x03\x04")


@dataclass
class Server:
    """A server with a domain for a.example, one for what is below wide.example, and the default one."""

    running: RunningServer
    address: tuple[str, int]

    def says(self, hello: bytes) -> tuple[Flight, str]:
        """What it answers to `hello`, and where that came from."""
        with socket.create_connection(self.address, 15) as sock:
            sock.sendall(record(HANDSHAKE, hello))
            return read_flight(sock), "{}:{}".format(*sock.getsockname())

    def domain_for(self, *names: bytes) -> str:
        """Which domain answers a hello with these server names, by its certificate."""
        flight, _ = self.says(client_hello(*DEFAULT_EXTENSIONS, server_names(*names)))
        assert flight.certificate is not None, flight
        return flight.certificate.subject.rfc4514_string()

    def assert_refused(self, hello: bytes, alert: int, words: str) -> None:
        """It answers with the fatal `alert`, closes, and logs the words."""
        flight, source = self.says(hello)
        assert list(flight.alerts) == [Alert(2, alert)]
        assert flight.closed
        self.running.wait_for(f"TLS handshake failed: {words}; from {re.escape(source)}$", 10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("hello")
    (address,) = own_addresses(1)
    host, port = address
    sections = ""
    for name, mode in (("a.example", 0), ("wide.example", 2)):
        credential = ROOT.issue(Profile(common_names=(name,), usages=(SERVER_AUTH,)))
        files = write_own(directory, credential, name)
        sections += f"[server:{host}:{port}]\nserver_name = {name}\nserver_name_mode = {mode}\n"
        sections += "".join(f"{key} = {value}\n" for key, value in files.items())
    (directory / "tls.cfg").write_text(sections)
    default = write_own(directory, ROOT.issue(Profile(common_names=("default",), usages=(SERVER_AUTH,))))
    verify = {**write_trust(directory, "root", TRUSTS["root"]), "verify_client": "optional_no_ca"}
    script = script_of([(address, {})], {**default, **verify, "config": str(directory / "tls.cfg")})
    running = RunningServer.start(directory, script, directory, ())
    yield Server(running, address)
    running.assert_unharmed()


# -- 59 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302], ids=["SSL 3", "TLS 1.0", "TLS 1.1"])
def test_hello_is_refused_when_it_has_old_versions_only(server: Server, version: int) -> None:
    words = "no shared protocol version: the client offers none that this domain allows"
    server.assert_refused(client_hello(*DEFAULT_EXTENSIONS, version=version), PROTOCOL_VERSION, words)


# -- 68, 69 -----------------------------------------------------------------------------------------------------------


def test_heartbeats_are_not_agreed_to(server: Server) -> None:
    flight, _ = server.says(client_hello(*DEFAULT_EXTENSIONS, extension(HEARTBEAT, b"\x01")))
    assert flight.hello
    assert HEARTBEAT.to_bytes(2) + b"\0\x01" not in flight.hello


@pytest.mark.parametrize("offered", [b"\x01\x00", b"\x00\x01", b"\x40\x01\x00"])
def test_compression_is_not_chosen_when_it_is_offered(server: Server, offered: bytes) -> None:
    flight, _ = server.says(client_hello(*DEFAULT_EXTENSIONS, compression=offered))
    assert flight.compression == 0


def test_hello_is_refused_when_it_has_nothing_but_compression(server: Server) -> None:
    flight, source = server.says(client_hello(*DEFAULT_EXTENSIONS, compression=b"\x01"))
    assert flight.closed
    assert not flight.hello
    server.running.wait_for(f"TLS handshake failed: .+; from {re.escape(source)}$", 10)


# -- 70, 71: the name -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        (b"a.example", "a.example"),
        (b"A.EXAMPLE", "a.example"),
        (b"a.example.", "a.example"),
        (b"x.wide.example", "wide.example"),
        (b"x.y.wide.example", "wide.example"),
        (b"wide.example", "default"),
        (b"unknown.example", "default"),
        (b"x" * 64 + b".wide.example", "default"),
        (b"x." * 121 + b"wide.example", "default"),  # 254 bytes
        (b"127.0.0.1", "default"),
        (b"[::1]", "default"),
        (b"a.example..", "default"),
        (b"..wide.example", "default"),
        (b"*.wide.example", "default"),
        (b"a.example ", "default"),
        (b"\xd0\xb0.example", "default"),
    ],
)
def test_domain_of_the_name_answers_or_the_default_one(server: Server, name: bytes, domain: str) -> None:
    assert server.domain_for(name) == f"CN={domain}"


@pytest.mark.parametrize("name", [b"a.example\0.evil", b"a.example\0", b"\0a.example", b"x" * 256, b"x" * 300])
def test_hello_is_refused_when_the_library_can_not_keep_its_name(server: Server, name: bytes) -> None:
    """We would take it for absent; OpenSSL itself goes no further."""
    hello = client_hello(*DEFAULT_EXTENSIONS, server_names(name))
    server.assert_refused(hello, UNRECOGNIZED_NAME, "the handshake failed: .*")


def test_default_domain_answers_when_no_name_is_sent(server: Server) -> None:
    flight, _ = server.says(client_hello(*DEFAULT_EXTENSIONS))
    assert flight.certificate is not None
    assert flight.certificate.subject.rfc4514_string() == "CN=default"


# -- 72 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        server_names(b"a.example", b"b.example"),
        server_names(b"a.example") + server_names(b"b.example"),
        server_names(b""),
        server_names(b"a.example", kind=1),
        server_names(b"a.example")[:-1] + b"",
        extension(0, b"\0\xff\0\0\x09a.example"),
    ],
    ids=["two entries", "two extensions", "an empty one", "another type", "cut", "a length too long"],
)
def test_hello_is_refused_when_it_does_not_ask_for_one_name(server: Server, names: bytes) -> None:
    server.assert_refused(
        client_hello(*DEFAULT_EXTENSIONS, names),
        DECODE_ERROR,
        "the ClientHello (is garbled|has more than one server name)",
    )


# -- 73 ---------------------------------------------------------------------------------------------------------------


def test_hello_of_tls_1_3_is_refused_when_it_has_no_groups(server: Server) -> None:
    hello = client_hello(DEFAULT_SIGNATURES, TLS_1_3_ONLY, ciphers=(0x1301,))
    server.assert_refused(hello, MISSING_EXTENSION, ".+")


def test_hello_is_refused_when_it_has_no_group_of_ours(server: Server) -> None:
    unknown = extension(10, b"\0\x02\xfe\xfe")
    server.assert_refused(client_hello(unknown, DEFAULT_SIGNATURES), HANDSHAKE_FAILURE, "no shared cipher.*")


def test_hello_is_refused_when_it_has_no_cipher_of_ours(server: Server) -> None:
    old = client_hello(*DEFAULT_EXTENSIONS, ciphers=(0x002F, 0x0035, 0x000A))
    server.assert_refused(old, HANDSHAKE_FAILURE, "no shared cipher.*")


@pytest.mark.parametrize("missing", [DEFAULT_GROUPS, DEFAULT_SIGNATURES], ids=["groups", "signatures"])
def test_server_lives_when_a_hello_lacks_an_extension(server: Server, missing: bytes) -> None:
    """TLS 1.2 lets the server choose then (RFC 8422 4, 5246 7.4.1.4.1): it answers, or refuses by an alert."""
    flight, _ = server.says(client_hello(*(each for each in DEFAULT_EXTENSIONS if each != missing)))
    assert flight.hello or flight.alerts


def test_name_of_the_hello_is_that_of_the_script(server: Server) -> None:
    """The same names by a whole handshake of a library, in both versions."""
    for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
        for name, domain in ((b"a.example", "a.example"), (b"b.example", "default")):
            with socket.create_connection(server.address, 15) as sock:
                sock.setblocking(True)
                connection = SSL.Connection(client_context(version=version), sock)
                sock.settimeout(None)
                connection.set_tlsext_host_name(name)
                connection.set_connect_state()
                connection.do_handshake()
                certificate = connection.get_peer_certificate(as_cryptography=True)
                assert certificate.subject.rfc4514_string() == f"CN={domain}"
