"""Who the peer is, and that nothing but a good certificate, now, on this very connection makes it that."""

from __future__ import annotations

import re
import socket
import ssl
import time
import xmlrpc.client
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from sertwist.pki.authority import Profile, alternative_names
from tests.system.issuing import crl_pem, impostor, open_authority, read_certificate, write_credential
from tests.system.running import (
    RunningServer,
    call_document,
    options_request,
    read_response,
    read_to_end,
    seed_script,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.conftest import StartServer

VERSION_CALL = call_document()
POST = b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"
TLS_VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def _call(sock: Any, document: bytes = VERSION_CALL) -> str:
    """Outcome of one call on this connection: the fault's text, or `ok`."""
    sock.sendall(POST % len(document) + document)
    status, _, body = read_response(sock)
    assert status == 200
    try:
        xmlrpc.client.loads(body)
    except xmlrpc.client.Fault as fault:
        return fault.faultString
    return "ok"


def _kill_fault(server: RunningServer, certificate: Path) -> str:
    """The fault of a core.kill that would not end the server if it ran: signal 9 is none that it takes."""
    with pytest.raises(xmlrpc.client.Fault) as caught, server.proxy(certificate) as proxy:
        proxy.core.kill(9)
    return caught.value.faultString


# -- resumption -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", TLS_VERSIONS, ids=lambda version: version.name)
def test_session_is_not_resumed_when_the_client_offers_it(seed_server: RunningServer, version: ssl.TLSVersion) -> None:
    context = seed_server.context("bob")
    context.minimum_version = context.maximum_version = version
    address = ("127.0.0.1", seed_server.ports["tls"])
    with context.wrap_socket(socket.create_connection(address, 15), server_hostname="localhost") as first:
        assert _call(first) == "ok"
        session = first.session
    assert session is not None
    with context.wrap_socket(
        socket.create_connection(address, 15), server_hostname="localhost", session=session
    ) as second:
        assert not second.session_reused
        assert _call(second) == "ok"


def _openssl_connection(context: SSL.Context, server: RunningServer, certificate: str | None) -> SSL.Connection:
    sock = socket.create_connection(("127.0.0.1", server.ports["tls"]))
    connection = SSL.Connection(context, sock)
    if certificate is not None:
        connection.use_certificate(x509.load_pem_x509_certificate((server.pki / f"{certificate}.pem").read_bytes()))
        connection.use_privatekey(load_pem_private_key((server.pki / f"{certificate}.key").read_bytes(), None))
    connection.set_connect_state()
    return connection


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
@pytest.mark.parametrize("thief", [None, "revoked", "expired"])
def test_rights_of_a_session_stay_behind_when_another_continues_it(
    seed_server: RunningServer, version: int, thief: str | None
) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    first = _openssl_connection(context, seed_server, "ser-killer")
    assert _call(first) == "ok"
    session = first.get_session()
    assert session is not None
    first.close()
    second = _openssl_connection(context, seed_server, thief)
    second.set_session(session)
    assert _call(second, call_document("core.kill")) == "Unauthorized"
    second.close()


# -- revoked, expired -------------------------------------------------------------------------------------------------


def _with_crl_file(pki: Path, file: Path) -> str:
    extra = f'modparam("tls", "crl", "{file}")\nmodparam("tls", "crl_check_interval", 1)\nroute {{'
    return seed_script(pki).replace("route {", extra, 1)


def _replace(file: Path, content: bytes) -> None:
    """As careful operators do: the new file takes the old one's place at once."""
    beside = file.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(file)


def test_open_connections_of_a_certificate_are_closed_when_the_new_crl_revokes_it(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    authority = open_authority(pki)
    good = crl_pem(authority, [read_certificate(pki, "revoked")])
    file = tmp_path / "crl.pem"
    file.write_bytes(good)
    server = start_server(_with_crl_file(pki, file))
    everybody = [read_certificate(pki, name) for name in ("revoked", "bob", "ser-killer")]
    with (
        server.connect("tls", "bob") as bob,
        server.connect("tls", "bob") as phone,
        server.connect("tls", "ser-killer") as killer,
    ):
        phone.sendall(options_request("TLS"))
        assert phone.recv(65_536).startswith(b"SIP/2.0 200 ")

        file.write_bytes(crl_pem(authority, everybody)[:-80])  # a copy that was not finished
        server.wait_for("changed CA or CRL file not taken, the old data stays: .*crl.pem has no PEM block")
        assert [_call(bob), _call(killer)] == ["ok", "ok"]

        _replace(file, crl_pem(impostor(pki), everybody))
        server.wait_for("not taken, the old data stays: CRL of .* is not signed by that CA's key")
        assert [_call(bob), _call(killer)] == ["ok", "ok"]

        _replace(file, crl_pem(authority, everybody, number=2))
        server.wait_for("CA and CRL files read again")
        assert [read_to_end(each) for each in (bob, killer, phone)] == [b"", b"", b""]
        server.wait_for("its peer is no longer verified: certificate is revoked")
        with server.connect("tls", "bob") as fresh:
            assert _call(fresh) == "Unauthorized"
        with server.connect("tls", "ser-killer") as fresh:
            assert _call(fresh, call_document("core.kill")) == "Unauthorized"
        with server.connect("tls", "bob") as fresh:
            fresh.sendall(options_request("TLS", "z9hG4bKb"))
            assert fresh.recv(65_536).startswith(b"SIP/2.0 403 ")
        with server.connect("tls", "revoked") as other:
            assert _call(other) == "Unauthorized"
    server.wait_for(r"call refused: 400 Unauthorized.*certificate is revoked")
    server.assert_unharmed()


def test_revoked_certificate_stays_refused_when_the_file_of_ca_and_crl_loses_its_crl(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    file = tmp_path / "trust.pem"
    whole = (pki / "ca.pem").read_bytes()
    certificate = whole.partition(b"-----BEGIN X509 CRL")[0]
    long_ago = datetime.now(UTC) - timedelta(days=80)
    file.write_bytes(whole)
    interval = 'modparam("tls", "crl_check_interval", 1)\nroute {'
    server = start_server(seed_script(pki).replace(str(pki / "ca.pem"), str(file)).replace("route {", interval, 1))
    for content, words in (
        (whole[:-40], "trust.pem has a PEM block without an end"),
        (certificate, "had a CRL and has none now"),
        (certificate + crl_pem(open_authority(pki), this_update=long_ago), "is older than the one in force"),
    ):
        file.write_bytes(content)
        server.wait_for(f"not taken, the old data stays: .*{words}")
        with server.connect("tls", "revoked") as revoked, server.connect("tls", "bob") as bob:
            assert [_call(revoked), _call(bob)] == ["Unauthorized", "ok"]


def test_open_connections_of_a_certificate_are_closed_when_its_time_ends(
    start_server: StartServer, pki: Path, tmp_path: Path
) -> None:
    server = start_server()
    now = datetime.now(UTC).replace(microsecond=0)
    short = Profile(common_names=("Bob",), not_before=now - timedelta(hours=1), not_after=now + timedelta(seconds=3))
    certificate, certificate_ends = write_credential(tmp_path, open_authority(pki), short), now.timestamp() + 4
    with server.connect("tls", certificate) as management, server.connect("tls", certificate) as phone:
        phone.sendall(options_request("TLS"))
        assert phone.recv(65_536).startswith(b"SIP/2.0 200 ")
        assert _call(management) == "ok"
        assert [read_to_end(each) for each in (management, phone)] == [b"", b""]
        assert time.time() > certificate_ends  # the last second itself still counts
        server.wait_for("its peer is no longer verified: certificate expired")
        with server.connect("tls", certificate) as fresh:
            assert _call(fresh) == "Unauthorized"
    server.wait_for(rf"call refused: 400 Unauthorized.*certificate expired {now:%Y-%m-%d}")


# -- names ------------------------------------------------------------------------------------------------------------


def _name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


ODD_NAMES: dict[str, Profile] = {
    "two names": Profile(common_names=("Bob", "SER-Killer")),
    "two names, the other first": Profile(common_names=("SER-Killer", "Bob")),
    "the same twice": Profile(common_names=("SER-Killer", "SER-Killer")),
    "two names in one part": Profile(
        subject=x509.Name(
            [
                x509.RelativeDistinguishedName(
                    [x509.NameAttribute(NameOID.COMMON_NAME, each) for each in ("Bob", "SER-Killer")]
                )
            ]
        )
    ),
    "NUL": Profile(common_names=("SER-Killer\0.evil",)),
    "NUL at the end": Profile(common_names=("SER-Killer\0",)),
    "line ends": Profile(common_names=("SER-Killer\r\n2026-01-01T00:00:00+0000 [sertwist#info] forged",)),
    "trailing blank": Profile(common_names=("SER-Killer ",)),
    "leading blank": Profile(common_names=(" SER-Killer",)),
    "other case": Profile(common_names=("ser-killer",)),
    "homoglyph": Profile(common_names=("S\N{CYRILLIC CAPITAL LETTER IE}R-Killer",)),
    "full width": Profile(common_names=("\N{FULLWIDTH LATIN CAPITAL LETTER S}ER-Killer",)),
    "zero width": Profile(common_names=("SER-\N{ZERO WIDTH SPACE}Killer",)),
    "soft hyphen": Profile(common_names=("SER-Killer\N{SOFT HYPHEN}",)),
    "shown in reverse": Profile(common_names=("\N{RIGHT-TO-LEFT OVERRIDE}relliK-RES",)),
    "organisation": Profile(subject=_name((NameOID.ORGANIZATION_NAME, "SER-Killer"), (NameOID.COMMON_NAME, "Bob"))),
    "organisation alone": Profile(subject=_name((NameOID.ORGANIZATION_NAME, "SER-Killer"))),
    "serial number": Profile(subject=_name((NameOID.SERIAL_NUMBER, "SER-Killer"), (NameOID.COMMON_NAME, "Bob"))),
    "pseudonym": Profile(subject=_name((NameOID.PSEUDONYM, "SER-Killer"), (NameOID.COMMON_NAME, "Bob"))),
    "given name": Profile(subject=_name((NameOID.GIVEN_NAME, "SER-Killer"), (NameOID.COMMON_NAME, "Bob"))),
    "comma in the name": Profile(common_names=("Bob,CN=SER-Killer",)),
    "slash in the name": Profile(common_names=("Bob/CN=SER-Killer",)),
    "alternative name": Profile(common_names=("Bob",), alternative_names=alternative_names("SER-Killer")),
    "alternative name alone": Profile(alternative_names=alternative_names("SER-Killer")),
    "pattern": Profile(common_names=("SER-.*",)),
    "select": Profile(common_names=("@tls.peer",)),
    "empty": Profile(common_names=()),
}


@pytest.mark.parametrize("profile", ODD_NAMES.values(), ids=ODD_NAMES)
def test_kill_is_denied_when_the_name_is_only_like_the_killers(
    seed_server: RunningServer, pki: Path, tmp_path: Path, profile: Profile
) -> None:
    certificate = write_credential(tmp_path, open_authority(pki), profile)
    assert _kill_fault(seed_server, certificate) in ("Unauthorized", "Access to core.kill denied")
    with seed_server.connect("tls", certificate) as sock:
        sock.sendall(options_request("TLS"))
        allowed = _is_bob(profile)
        assert sock.recv(65_536).startswith(b"SIP/2.0 200 " if allowed else b"SIP/2.0 403 ")
    assert not re.search(r"(?m)^2026-01-01T00", seed_server.log_text())


def _is_bob(profile: Profile) -> bool:
    """Whether `profile` has Bob, and nothing else, for its common name."""
    if profile.subject is None:
        return tuple(profile.common_names) == ("Bob",)
    names = profile.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [each.value for each in names] == ["Bob"]


@pytest.mark.parametrize(
    "kind", [_ASN1Type.BMPString, _ASN1Type.UniversalString, _ASN1Type.PrintableString, _ASN1Type.UTF8String]
)
def test_name_is_the_killers_in_every_encoding_of_it(
    seed_server: RunningServer, pki: Path, tmp_path: Path, kind: _ASN1Type
) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SER-Killer", kind)])
    certificate = write_credential(tmp_path, open_authority(pki), Profile(subject=subject))
    text = _kill_fault(seed_server, certificate)
    assert "15" in text  # core.kill itself has refused signal 9
    assert "denied" not in text


# -- chains -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[tuple[RunningServer, dict[str, Any]]]:
    """A server with revocation lists of intermediate authorities, and these."""
    directory = tmp_path_factory.mktemp("chain")
    root = open_authority(pki)
    below = {name: root.issue_authority(Profile(common_names=(f"{name} CA",))) for name in ("office", "mute", "gone")}
    below["inner"] = below["office"].issue_authority(Profile(common_names=("inner CA",)))
    below["narrow"] = root.issue_authority(Profile(common_names=("narrow CA",), path_length=0))
    below["too deep"] = below["narrow"].issue_authority(Profile(common_names=("too deep CA",)))
    fired = below["office"].issue(Profile(common_names=("Bob",), serial=4711))
    lists = [
        crl_pem(root, [read_certificate(pki, "revoked"), below["gone"].certificate]),
        crl_pem(below["office"], [fired.certificate]),
        *(crl_pem(below[name]) for name in ("inner", "gone", "narrow", "too deep")),
    ]
    file = directory / "crls.pem"
    file.write_bytes(b"".join(lists))
    server = RunningServer.start(directory, _with_crl_file(pki, file), pki, ())
    yield server, below
    server.assert_unharmed()


@pytest.mark.parametrize(
    ("issuer", "sent", "serial", "words"),
    [
        ("office", ["office"], 1, ""),
        ("inner", ["inner", "office"], 1, ""),
        ("inner", ["office", "inner"], 1, ""),  # TLS 1.3 lets the order go (RFC 8446 4.4.2)
        ("office", [], 1, "not from a CA of ca_list"),
        ("inner", ["inner"], 1, "not from a CA of ca_list"),
        ("office", ["office"], 4711, "revoked"),
        ("gone", ["gone"], 1, "revoked"),
        ("mute", ["mute"], 1, "no revocation list"),
        ("too deep", ["too deep", "narrow"], 1, "longer than its CA allows"),
    ],
)
def test_chain_is_verified_as_a_whole_when_authorities_lie_between(
    chain_server: tuple[RunningServer, dict[str, Any]],
    tmp_path: Path,
    issuer: str,
    sent: list[str],
    serial: int,
    words: str,
) -> None:
    server, below = chain_server
    profile = Profile(common_names=("Bob",), serial=serial)
    certificate = write_credential(tmp_path, below[issuer], profile, chain=[below[name] for name in sent])
    with server.connect("tls", certificate) as sock:
        source = "{}:{}".format(*sock.getsockname())
        assert _call(sock) == ("Unauthorized" if words else "ok")
    if words:
        server.wait_for(rf"call refused: 400 Unauthorized.*from {re.escape(source)}.*{words}")


def test_client_certificate_makes_no_authority_when_it_signs_another(
    seed_server: RunningServer, pki: Path, tmp_path: Path
) -> None:
    bob = open_authority(pki).issue(Profile(common_names=("Bob",)))
    forger = type(open_authority(pki))(bob)
    certificate = write_credential(tmp_path, forger, Profile(common_names=("SER-Killer",)), chain=[forger])
    assert _kill_fault(seed_server, certificate) == "Unauthorized"


def test_certificate_of_a_stranger_with_the_authoritys_name_is_not_verified(
    seed_server: RunningServer, pki: Path, tmp_path: Path
) -> None:
    forger = impostor(pki)
    certificate = write_credential(tmp_path, forger, Profile(common_names=("SER-Killer",)), chain=[forger])
    assert _kill_fault(seed_server, certificate) == "Unauthorized"


# -- domains ----------------------------------------------------------------------------------------------------------


def test_second_listener_has_its_own_certificate_when_a_domain_says_so(start_server: StartServer, pki: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = seed_script(pki).replace(
        "route {",
        f"""listen = tls:127.0.0.1:{port}
modparam("tls", "certificate", "127.0.0.1:{port}={pki}/server-ec.pem")
modparam("tls", "private_key", "127.0.0.1:{port}={pki}/server-ec.key")
modparam("tls", "ca_list", "127.0.0.1:{port}={pki}/other-ca.pem")
modparam("tls", "verify_certificate", "127.0.0.1:{port}=1")
route {{""",
        1,
    )
    server = start_server(script)
    ports = [int(found[1]) for found in re.finditer(r"listening on tls:127\.0\.0\.1:(\d+)", server.log_text())]
    assert port in ports
    (first,) = set(ports) - {port}
    for where, name in ((first, "server"), (port, "server-ec")):
        server.ports["tls"] = where
        with server.connect("tls", "bob") as sock:
            assert sock.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert((pki / f"{name}.pem").read_text())
            # Bob's authority is known at the first domain only.
            assert _call(sock) == ("ok" if where == first else "Unauthorized")
