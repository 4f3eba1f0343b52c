"""Certificate files: what is wrong with them is said before anything is connected."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.client.credentials import MAX_FILE, Credentials, is_encrypted, is_readable_by_others, make_context
from sertwist.client.failure import ExitCode, Failure
from sertwist.pki.authority import Authority, Profile

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Files:
    """Paths of good files, and of some that are not."""

    directory: Path

    def __getattr__(self, name: str) -> Path:
        return self.directory / name


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    directory = tmp_path_factory.mktemp("credentials")
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    authority = Authority.make("CA", not_before=first, not_after=last)
    bob, eve = (authority.issue(Profile(common_names=(name,))) for name in ("Bob", "Eve"))
    contents = {
        "ca": authority.credential.certificate_pem(),
        "ca_crl": authority.credential.certificate_pem() + authority.crl().public_bytes(Encoding.PEM),
        "crl": authority.crl().public_bytes(Encoding.PEM),
        "cert": bob.certificate_pem(),
        "key": bob.key_pem(),
        "both": bob.certificate_pem() + bob.key_pem(),
        "sealed": bob.key_pem(b"secret"),
        "other": eve.key_pem(),
        "empty": b"",
        "junk": b"junk",
        "broken": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "broken_key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return Files(directory)


def refusal(credentials: Credentials) -> str:
    """What is said against these."""
    with pytest.raises(Failure) as caught:
        make_context(credentials)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def test_context_always_verifies_the_server(files: Files) -> None:
    for credentials in (Credentials(), Credentials(cacert=files.ca, cert=files.cert, key=files.key)):
        context = make_context(credentials)
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_revocation_lists_count_when_the_ca_file_has_them(files: Files) -> None:
    flag = ssl.VERIFY_CRL_CHECK_LEAF
    assert not make_context(Credentials(cacert=files.ca)).verify_flags & flag
    assert make_context(Credentials(cacert=files.ca_crl)).verify_flags & flag


def test_key_is_in_the_certificates_file_when_not_named(files: Files) -> None:
    make_context(Credentials(cert=files.both))


def test_encrypted_key_opens_with_its_password_only(files: Files) -> None:
    make_context(Credentials(cert=files.cert, key=files.sealed, password="secret"))
    assert is_encrypted(files.sealed)
    assert not is_encrypted(files.key)
    assert "--key-pass-file" in refusal(Credentials(cert=files.cert, key=files.sealed))
    assert "wrong password" in refusal(Credentials(cert=files.cert, key=files.sealed, password="wrong"))
    assert "wrong password" in refusal(Credentials(cert=files.cert, key=files.sealed, password=""))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"cacert": "none"}, "cannot read the CA file"),
        ({"cacert": "."}, "Is a directory"),
        ({"cacert": "empty"}, "is empty"),
        ({"cacert": "junk"}, "is not in PEM form"),
        ({"cacert": "key"}, "holds no certificate"),
        ({"cacert": "crl"}, "holds no certificate"),
        ({"cacert": "broken"}, "holds something that cannot be read"),
        ({"cert": "none", "key": "key"}, "cannot read the certificate"),
        ({"cert": "cert", "key": "none"}, "cannot read the private key"),
        ({"cert": "key", "key": "cert"}, "holds no certificate"),
        ({"cert": "cert", "key": "cert"}, "holds no private key"),
        ({"cert": "cert"}, "name the key's file by --key"),
        ({"cert": "cert", "key": "other"}, "does not belong to the certificate"),
        ({"cert": "cert", "key": "broken_key"}, "cannot be used"),
        ({"cert": "broken", "key": "key"}, "cannot be used"),
        ({"key": "key"}, "--key needs --cert"),
    ],
)
def test_file_is_named_when_it_cannot_be_used(files: Files, names: dict[str, str], words: str) -> None:
    said = refusal(Credentials(**{kind: files.directory / name for kind, name in names.items()}))
    assert words in said


def test_file_is_bounded_when_one_byte_larger(files: Files, tmp_path: Path) -> None:
    content = files.ca.read_bytes()
    (tmp_path / "ca").write_bytes(content + b"\n" * (MAX_FILE - len(content)))
    make_context(Credentials(cacert=tmp_path / "ca"))
    (tmp_path / "ca").write_bytes(content + b"\n" * (MAX_FILE + 1 - len(content)))
    assert "larger than" in refusal(Credentials(cacert=tmp_path / "ca"))


def test_readers_are_noticed_when_they_are_others(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o640)
    assert not is_readable_by_others(path)
    path.chmod(0o604)
    assert is_readable_by_others(path)
    assert not is_readable_by_others(tmp_path / "none")
