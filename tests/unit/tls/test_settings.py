"""From parameter values to domains: inheritance, and every problem of the reference's list (tls 11.3) in one run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.authority import SERVER_AUTH, Authority, Credential, Profile, alternative_names, make_rsa_key
from sertwist.tls.domain import ProtocolVersion, Side, VerifyMode
from tests.unit.tls.building import LISTENERS, SEED, build, crl_pem, errors_of, fill, warnings_of, write
from tests.unit.tls.kit import BOB, DAY, NOW, OTHER_ROOT, ROOT, SERVER
from tests.unit.tls.responder import make_leaf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path)


def test_seed_settings_make_the_default_domain_that_lets_the_script_decide(folder: Path) -> None:
    table, problems = build(folder)
    assert errors_of(problems) == []
    domain = table.server("127.0.0.1", 5061)
    assert domain is table.default_server
    assert domain.name == "server:default"
    assert domain.verify is VerifyMode.OPTIONAL_NO_CA
    assert domain.own[0].chain == (SERVER.certificate,)
    assert domain.authorities == (ROOT.certificate,)
    assert table.client("192.0.2.1", 5061).side is Side.CLIENT
    assert "method[0]: method SSLv23 means TLS 1.2 or newer here" in warnings_of(problems)


def test_own_domain_inherits_what_it_does_not_set(folder: Path) -> None:
    table, problems = build(folder, require_certificate=["0", "127.0.0.1:5063=1"], verify_depth=["127.0.0.1:5063=2"])
    assert errors_of(problems) == []
    own, default = table.server("127.0.0.1", 5063), table.server("127.0.0.1", 5061)
    assert (own.name, own.verify, own.depth) == ("server:127.0.0.1:5063", VerifyMode.ON, 2)
    assert (default.verify, default.depth) == (VerifyMode.OPTIONAL_NO_CA, 9)
    assert own.own[0].chain == default.own[0].chain


def test_crl_is_used_when_it_stands_in_ca_list(folder: Path) -> None:
    write(folder / "ca.pem", ROOT.credential.certificate_pem(), crl_pem(ROOT, revoked=[BOB.certificate]))
    table, problems = build(folder)
    assert errors_of(problems) == []
    assert [e.serial_number for e in table.default_server.revocation_lists[0]] == [BOB.certificate.serial_number]


def test_crl_files_add_to_those_in_ca_list(folder: Path) -> None:
    write(folder / "ca.pem", ROOT.credential.certificate_pem(), OTHER_ROOT.credential.certificate_pem(), crl_pem(ROOT))
    write(folder / "other.crl", crl_pem(OTHER_ROOT))
    table, problems = build(folder, crl=["other.crl"])
    assert errors_of(problems) == []
    assert len(table.default_server.revocation_lists) == 2
    assert table.default_server.crl_files == (folder / "other.crl",)


def test_certificate_file_may_hold_the_key_and_come_in_any_order(folder: Path) -> None:
    write(folder / "cert.pem", ROOT.credential.certificate_pem(), SERVER.certificate_pem(), SERVER.key_pem())
    table, problems = build(folder, private_key=[])
    assert errors_of(problems) == []
    assert table.default_server.own[0].chain == (SERVER.certificate, ROOT.certificate)
    assert "is not in order" in warnings_of(problems)


@pytest.mark.parametrize("name", ["certificate", "certificate2", "private_key", "ca_list", "crl"])
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("missing.pem", "can't be read: there is no such file"),
        ("empty.pem", "is empty"),
        ("junk.pem", "has no PEM block in it"),
        ("pipe", "is not a regular file"),
        ("broken.pem", "can't be parsed"),
    ],
)
def test_each_file_has_its_own_message_when_it_is_unusable(folder: Path, name: str, file: str, text: str) -> None:
    write(folder / "empty.pem", b"\n")
    write(folder / "junk.pem", b"junk\n")
    os.mkfifo(folder / "pipe")
    label = {"private_key": b"PRIVATE KEY", "crl": b"X509 CRL"}.get(name, b"CERTIFICATE")
    write(folder / "broken.pem", b"-----BEGIN " + label + b"-----\nAAAA\n-----END " + label + b"-----\n")
    path = folder if file == "." else folder / file
    table, problems = build(folder, **{name: [str(path)]})
    assert table is None
    (where, message), *_ = errors_of(problems)
    assert where == f"{name}[0]"
    assert message.startswith(f"{name} {path} ")
    assert text in message


@pytest.mark.parametrize("name", ["certificate", "private_key", "ca_list", "private_key_password_file"])
def test_folder_in_the_place_of_a_file_is_named(folder: Path, name: str) -> None:
    table, problems = build(folder, **{name: [str(folder)]})
    assert table is None
    assert any(str(folder) in text and "is a folder" in text for _, text in errors_of(problems))


@pytest.mark.parametrize("name", ["certificate", "private_key", "ca_list", "ca_path", "crl", "config"])
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_is_no_file_name_is_refused(folder: Path, name: str, text: str) -> None:
    table, problems = build(folder, **{name: [text]})
    assert table is None
    assert any("is no file name" in said for _, said in errors_of(problems))


def test_all_problems_are_found_in_one_run(folder: Path) -> None:
    other_key = folder / "other.key"
    write(other_key, BOB.key_pem())
    table, problems = build(
        folder,
        method=["SSLv3"],
        verify_certificate=["maybe"],
        verify_depth=["101"],
        private_key=["other.key"],
        ca_list=["missing.pem"],
        cipher_list=["HIHG:ECDHE+AESGCM:RC4-SHA:TLS_AES_256_GCM_SHA384"],
        ciphersuites=["ECDHE-RSA-AES128-GCM-SHA256"],
        certificate=["cert.pem", "127.0.0.9:5061=cert.pem"],
        crl=["1.2.3.4=x"],
        server_name=["*:5061=a_b.example.com"],
    )
    assert table is None
    assert {where for where, _ in errors_of(problems)} == {
        "method[0]",
        "verify_certificate[0]",
        "verify_depth[0]",
        "private_key[0]",
        "ca_list[0]",
        "cipher_list[0]",
        "ciphersuites[0]",
        "certificate[1]",
        "crl[0]",
        "server_name[0]",
    }
    assert len(problems) == len({(p.where, p.text) for p in problems})


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"certificate": ["key.pem"]}, "has no certificate in it, but a private key"),
        ({"private_key": ["ca.pem"]}, "has no private key in it, but a certificate"),
        ({"private_key": ["locked.key"]}, "is encrypted"),
        ({"private_key": ["/engine:pkcs11:x"]}, "PKCS#11"),
        ({"private_key": ["bob.key"]}, "does not belong to certificate"),
        ({"ca_list": []}, "ca_list is not set"),
        ({"certificate": []}, "TLS domain server:default has no certificate"),
        ({"certificate": ["weak.pem"], "private_key": []}, "RSA key of 1024 bits"),
        ({"certificate": ["cert.pem", "ca.pem"]}, "given twice for one domain, with different values"),
        ({"verify_client": ["sometimes"]}, "verify_client can't be 'sometimes'"),
        ({"verify_client": ["optional"]}, "disagrees"),
        ({"method": ["SSLv4"]}, "unknown method"),
        ({"method": ["SSLv2"]}, "broken"),
        ({"verify_depth": ["-1"]}, "verify_depth"),
        ({"cipher_list": ["NULL-SHA"]}, "protect nothing"),
        ({"cipher_list": ["aNULL+AES"]}, "protect nothing"),
        ({"cipher_list": ["HIGH:@SECLEVEL=0"]}, "security level"),
        ({"cipher_list": ["NOSUCH"]}, "names no suite"),
        ({"cipher_list": ["AES128-SHA:!AES128-SHA"]}, "leaves no cipher suite"),
        ({"verify_depth": ["127.0.0.2:5061=3"]}, "no TLS listener has the address 127.0.0.2 port 5061"),
        ({"session_cache": ["maybe"]}, "session_cache can't be 'maybe'"),
        ({"private_key": ["open.key"]}, "can be read by every user (mode 0644)"),
        ({"ca_list": ["forged.pem"]}, "is not signed by that CA's key"),
        ({"ca_list": ["half.pem"]}, "has no CRL, others have"),
    ],
)
def test_setting_is_refused(folder: Path, values: dict[str, list[str | int]], text: str) -> None:
    write(folder / "locked.key", SERVER.key_pem(b"secret"))
    write(folder / "bob.key", BOB.key_pem())
    write(folder / "open.key", SERVER.key_pem(), mode=0o644)
    weak = ROOT.issue(Profile(common_names=("weak",), usages=(SERVER_AUTH,), key=make_rsa_key(1024)))
    write(folder / "weak.pem", weak.certificate_pem(), weak.key_pem())
    forger = Authority(Credential(ROOT.certificate, OTHER_ROOT.credential.key))
    write(folder / "forged.pem", ROOT.credential.certificate_pem(), crl_pem(forger))
    write(
        folder / "half.pem", ROOT.credential.certificate_pem(), OTHER_ROOT.credential.certificate_pem(), crl_pem(ROOT)
    )
    table, problems = build(folder, **values)
    assert table is None
    assert [message for _, message in errors_of(problems) if text in message] != []
    assert len(errors_of(problems)) == 1


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"method": [""]}, "method is empty: taken as not set"),
        ({"private_key": ["key.pem", ""]}, "private_key is empty: taken as not set"),
        ({"certificate": ["cert.pem", "cert.pem"]}, "given twice for one domain"),
        ({"private_key": ["group.key"]}, "can be read by its group (mode 0640)"),
        ({"certificate": ["old.pem"], "private_key": []}, f"expired {NOW - DAY:%Y-%m-%d}"),
        ({"certificate": ["soon.pem"], "private_key": []}, f"expires {NOW + 29 * DAY:%Y-%m-%d}"),
        ({"certificate": ["client.pem"], "private_key": []}, "is not for TLS servers"),
        ({"certificate": ["client.pem"], "private_key": []}, "has no subject alternative name"),
        ({"ca_list": ["cakey.pem"]}, "has a private key in it"),
        ({"ca_list": ["leaf.pem"]}, "is not a CA"),
        ({"ca_list": ["stale.pem"]}, "nobody of that CA is verified"),
        ({"ca_list": ["stranger.pem"]}, "that CA is not in ca_list"),
        ({"method": ["TLSv1.2"]}, "TLS 1.3 is off"),
    ],
)
def test_setting_is_taken_with_a_warning(folder: Path, values: dict[str, list[str | int]], text: str) -> None:
    write(folder / "group.key", SERVER.key_pem(), mode=0o640)
    names = {"usages": (SERVER_AUTH,), "alternative_names": alternative_names("alice.example.com")}
    for file, profile in {
        "old.pem": Profile(common_names=("alice",), not_after=NOW - DAY, **names),
        "soon.pem": Profile(common_names=("alice",), not_after=NOW + 29 * DAY, **names),
        "client.pem": Profile(common_names=("alice",)),
    }.items():
        issued = ROOT.issue(profile)
        write(folder / file, issued.certificate_pem(), issued.key_pem())
    root = ROOT.credential.certificate_pem()
    write(folder / "cakey.pem", root, ROOT.credential.key_pem())
    write(folder / "leaf.pem", root, BOB.certificate_pem())
    write(folder / "stale.pem", root, crl_pem(ROOT, next_update=NOW - DAY))
    write(folder / "stranger.pem", root, crl_pem(ROOT), crl_pem(OTHER_ROOT))
    table, problems = build(folder, **values)
    assert errors_of(problems) == []
    assert table is not None
    assert text in warnings_of(problems)


@pytest.mark.parametrize(
    ("pair", "mode"),
    [
        (("0", "0"), VerifyMode.OFF),
        (("1", "0"), VerifyMode.OPTIONAL_NO_CA),
        (("yes", "no"), VerifyMode.OPTIONAL_NO_CA),
        ((1, 1), VerifyMode.ON),
        (("0", "1"), VerifyMode.ON),
    ],
)
def test_pair_of_flags_chooses_the_mode(folder: Path, pair: tuple[str, str], mode: VerifyMode) -> None:
    table, _ = build(folder, verify_certificate=[pair[0]], require_certificate=[pair[1]])
    assert table.default_server.verify is mode


@pytest.mark.parametrize("mode", list(VerifyMode))
def test_verify_client_chooses_the_mode(folder: Path, mode: VerifyMode) -> None:
    table, _ = build(folder, verify_certificate=[], require_certificate=[], verify_client=[mode.value.upper()])
    assert table.default_server.verify is mode


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("tlsv1", (ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3)),
        ("TLSv1.2", (ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_2)),
        ("TLSv1.3+", (ProtocolVersion.TLS_1_3, ProtocolVersion.TLS_1_3)),
    ],
)
def test_method_names_choose_versions(folder: Path, name: str, versions: tuple[ProtocolVersion, ...]) -> None:
    domain = build(folder, method=[name])[0].default_server
    assert (domain.minimum, domain.maximum) == versions


@pytest.mark.parametrize("value", ["127.0.0.1:5061=1", "*:5061=1", "[::1]:5071=1", "10.1.2.3:5081=1"])
def test_domain_is_served_when_a_listener_covers_its_address(folder: Path, value: str) -> None:
    listeners = [*LISTENERS, ("::", 5071), ("0.0.0.0", 5081)]
    table, problems = build(folder, listeners=listeners, require_certificate=[value])
    assert errors_of(problems) == []
    assert sum(1 for domain in table if domain.side is Side.SERVER) == 2


def test_depth_is_taken_at_its_bound(folder: Path) -> None:
    assert build(folder, verify_depth=[100])[0].default_server.depth == 100


def test_no_key_material_is_in_a_domains_repr(folder: Path) -> None:
    text = repr(build(folder)[0].default_server)
    assert "server" in text
    assert "Key" not in text
    assert "Certificate(" not in text


def test_default_domain_needs_no_certificate_when_every_listener_has_its_own(folder: Path) -> None:
    values = {name: [f"127.0.0.1:5061={value}" for value in given] for name, given in SEED.items()}
    table, problems = build(folder, listeners=[("127.0.0.1", 5061)], **values)
    assert errors_of(problems) == []
    assert table.default_server.own == ()


def test_problem_of_an_inherited_value_is_one_of_every_domain_that_has_it(folder: Path) -> None:
    _, problems = build(folder, verify_depth=["x"], method=["127.0.0.1:5063=TLSv9"])
    found = {str(p.where): p.domains for p in problems if p.severity == "error"}
    assert found == {
        "verify_depth[0]": ("server:default", "server:127.0.0.1:5063"),
        "method[0]": ("server:127.0.0.1:5063",),
    }


def _staple(folder: Path, leaf: Credential, *values: str) -> tuple[object, str]:
    """Source and file, and all warnings, for the certificate `leaf` with those values of `ocsp_stapling`."""
    write(folder / "cert.pem", leaf.certificate_pem())
    write(folder / "key.pem", leaf.key_pem())
    table, problems = build(folder, certificate=["cert.pem"], private_key=["key.pem"], ocsp_stapling=list(values))
    assert errors_of(problems) == []
    domain = table.default_server
    return (domain.staple.value, domain.staple_file), warnings_of(problems)


def test_stapling_is_off_fetched_or_from_a_file(folder: Path) -> None:
    leaf = make_leaf(ROOT, alternative_names=alternative_names("alice.example.com"))
    assert _staple(folder, leaf)[0] == ("off", None)
    assert _staple(folder, leaf, "off")[0] == ("off", None)
    found, warnings = _staple(folder, leaf, "Fetch")
    assert found == ("fetch", None)
    assert "ocsp" not in warnings
    assert _staple(folder, leaf, "file:ocsp.der")[0] == ("file", folder / "ocsp.der")


def test_stapling_that_can_not_come_about_is_warned_about(folder: Path) -> None:
    assert "names no OCSP responder" in _staple(folder, make_leaf(ROOT, ""), "fetch")[1]
    demanding = make_leaf(ROOT, must_staple=True)
    assert "demands a stapled OCSP response (must-staple)" in _staple(folder, demanding)[1]
    assert "must-staple" not in _staple(folder, demanding, "fetch")[1]


@pytest.mark.parametrize("value", ["on", "1", "file:", "http://example.com/"])
def test_stapling_by_another_word_is_refused(folder: Path, value: str) -> None:
    table, problems = build(folder, ocsp_stapling=[value])
    assert table is None
    assert any("write off, fetch or file:PATH" in p.fix for p in problems)
