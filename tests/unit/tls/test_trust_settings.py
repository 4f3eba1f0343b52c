"""CA files and folders, CRLs, and what a table that replaces another must not make worse."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from OpenSSL import SSL

from sertwist.pki.authority import SERVER_AUTH, Authority, Profile, alternative_names, make_rsa_key
from sertwist.tls.context import ClientContextFactory, ServerContextFactory
from sertwist.tls.domain import VerifyMode
from sertwist.tls.failure import describe_failure
from sertwist.tls.loading.table import LoadOptions
from sertwist.tls.watch import FileWatch
from tests.unit.tls.building import build, crl_pem, errors_of, fill, warnings_of, write
from tests.unit.tls.kit import (
    BOB,
    DAY,
    NOW,
    OTHER_ROOT,
    ROOT,
    carry,
    client_context,
    connect,
    make_domain,
    shake,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.domain_table import DomainTable

ROOT_PEM, OTHER_PEM = ROOT.credential.certificate_pem(), OTHER_ROOT.credential.certificate_pem()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cas").mkdir()
    return fill(tmp_path)


def table_of(folder: Path, **values: list[str | int]) -> DomainTable:
    table, problems = build(folder, **values)
    assert errors_of(problems) == []
    assert table is not None
    return table


def test_folder_of_authorities_is_read_whole_and_each_once(folder: Path) -> None:
    write(folder / "cas" / "b.crt", OTHER_PEM)
    write(folder / "cas" / "a.pem", ROOT_PEM)
    (folder / "cas" / "1a2b3c4d.0").symlink_to("a.pem")
    write(folder / "cas" / "1a2b3c4d.r0", crl_pem(ROOT))
    write(folder / "cas" / "other.crl", crl_pem(OTHER_ROOT))
    write(folder / "cas" / ".hidden.pem", b"junk")
    domain = table_of(folder, ca_list=[], ca_path=["cas"]).default_server
    assert set(domain.authorities) == {ROOT.certificate, OTHER_ROOT.certificate}
    assert len(domain.authorities) == len(domain.revocation_lists) == 2
    assert domain.ca_files == (folder / "cas",)
    assert folder / "cas" in domain.files


def test_file_and_folder_add_up(folder: Path) -> None:
    write(folder / "cas" / "b.pem", OTHER_PEM, ROOT_PEM)
    assert table_of(folder, ca_path=["cas"]).default_server.authorities == (ROOT.certificate, OTHER_ROOT.certificate)


def test_domain_with_its_own_authorities_does_not_take_those_of_the_default(folder: Path) -> None:
    write(folder / "cas" / "b.pem", OTHER_PEM)
    table = table_of(folder, ca_path=["127.0.0.1:5063=cas"])
    assert table.server("127.0.0.1", 5063).authorities == (OTHER_ROOT.certificate,)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("bad.pem", b"junk", "bad.pem has no PEM block in it"),
        ("half.pem", ROOT_PEM + OTHER_PEM[:-20], "half.pem has a PEM block without an end"),
        ("only.crl", crl_pem(ROOT), "has no CA certificate in it"),
        ("notes.txt", b"junk", "has no CA certificate in it"),
    ],
)
def test_folder_with_a_file_that_is_no_good_is_refused(folder: Path, name: str, content: bytes, text: str) -> None:
    write(folder / "cas" / name, content)
    table, problems = build(folder, ca_list=[], ca_path=["cas"])
    assert table is None
    [(where, said)] = errors_of(problems)
    assert (where, text in said) == ("ca_path[0]", True)


def test_file_in_a_folder_that_is_not_read_is_named(folder: Path) -> None:
    write(folder / "cas" / "a.pem", ROOT_PEM)
    write(folder / "cas" / "a.pem~", OTHER_PEM)
    table, problems = build(folder, ca_list=[], ca_path=["cas"])
    assert table is not None
    assert table.default_server.authorities == (ROOT.certificate,)
    assert "passed over a.pem~" in warnings_of(problems)


def test_folder_of_crls_is_read_whole(folder: Path) -> None:
    write(folder / "ca.pem", ROOT_PEM, OTHER_PEM)
    write(folder / "cas" / "1.crl", crl_pem(ROOT, revoked=[BOB.certificate]))
    write(folder / "cas" / "2.pem", crl_pem(OTHER_ROOT))
    domain = table_of(folder, crl=["cas"]).default_server
    assert len(domain.revocation_lists) == 2
    assert domain.crl_files == (folder / "cas",)


def test_leaf_check_needs_no_crl_of_every_authority(folder: Path) -> None:
    write(folder / "ca.pem", ROOT_PEM, OTHER_PEM)
    write(folder / "root.crl", crl_pem(ROOT))
    assert build(folder, crl=["root.crl"])[0] is None
    table, problems = build(folder, crl=["root.crl"], crl_check=["leaf"])
    assert errors_of(problems) == []
    assert table is not None
    assert table.default_server.crl_leaf_only
    assert "no peer that it certified itself could connect" in warnings_of(problems)


def test_files_that_many_domains_name_are_read_once_for_all(folder: Path) -> None:
    write(folder / "root.crl", crl_pem(ROOT))
    table = table_of(folder, crl=["root.crl"], verify_depth=["127.0.0.1:5063=2"])
    one, other = table.default_server, table.server("127.0.0.1", 5063)
    assert one is not other
    assert one.revocation_lists[0] is other.revocation_lists[0]
    assert one.own[0].private_key is other.own[0].private_key


def test_exact_trust_is_a_word_of_its_own(folder: Path) -> None:
    assert table_of(folder, trust=["exact"]).default_server.exact_trust
    assert not table_of(folder).default_server.exact_trust
    assert [where for where, _ in errors_of(build(folder, trust=["full"])[1])] == ["trust[0]"]


# -- reload -----------------------------------------------------------------------------------------------------------


def replaced(folder: Path, in_force: DomainTable, **values: list[str | int]) -> list[str]:
    return [text for _, text in errors_of(build(folder, options=LoadOptions(in_force=in_force), **values)[1])]


def test_expired_certificate_may_stay_but_not_be_brought_in(folder: Path) -> None:
    old = ROOT.issue(
        Profile(
            common_names=("alice",),
            usages=(SERVER_AUTH,),
            alternative_names=alternative_names("alice.example.com"),
            not_after=NOW - DAY,
        )
    )
    good = table_of(folder)
    write(folder / "old.pem", old.certificate_pem(), old.key_pem())
    values: dict[str, list[str | int]] = {"certificate": ["old.pem"], "private_key": []}
    with_old = table_of(folder, **values)
    assert replaced(folder, with_old, **values) == []
    [text] = replaced(folder, good, **values)
    assert "old.pem expired" in text


def test_authority_that_stays_must_not_lose_its_crl_nor_get_an_older_one(folder: Path) -> None:
    write(folder / "a.crl", crl_pem(ROOT, number=2, this_update=NOW - DAY))
    in_force = table_of(folder, crl=["a.crl"])
    assert replaced(folder, in_force, crl=["a.crl"]) == []
    assert any("had a CRL and has none now" in text for text in replaced(folder, in_force))
    write(folder / "a.crl", crl_pem(ROOT, number=1, this_update=NOW - 2 * DAY))
    assert any("is older than the one in force" in text for text in replaced(folder, in_force, crl=["a.crl"]))


# -- certificates that are odd ----------------------------------------------------------------------------------------

X400_NAME = bytes.fromhex("3004a302 3000".replace(" ", ""))  # a kind of name that the library can't read


@pytest.mark.parametrize(
    ("extension", "broken"),
    [
        (ExtensionOID.SUBJECT_ALTERNATIVE_NAME, X400_NAME),
        (ExtensionOID.EXTENDED_KEY_USAGE, b"\x04\x01x"),
        (ExtensionOID.BASIC_CONSTRAINTS, b"\xff"),
    ],
)
def test_extension_that_can_not_be_read_is_taken_as_missing(
    folder: Path, extension: x509.ObjectIdentifier, broken: bytes
) -> None:
    odd = ROOT.issue(
        Profile(
            common_names=("odd",),
            usages=(SERVER_AUTH,),
            extra=((x509.UnrecognizedExtension(extension, broken), False),),
        )
    )
    write(folder / "odd.pem", odd.certificate_pem(), odd.key_pem())
    _, problems = build(folder, certificate=["odd.pem"], private_key=[], ca_list=["ca.pem"], trust=["exact"])
    assert "has no subject alternative name" in warnings_of(problems)
    write(folder / "cas" / "odd.pem", odd.certificate_pem(), ROOT_PEM)
    _, problems = build(folder, ca_list=[], ca_path=["cas"])
    assert "is not a CA, only it itself is trusted" in warnings_of(problems)


def test_weak_key_of_an_intermediate_certificate_is_refused(folder: Path) -> None:
    weak = ROOT.issue(Profile(common_names=("weak CA",), is_ca=True, usages=(), key=make_rsa_key(1024)))
    leaf = Authority(weak).issue(
        Profile(common_names=("a",), usages=(SERVER_AUTH,), alternative_names=alternative_names("a.example.com"))
    )
    write(folder / "chain.pem", leaf.certificate_pem(), weak.certificate_pem(), leaf.key_pem())
    _, problems = build(folder, certificate=["chain.pem"], private_key=[])
    assert [text for _, text in errors_of(problems) if "has an RSA key of 1024 bits" in text] != []


# -- watching ---------------------------------------------------------------------------------------------------------


def test_folder_has_changed_when_an_entry_comes_goes_or_is_written_again(folder: Path) -> None:
    watched = folder / "cas"
    write(watched / "a.pem", ROOT_PEM)
    watch = FileWatch([watched])

    def changed() -> bool:
        return [bool(watch.take_changes()) for _ in range(3)] == [False, True, False]

    write(watched / "b.pem", OTHER_PEM)
    assert changed()
    write(watched / "b.pem", ROOT_PEM)
    os.utime(watched / "b.pem", ns=(1, 1))
    assert changed()
    (watched / "b.pem").unlink()
    assert changed()
    assert not watch.take_changes()


# -- what the settings do in a handshake ------------------------------------------------------------------------------

MIDDLE = Authority(ROOT.issue(Profile(common_names=("Middle",), is_ca=True, usages=())))
CAROL = MIDDLE.issue(Profile(common_names=("Carol",)))


@pytest.mark.parametrize(("leaf_only", "verdict"), [(True, (True, "")), (False, (False, "crl-unavailable"))])
def test_leaf_check_asks_for_no_crl_of_the_root(leaf_only: bool, verdict: tuple[bool, str]) -> None:
    domain = make_domain(authorities=(ROOT,), crls=(MIDDLE.crl(),), crl_leaf_only=leaf_only)
    assert shake(domain, CAROL, [MIDDLE.certificate]).verdict() == verdict


def test_leaf_check_finds_a_revoked_leaf() -> None:
    domain = make_domain(authorities=(ROOT,), crls=(MIDDLE.crl([CAROL.certificate]),), crl_leaf_only=True)
    assert shake(domain, CAROL, [MIDDLE.certificate]).verdict() == (False, "revoked")


@pytest.mark.parametrize(("leaf_only", "verdict"), [(True, (True, "")), (False, (False, "revoked"))])
def test_leaf_check_does_not_look_up_intermediates_in_the_handshake_nor_later(
    leaf_only: bool, verdict: tuple[bool, str]
) -> None:
    before, after = (
        make_domain(authorities=(ROOT,), crls=(ROOT.crl(revoked), MIDDLE.crl()), crl_leaf_only=leaf_only)
        for revoked in ((), (MIDDLE.certificate,))
    )
    assert shake(after, CAROL, [MIDDLE.certificate]).verdict() == verdict
    factory = ServerContextFactory(before)
    live = connect(factory, client_context(CAROL, [MIDDLE.certificate]))
    assert live.verdict() == (True, "")
    factory.renewed(after, generation=2).adopt()
    assert live.verdict() == verdict


def test_leaf_check_of_a_resumed_session_does_not_wait_for_the_root_s_crl_to_end() -> None:
    ends = NOW + timedelta(hours=1)
    for leaf_only, reason in ((True, ""), (False, "crl-expired")):
        crls = (ROOT.crl(next_update=ends), MIDDLE.crl(next_update=ends + 30 * DAY))
        factory = ServerContextFactory(make_domain(crls=crls, crl_leaf_only=leaf_only, resumption=True))
        context = client_context(CAROL, [MIDDLE.certificate], SSL.TLS1_3_VERSION)
        first = connect(factory, context)
        again = connect(factory, context, resume=first.client.get_session())
        assert again.session is not None
        assert again.session.resumed
        assert again.session.peer.verdict(ends.timestamp() + 60).reason == reason


@pytest.mark.parametrize(("exact", "verdict"), [(True, (True, "")), (False, (False, "untrusted"))])
def test_exact_trust_ends_a_chain_at_an_intermediate(exact: bool, verdict: tuple[bool, str]) -> None:
    domain = make_domain(authorities=(MIDDLE,), exact_trust=exact)
    assert shake(domain, CAROL).verdict() == verdict


def judged_by_client(domain: TLSDomain) -> tuple[bool, str]:
    """What a client of `domain` finds about the kit's server; a refusal counts as that reason."""
    factory = ClientContextFactory(domain)
    client = factory.client_connection(None, "alice.example.com")
    server = ServerContextFactory(make_domain(VerifyMode.OFF)).server_connection(None)
    for _ in range(4):
        for here, there in ((client, server), (server, client)):
            try:
                here.do_handshake()
            except SSL.WantReadError:
                pass
            except SSL.Error as error:
                return False, describe_failure(error, here.get_app_data()).reason_code
            carry(here, there)
    verdict = factory.finish(client).peer.verdict(NOW.timestamp())
    return verdict.verified, verdict.reason


@pytest.mark.parametrize(("authority", "verdict"), [(ROOT, (True, "")), (OTHER_ROOT, (False, "untrusted"))])
def test_system_trust_is_the_store_of_the_machine(
    folder: Path, authority: Authority, verdict: tuple[bool, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "store.pem", authority.credential.certificate_pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "store.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder / "cas"))
    domain = table_of(folder, ca_list=["ca.pem", "@system"]).default_client
    assert judged_by_client(domain) == verdict
