"""Which domains a script makes: client domains, names, ids, two certificates, and what is no domain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sertwist.errors import UnavailableError
from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names, make_rsa_key
from sertwist.tls.domain import NameMode, NameRules, RevokedAction, Side, VerifyMode
from sertwist.tls.loading.own_certificate import check_key_permissions
from sertwist.tls.loading.pem import PemFile
from tests.unit.tls.building import build, errors_of, fill, warnings_of, write
from tests.unit.tls.kit import BOB, ROOT, SERVER

if TYPE_CHECKING:
    from sertwist.tls.domain_table import DomainTable

RSA = ROOT.issue(
    Profile(
        common_names=("alice",),
        usages=(SERVER_AUTH,),
        alternative_names=alternative_names("alice.example.com"),
        key=make_rsa_key(2048),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "bob.pem", BOB.certificate_pem(), BOB.key_pem())
    write(tmp_path / "rsa.pem", RSA.certificate_pem(), RSA.key_pem())
    return fill(tmp_path)


def table_of(folder: Path, **values: list[str | int]) -> DomainTable:
    table, problems = build(folder, **values)
    assert errors_of(problems) == []
    assert table is not None
    return table


def test_default_client_domain_verifies_servers_by_sip_rules_and_presents_nothing(folder: Path) -> None:
    default = table_of(folder).default_client
    assert (default.side, default.verify, default.name_rules) == (Side.CLIENT, VerifyMode.ON, NameRules.SIP)
    assert (default.own, default.authorities, default.system_trust) == ((), (), False)


def test_client_domain_is_marked_by_an_at_sign_and_inherits_from_the_client_default(folder: Path) -> None:
    table = table_of(
        folder,
        ca_list=["ca.pem", "@ca.pem"],
        certificate=["cert.pem", "client:192.0.2.9:5061=bob.pem"],
        verify_name=["@https", "@[2001:db8::9]:5061=sip"],
        revoked_action=["@mark"],
    )
    bob, plain = table.client("192.0.2.9", 5061), table.client("2001:db8::9", 5061)
    assert (bob.name, bob.own[0].chain) == ("client:192.0.2.9:5061", (BOB.certificate,))
    assert (bob.authorities, bob.name_rules) == ((ROOT.certificate,), NameRules.HTTPS)
    assert (plain.own, plain.name_rules, plain.revoked_action) == ((), NameRules.SIP, RevokedAction.MARK)
    assert table.default_server.revoked_action is RevokedAction.CLOSE


def test_client_domain_is_found_by_its_id_or_its_name(folder: Path) -> None:
    table = table_of(
        folder,
        ca_list=["ca.pem", "@ca.pem"],
        server_id=["@192.0.2.9:5061=Trunk"],
        server_name=["@any=partner.example.com."],
        server_name_mode=["@any=1"],
    )
    assert table.client("198.51.100.1", 5061, server_id="trunk").name == "client:192.0.2.9:5061#Trunk"
    partner = table.client("198.51.100.1", 5061, server_name="sip.partner.example.com")
    assert (partner.server_name, partner.server_name_mode) == ("partner.example.com", NameMode.WITH_SUBDOMAINS)
    with pytest.raises(UnavailableError):
        table.client("192.0.2.9", 5061, server_id="other")


def test_client_domain_with_a_name_serves_calls_to_its_address_that_have_none(folder: Path) -> None:
    table = table_of(folder, ca_list=["ca.pem", "@ca.pem"], server_name=["@192.0.2.9:5061=proxy.example.com"])
    domain = table.client("192.0.2.9", 5061, server_name="proxy.example.com")
    assert domain.server_name == "proxy.example.com"
    assert table.client("192.0.2.9", 5061) is domain
    assert table.client("192.0.2.9", 5062) is table.default_client
    # The certificate would be checked for a name that nobody called.
    assert table.client("192.0.2.9", 5061, server_name="other.example.com") is table.default_client


def test_default_client_domain_needs_no_authorities_when_it_is_there_to_be_inherited_from(folder: Path) -> None:
    table = table_of(folder, verify_depth=["@3"], ca_list=["ca.pem", "@192.0.2.9:5061=ca.pem"])
    assert table.client("192.0.2.9", 5061).depth == 3


@pytest.mark.parametrize(("require", "verify", "mode"), [(0, 0, "off"), (1, 0, "on"), (0, 1, "on")])
def test_client_domain_verifies_unless_both_flags_are_off(folder: Path, require: int, verify: int, mode: str) -> None:
    table = table_of(
        folder,
        ca_list=["ca.pem", "@ca.pem"],
        require_certificate=[f"@{require}"],
        verify_certificate=[f"@{verify}"],
    )
    assert table.default_client.verify is VerifyMode(mode)


def test_public_authorities_are_trusted_by_a_client_domain_only_when_asked(folder: Path) -> None:
    table = table_of(folder, ca_list=["ca.pem", "@system"])
    assert (table.default_client.system_trust, table.default_client.authorities) == (True, ())
    assert not table.default_server.system_trust


def test_server_domain_at_an_address_has_the_name_that_it_serves(folder: Path) -> None:
    table = table_of(folder, server_name=["127.0.0.1:5061=Alice.Example.COM"])
    assert table.server("127.0.0.1", 5061, "alice.example.com").name == "server:127.0.0.1:5061/alice.example.com"
    assert table.server("127.0.0.1", 5061) is table.default_server


def test_two_certificates_stand_side_by_side(folder: Path) -> None:
    domain = table_of(folder, certificate2=["rsa.pem"]).default_server
    assert [own.chain[0] for own in domain.own] == [SERVER.certificate, RSA.certificate]
    assert domain.files == (folder / "ca.pem", folder / "cert.pem", folder / "key.pem", folder / "rsa.pem")


def test_domain_with_its_own_certificate_takes_neither_key_nor_second_certificate_from_the_default(
    folder: Path,
) -> None:
    table = table_of(folder, certificate=["cert.pem", "127.0.0.1:5063=rsa.pem"], certificate2=["rsa.pem"])
    assert [own.chain[0] for own in table.server("127.0.0.1", 5063).own] == [RSA.certificate]


def test_value_says_where_it_came_from(folder: Path) -> None:
    table = table_of(folder, verify_depth=["127.0.0.1:5063=2"])
    origins = table.server("127.0.0.1", 5063).origins
    assert origins["verify_depth"] == "verify_depth[0]"
    assert origins["certificate"] == "server:default"
    assert "groups" not in origins


def test_times_groups_and_protocols_are_a_domains_own(folder: Path) -> None:
    table = table_of(
        folder,
        handshake_timeout=[5, "127.0.0.1:5063=7"],
        connection_timeout=["127.0.0.1:5063=-1"],
        groups=["X25519,P-256"],
        alpn=["sip/2, http/1.1"],
    )
    domain, default = table.server("127.0.0.1", 5063), table.default_server
    assert (default.handshake_timeout, domain.handshake_timeout) == (5, 7)
    assert default.idle_timeout is None
    assert domain.idle_timeout is not None
    assert domain.idle_timeout > 365 * 86_400
    assert (domain.groups, domain.alpn) == ("X25519:P-256", ("sip/2", "http/1.1"))


@pytest.mark.parametrize(
    ("values", "resumes"),
    [
        ({}, False),
        ({"verify_certificate": []}, True),
        ({"session_cache": [1]}, True),
        ({"verify_certificate": [], "session_cache": ["off"]}, False),
    ],
)
def test_sessions_are_resumed_where_nobody_is_verified_or_when_asked(
    folder: Path, values: dict[str, list[str | int]], resumes: bool
) -> None:
    assert table_of(folder, **values).default_server.resumption is resumes


@pytest.mark.parametrize(
    ("values", "where", "text"),
    [
        ({"server_name": ["any=a..b"]}, "server_name[0]", "server_name can't be 'a..b'"),
        ({"server_name": ["any=192.0.2.1"]}, "server_name[0]", "server_name can't be '192.0.2.1'"),
        ({"server_name": ["any=münchen.example"]}, "server_name[0]", "can't be"),
        ({"server_name": ["127.0.0.1:5061=a.example"], "server_name_mode": ["127.0.0.1:5061=3"]},
         "server_name_mode[0]", "server_name_mode can't be '3'"),
        ({"verify_depth": ["any=3"]}, "verify_depth[0]", "a domain for any address has no server_name"),
        ({"verify_depth": ["@any=3"]}, "verify_depth[0]", "no server_name and no server_id"),
        ({"server_id": ["@192.0.2.1:1=a", "@192.0.2.2:1=A"], "ca_list": ["ca.pem", "@ca.pem"]},
         "server_id[1]", "server_id A has two domains"),
        ({"server_id": ["@x"], "ca_list": ["ca.pem", "@ca.pem"]}, "server_id[0]", "default client domain"),
        ({"server_id": ["@192.0.2.1:1=a b"], "ca_list": ["ca.pem", "@ca.pem"]}, "server_id[0]", "can't be 'a b'"),
        ({"verify_depth": ["@3"]}, "verify_depth[0]", "client:default verifies the servers it calls, but ca_list"),
        ({"verify_depth": ["@192.0.2.1:5061=3"]}, "verify_depth[0]", "but ca_list is not set"),
        ({"ca_list": ["system"]}, "ca_list[0]", "everybody with a public certificate"),
        ({"private_key": ["key.pem", "@key.pem"], "ca_list": ["ca.pem", "@ca.pem"]},
         "private_key[1]", "private_key is set and certificate is not"),
        ({"certificate": [], "certificate2": ["rsa.pem"], "private_key": []},
         "certificate2[0]", "certificate is not"),
        ({"certificate2": ["cert.pem"], "private_key2": ["key.pem"]}, "certificate2[0]", "of the same kind"),
        ({"groups": ["X25519:P-999"]}, "groups[0]", "P-999 is no group of this library"),
        ({"alpn": ["sip/2,,h2"]}, "alpn[0]", "'' is no protocol name"),
        ({"handshake_timeout": [0]}, "handshake_timeout[0]", "handshake_timeout can't be '0'"),
        ({"connection_timeout": [0]}, "connection_timeout[0]", "connection_timeout can't be 0"),
        ({"revoked_action": ["shoot"]}, "revoked_action[0]", "revoked_action can't be 'shoot'"),
    ],
)  # fmt: skip
def test_domain_is_refused(folder: Path, values: dict[str, list[str | int]], where: str, text: str) -> None:
    table, problems = build(folder, **values)
    assert table is None
    assert [(place, True) for place, message in errors_of(problems) if text in message] == [(where, True)]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"server_name": ["a.example.com"]}, "server_name has no effect in the default domain"),
        ({"server_name": ["127.0.0.1:5061=*.example.com"]}, "means every name below example.com, however deep"),
        ({"server_name_mode": ["127.0.0.1:5061=2"]}, "server_name_mode has no effect without server_name"),
        ({"server_id": ["x"]}, "server_id is for client domains: it has no effect here"),
        ({"verify_client": ["@on"]}, "verify_client is for server domains: it has no effect here"),
        ({"verify_name": ["@no"], "ca_list": ["ca.pem", "@ca.pem"]}, "verify_name=no: any server"),
        ({"crl": ["@ca.crl"], "verify_certificate": [1, "@0"]}, "crl has no effect without ca_list"),
    ],
)  # fmt: skip
def test_domain_is_made_with_a_warning(folder: Path, values: dict[str, list[str | int]], text: str) -> None:
    table, problems = build(folder, **values)
    assert errors_of(problems) == []
    assert table is not None
    assert text in warnings_of(problems)


def test_empty_value_keeps_the_defaults_away(folder: Path) -> None:
    table = table_of(folder, ca_list=["ca.pem", "127.0.0.1:5063="], verify_certificate=["1", "127.0.0.1:5063=0"])
    assert table.server("127.0.0.1", 5063).authorities == ()


def test_own_style_of_verification_replaces_the_one_of_the_default(folder: Path) -> None:
    pair = table_of(folder, verify_certificate=["127.0.0.1:5063=1"], require_certificate=[], verify_client=["on"])
    assert pair.server("127.0.0.1", 5063).verify is VerifyMode.OPTIONAL_NO_CA
    word = table_of(folder, verify_client=["127.0.0.1:5063=off"])
    assert word.server("127.0.0.1", 5063).verify is VerifyMode.OFF


def test_certificate_that_is_not_for_the_side_is_warned_about(folder: Path) -> None:
    _, problems = build(folder, certificate=["cert.pem", "@cert.pem"], private_key=["key.pem", "@key.pem"],
                        ca_list=["ca.pem", "@ca.pem"])  # fmt: skip
    assert [each.where for each in problems if "is not for TLS clients" in each.text] == ["certificate[1]"]
    _, problems = build(folder, certificate=["bob.pem"], private_key=[])
    assert [each.where for each in problems if "is not for TLS servers" in each.text] == ["certificate[0]"]


@pytest.mark.parametrize(("owner", "warned"), [(0, False), (1_000, False), (1_001, True)])
def test_key_of_another_user_is_warned_about(owner: int, warned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    file = PemFile(Path("some.key"), b"", 0o600, owner)
    found = [text for _, text, _ in check_key_permissions("private_key", file, allowed=False)]
    assert ["belongs to another user" in text for text in found] == [True] * warned


def test_root_may_start_a_server_whose_keys_belong_to_the_servers_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    file = PemFile(Path("some.key"), b"", 0o600, 1_001)
    assert list(check_key_permissions("private_key", file, allowed=False)) == []


@pytest.mark.parametrize(("seconds", "warned"), [(999, False), (1_000, True)])
def test_time_of_one_domain_is_doubted_when_it_looks_like_milliseconds(
    folder: Path, seconds: int, warned: bool
) -> None:
    table, problems = build(folder, send_timeout=[f"127.0.0.1:5063={seconds}"])
    assert table is not None
    assert (table.server("127.0.0.1", 5063).send_timeout, table.default_server.send_timeout) == (seconds, None)
    assert ("send_timeout is 1000: it counts seconds" in warnings_of(problems)) is warned
