"""`sertwist pki ca new`: folders, modes, intermediates, encrypted keys, and what it never replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.pki.folder import CaFolder
from tests.system.pki.conftest import Run, openssl, run_pki

if TYPE_CHECKING:
    from pathlib import Path


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_root_is_made_with_a_list_and_nobody_else_can_read_its_key(ca: Path) -> None:
    assert ca.stat().st_mode & 0o777 == 0o700
    assert modes(ca) == {"ca.pem": 0o644, "ca.key": 0o600, "crl.pem": 0o644, "index.jsonl": 0o600, "issued": 0o700}
    assert [path.name for path in ca.parent.iterdir()] == ["ca"]
    text = openssl("x509", "-in", ca / "ca.pem", "-noout", "-text")
    assert "CA:TRUE" in text
    assert "Certificate Sign, CRL Sign" in text
    assert "Subject: CN=Example Root" in text
    assert "NIST CURVE: P-256" in text
    assert "OK" in openssl("verify", "-CAfile", ca / "ca.pem", ca / "ca.pem")
    listed = openssl("crl", "-in", ca / "crl.pem", "-CAfile", ca / "ca.pem", "-noout", "-text")
    assert "No Revoked Certificates" in listed
    assert "X509v3 CRL Number: \n                1" in listed


@pytest.mark.parametrize(
    ("kind", "text"),
    [("ec384", "secp384r1"), ("rsa", "(2048 bit)"), ("rsa3072", "(3072 bit)")],
)
def test_key_is_of_the_kind_that_is_asked_for(tmp_path: Path, done: Run, kind: str, text: str) -> None:
    done("ca", "new", tmp_path / "a", "--name", "Root", "--key", kind, "--days", 10)
    assert text in openssl("x509", "-in", tmp_path / "a" / "ca.pem", "-noout", "-text")
    openssl("verify", "-CAfile", tmp_path / "a" / "ca.pem", tmp_path / "a" / "ca.pem")
    certificate = CaFolder(tmp_path / "a").certificates()[0]
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 10


def test_nothing_is_replaced_when_something_is_there(ca: Path, tmp_path: Path, refused: Run, done: Run) -> None:
    before = {path.name: path.read_bytes() for path in ca.iterdir() if path.is_file()}
    assert "is there already" in refused("ca", "new", ca, "--name", "Another").output
    assert {path.name: path.read_bytes() for path in ca.iterdir() if path.is_file()} == before
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link", "file/below"):
        refused("ca", "new", tmp_path / name, "--name", "Another")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "file", "link"]
    (tmp_path / "empty").mkdir(mode=0o755)
    done("ca", "new", tmp_path / "empty", "--name", "Another")
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("length", "taken"), [(1023, True), (1024, False)])
def test_password_is_bounded(tmp_path: Path, length: int, taken: bool) -> None:
    (tmp_path / "secret").write_text("x" * length + "\r\n")
    (tmp_path / "secret").chmod(0o600)
    result = run_pki("ca", "new", tmp_path / "ca", "--name", "Root", "--password-file", tmp_path / "secret")
    assert (result.exit_code == 0) is taken
    assert (tmp_path / "ca").exists() is taken


@pytest.mark.parametrize("name", ["", "a\nb", " a", "x" * 65, "a\x1b[31mb"])
def test_name_is_refused_when_it_can_not_be(tmp_path: Path, refused: Run, name: str) -> None:
    refused("ca", "new", tmp_path / "a", "--name", name)
    assert list(tmp_path.iterdir()) == []


def test_intermediate_issues_below_its_root(ca: Path, tmp_path: Path, out: Path, done: Run, refused: Run) -> None:
    sub = tmp_path / "sub"
    made = done("ca", "new", sub, "--name", "Issuing, CA", "--intermediate-of", ca, "--days", 20_000)
    root_end = CaFolder(ca).certificates()[0].not_valid_after_utc
    assert CaFolder(sub).certificates()[0].not_valid_after_utc == root_end, "not beyond its parent's"
    assert f"valid to {root_end:%Y-%m-%d}" in made.output
    assert "CA:TRUE, pathlen:0" in openssl("x509", "-in", sub / "ca.pem", "-noout", "-text")
    done("issue", sub, "sip.example.com", "--server", "--out", out)
    leaf = out / "sip.example.com.pem"
    assert leaf.read_text().count("BEGIN CERTIFICATE") == 2, "the intermediate is there, the root is not"
    openssl("verify", "-x509_strict", "-CAfile", ca / "ca.pem", "-untrusted", leaf, leaf)
    (entry,) = CaFolder(ca).index().entries
    assert (entry.name, entry.purpose.value) == ("Issuing, CA", "authority")
    assert (
        "no authority below it"
        in refused("ca", "new", tmp_path / "deeper", "--name", "x", "--intermediate-of", sub).output
    )
    done("revoke", ca, "Issuing, CA", "--reason", "cACompromise")
    assert "CA Compromise" in openssl("crl", "-in", ca / "crl.pem", "-noout", "-text")


def test_encrypted_key_opens_with_its_password_only(tmp_path: Path, out: Path, done: Run, refused: Run) -> None:
    secret, wrong, empty, ca = tmp_path / "secret", tmp_path / "wrong", tmp_path / "empty", tmp_path / "ca"
    for path, text in ((secret, "correct horse\nmore\n"), (wrong, "battery"), (empty, "\nmore\n")):
        path.write_text(text)
        path.chmod(0o600)
    done("ca", "new", ca, "--name", "Root", "--password-file", secret)
    assert "ENCRYPTED" in (ca / "ca.key").read_text()
    issue = ("issue", ca, "bob", "--client", "--out", out)
    assert "give --password-file" in refused(*issue).output
    assert "the password is wrong" in refused(*issue, "--password-file", wrong).output
    assert "must have 1 to" in refused(*issue, "--password-file", empty).output
    assert "there is no such file" in refused(*issue, "--password-file", tmp_path / "none").output
    secret.chmod(0o604)
    assert "can be read or written by every user (mode 0604)" in refused(*issue, "--password-file", secret).output
    secret.chmod(0o600)
    assert list(out.iterdir()) == []
    done(*issue, "--password-file", secret)
    done("crl", ca, "--password-file", secret)


def test_key_is_not_used_when_every_user_can_read_it(ca: Path, out: Path, refused: Run) -> None:
    (ca / "ca.key").chmod(0o644)
    assert "can be read or written by every user (mode 0644)" in refused("crl", ca).output


def test_folder_is_refused_when_it_is_no_authority(tmp_path: Path, refused: Run) -> None:
    for command in (("crl", tmp_path), ("revoke", tmp_path, "bob"), ("issue", tmp_path, "bob", "--client")):
        assert "is no authority's folder" in refused(*command).output


def test_key_of_another_authority_is_refused(ca: Path, tmp_path: Path, done: Run, refused: Run) -> None:
    done("ca", "new", tmp_path / "b", "--name", "Other")
    (ca / "ca.key").write_bytes((tmp_path / "b" / "ca.key").read_bytes())
    assert "does not belong to" in refused("crl", ca).output
