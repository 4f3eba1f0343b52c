"""What a context allows and refuses, and the table of domains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.errors import ConfigError
from sertwist.pki.authority import Authority, Profile
from sertwist.tls.ciphers import describe_cipher
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import OwnCertificate, Side, TLSDomain
from sertwist.tls.domain_table import DomainTable
from sertwist.tls.handshake import MAX_FAULTS, HandshakeRecord
from sertwist.tls.loading.pem import MAX_FILE, parse_certificates, read_pem_file
from sertwist.tls.openssl_context import MAX_CA_NAMES
from tests.unit.tls.kit import BOB, ROOT, SERVER, client_context, connect, make_domain

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
def test_old_versions_are_refused(version: int) -> None:
    outcome = connect(ServerContextFactory(make_domain()), client_context(version=version))
    assert outcome.failure.reason_code == "protocol-version"


def test_domain_is_refused_when_it_has_no_certificate() -> None:
    with pytest.raises(ConfigError, match="server:default has no certificate"):
        ServerContextFactory(TLSDomain(side=Side.SERVER))


MISMATCHED = (OwnCertificate(chain=(SERVER.certificate,), private_key=BOB.key),)


@pytest.mark.parametrize("settings", [{"own": MISMATCHED}, {"ciphersuites": "NOSUCH"}, {"cipher_list": "NOSUCH"}])
def test_domain_is_refused_when_the_library_does_not_take_it(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as raised:
        ServerContextFactory(replace(make_domain(), **settings))
    assert raised.value.code == "tls-domain"


def test_domain_is_refused_when_its_own_handshake_fails() -> None:
    """An empty list of TLS 1.3 suites loads, then every handshake fails."""
    with pytest.raises(ConfigError, match="fails its own handshake"):
        ServerContextFactory(make_domain(ciphersuites="", minimum=0x0304))


def test_nothing_changes_until_what_was_renewed_is_adopted() -> None:
    factory = ServerContextFactory(make_domain())
    before = factory.domain, factory.trust.revocations, factory.generation
    with pytest.raises(ConfigError):
        factory.renewed(make_domain(ciphersuites="NOSUCH"), generation=2)
    following = factory.renewed(make_domain(crls=[ROOT.crl([BOB.certificate])]), generation=2)
    assert (factory.domain, factory.trust.revocations, factory.generation) == before
    assert connect(factory, client_context(BOB)).verdict() == (True, "")
    following.adopt()
    assert connect(factory, client_context(BOB)).verdict() == (False, "revoked")


@pytest.mark.parametrize("sni", [b"a" * 254, b"a\xffb", b"a b"])
def test_server_name_is_absent_when_it_is_no_host_name(sni: bytes) -> None:
    factory = ServerContextFactory(make_domain())
    assert connect(factory, client_context(BOB), sni=b"a" * 253).session.sni == "a" * 253
    outcome = connect(factory, client_context(BOB), sni=sni)
    assert outcome.session is None or outcome.session.sni is None


def test_unknown_suite_is_described_by_what_the_connection_says() -> None:
    assert describe_cipher("NEW-SUITE", "TLSv1.3", 256) == "NEW-SUITE TLSv1.3 Kx=? Au=? Enc=(256) Mac=?"
    assert describe_cipher("AES256-SHA", "TLSv1.2", 256) == "AES256-SHA SSLv3 Kx=RSA Au=RSA Enc=AES(256) Mac=SHA1"


def test_most_specific_domain_serves_an_address_whatever_the_order() -> None:
    def domain(address: tuple[str, int] | None) -> TLSDomain:
        return TLSDomain(side=Side.SERVER, address=address)

    table = DomainTable([domain(("*", 5061)), domain(None), domain(("::1", 5061)), domain(("192.0.2.1", 5061))])
    assert table.server("192.0.2.1", 5061).name == "server:192.0.2.1:5061"
    assert table.server("::1", 5061).name == "server:[::1]:5061"
    assert table.server("192.0.2.9", 5061).name == "server:*:5061"
    assert table.server("192.0.2.1", 5062) is table.default_server
    assert table.client("192.0.2.1", 5061) is table.default_client


def test_table_refuses_two_domains_for_one_address() -> None:
    with pytest.raises(ValueError, match="server:default"):
        DomainTable([TLSDomain(side=Side.SERVER), TLSDomain(side=Side.SERVER)])


def test_record_keeps_the_first_faults_and_no_more_than_its_bound() -> None:
    record = HandshakeRecord()
    for code in range(1, MAX_FAULTS + 2):
        record.note(code, 0, passed=False)
    assert record.faults[0] == (1, 0)
    assert record.faults[-1] == (MAX_FAULTS, 0)


@pytest.mark.parametrize(("count", "sent"), [(MAX_CA_NAMES, MAX_CA_NAMES), (MAX_CA_NAMES + 1, 0)])
def test_names_of_ca_certificates_are_sent_up_to_their_bound(count: int, sent: int) -> None:
    authorities = [Authority(ROOT.issue(Profile(common_names=(f"CA {n}",), is_ca=True))) for n in range(count)]
    factory = ServerContextFactory(make_domain(authorities=authorities))
    assert len(connect(factory, client_context()).client.get_client_ca_list()) == sent


def test_file_is_read_at_its_bound_and_refused_past_it(tmp_path: Path) -> None:
    path = tmp_path / "large.pem"
    path.write_bytes(BOB.certificate_pem().ljust(MAX_FILE, b"\n"))
    assert len(parse_certificates(read_pem_file(path))) == 1
    path.write_bytes(BOB.certificate_pem().ljust(MAX_FILE + 1, b"\n"))
    with pytest.raises(ConfigError, match="more than"):
        read_pem_file(path)
