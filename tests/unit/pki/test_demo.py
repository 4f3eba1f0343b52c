"""The demonstration set: complete, kept while it is good, made anew when it is not."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from sertwist.errors import ConfigError
from sertwist.pki.commands import pki
from sertwist.pki.demo import NAMES, write_demo

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
YEAR = timedelta(days=365)
CLIENTS = ("bob", "ser-killer", "expired", "revoked", "not-yet-valid", "wrong-ca", "self-signed", "wrong-purpose")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("parent") / "a" / "pki"
    written = write_demo(directory, now=NOW)
    assert sorted(path.name for path in written) == sorted(NAMES)
    return directory


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def load(directory: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / f"{name}.pem").read_bytes())


def test_keys_are_for_the_owner_only_and_nothing_else_is_left(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in made.iterdir()) == sorted(NAMES)
    for path in made.iterdir():
        assert path.stat().st_mode & 0o777 == (0o600 if path.suffix == ".key" else 0o644)


def test_keys_belong_to_their_certificates(made: Path) -> None:
    for path in made.glob("*.key"):
        key = load_pem_private_key(path.read_bytes(), None)
        assert key.public_key() == load(made, path.stem).public_key()


def test_ca_file_is_the_authority_followed_by_its_list(made: Path) -> None:
    content = (made / "ca.pem").read_bytes()
    assert content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert content.endswith((made / "crl.pem").read_bytes())
    crl = x509.load_pem_x509_crl((made / "crl.pem").read_bytes())
    revoked = [name for name in CLIENTS if crl.get_revoked_certificate_by_serial_number(load(made, name).serial_number)]
    assert revoked == ["revoked"]
    assert crl.next_update_utc is not None
    assert crl.next_update_utc > NOW + 9 * YEAR


def test_bad_clients_say_that_they_are_ser_killer(made: Path) -> None:
    names = [load(made, name).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value for name in CLIENTS]
    assert names == ["Bob", *["SER-Killer"] * 7]


def test_dates_are_what_the_names_say(made: Path) -> None:
    for name in ("server", "server-ec", "bob", "ser-killer", "revoked", "wrong-ca", "self-signed", "wrong-purpose"):
        certificate = load(made, name)
        assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
        assert certificate.not_valid_after_utc == (NOW + YEAR).replace(microsecond=0)
    assert load(made, "expired").not_valid_after_utc < NOW
    assert load(made, "not-yet-valid").not_valid_before_utc > NOW + YEAR - timedelta(seconds=1)


def test_server_is_for_the_hosts(made: Path) -> None:
    for name in ("server", "server-ec"):
        found = load(made, name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert [str(each.value) for each in found] == ["localhost", "127.0.0.1", "::1"]


def test_set_is_kept_when_it_is_good(copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert write_demo(copy, now=NOW) == []
    assert write_demo(copy, now=NOW + YEAR - timedelta(seconds=1)) == []
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_set_is_made_anew_when_forced_expired_incomplete_or_for_other_hosts(copy: Path) -> None:
    assert write_demo(copy, now=NOW, force=True)
    assert write_demo(copy, now=NOW + YEAR + timedelta(seconds=1))
    (copy / "bob.key").unlink()
    assert write_demo(copy, now=NOW)
    (copy / "bob.key").write_bytes((copy / "ser-killer.key").read_bytes())
    assert write_demo(copy, now=NOW)
    (copy / "server.pem").write_bytes(b"junk")
    assert write_demo(copy, now=NOW)
    assert write_demo(copy, now=NOW, hosts=("sip1.example.net",))
    assert write_demo(copy, now=NOW, hosts=("sip1.example.net",)) == []


def test_own_certificates_are_never_replaced_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("mine")
    with pytest.raises(ConfigError, match=r"server\.key is there"):
        write_demo(tmp_path, now=NOW)
    assert (tmp_path / "server.key").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["server.key"]
    assert write_demo(tmp_path, now=NOW, force=True)


def test_error_names_the_file_when_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot write .*file"):
        write_demo(tmp_path / "file" / "pki", now=NOW)


def test_command_says_what_it_wrote_and_what_it_kept(tmp_path: Path) -> None:
    first = CliRunner().invoke(pki, ["demo", str(tmp_path / "pki")])
    assert first.exit_code == 0
    assert "bob.pem            Bob: may call everything but core.kill" in first.output
    assert "kept the complete set" in CliRunner().invoke(pki, ["demo", str(tmp_path / "pki")]).output
    assert "wrote 24 files" in CliRunner().invoke(pki, ["demo", str(tmp_path / "pki"), "--force"]).output
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "ca.key").touch()
    refused = CliRunner().invoke(pki, ["demo", str(tmp_path / "mine")])
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
