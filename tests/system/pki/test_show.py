"""`sertwist pki show`: what openssl says of the same files, and what only we do."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import Authority, Profile, alternative_names, issue_self_signed
from sertwist.pki.folder import CaFolder
from sertwist.pki.index import serial_text
from tests.system.pki.conftest import Run, openssl, run_pki

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def contents(*paths: Path) -> list[dict[str, Any]]:
    """The rows of all files, as JSON says them."""
    result = run_pki("show", "-o", "json", *paths)
    assert result.exit_code == 0, result.output
    return [row for file in json.loads(result.output)["files"] for row in file["contents"]]


def test_certificate_is_shown_as_openssl_and_the_selects_do(ca: Path, out: Path, done: Run) -> None:
    done("issue", ca, "sip", "--both", "--sip-domain", "example.com", "--uri", "sip:bob@example.com", "--out", out)
    path = out / "sip.pem"
    (row,) = contents(path)
    said = openssl("x509", "-in", path, "-noout", "-serial", "-startdate", "-enddate", "-fingerprint", "-sha256")
    serial, start, end, digest = (line.partition("=")[2] for line in said.splitlines())
    assert row["serial_hex"] == serial
    assert row["serial"] == str(int(serial, 16))
    assert (row["not_before"], row["not_after"]) == (start, end)
    assert row["sha256"] == digest.replace(":", "").lower()
    openssl("x509", "-in", path, "-noout", "-pubkey", "-out", out / "public.pem")
    openssl("pkey", "-pubin", "-in", out / "public.pem", "-outform", "DER", "-out", out / "public.der")
    assert row["spki_sha256"] == hashlib.sha256((out / "public.der").read_bytes()).hexdigest()
    assert (row["subject"], row["issuer"]) == ("CN=sip", "CN=Example Root")
    assert row["uri"] == ["sip:example.com", "sip:bob@example.com"]
    assert (row["dns"], row["sip_domains"]) == (["example.com"], ["example.com"])
    assert (row["key"], row["purposes"]) == ("EC P-256", ["serverAuth", "clientAuth"])
    assert (row["days_left"], row["state"]) == (364, "valid")
    text = done("show", path).output
    assert f"    serial, hex   {serial}\n" in text
    assert f"    valid to      {end}, 364 days left, valid\n" in text
    assert "    URIs          sip:example.com\n                  sip:bob@example.com\n" in text


def test_key_is_shown_with_who_can_read_it_and_whose_it_is(ca: Path, out: Path, done: Run) -> None:
    for name in ("a", "b"):
        done("issue", ca, name, "--client", "--key", "rsa", "--out", out)
    text = done("show", out / "a.key").output
    assert "permissions   0600, its owner alone" in text
    assert f"belongs to    {out}/a.pem, certificate 1" in text
    (out / "a.key").chmod(0o644)
    (out / "a.pem").unlink()
    text = done("show", out / "a.key", out / "b.pem").output
    assert "permissions   0644, every user can read or write it: chmod 600" in text
    assert "belongs to    none of the certificates shown" in text
    assert "PRIVATE" not in text


def test_encrypted_key_is_said_to_be(ca: Path, tmp_path: Path) -> None:
    openssl("pkey", "-in", ca / "ca.key", "-aes256", "-passout", "pass:x", "-out", tmp_path / "a.key")
    (row,) = contents(tmp_path / "a.key")
    assert row == {"kind": "private key", "permissions": "0600, its owner alone", "key": "encrypted"}


def test_list_is_shown_with_its_numbers(ca: Path, out: Path, tmp_path: Path, done: Run) -> None:
    done("issue", ca, "bob", "--client", "--out", out)
    done("revoke", ca, "bob")
    (row,) = contents(ca / "crl.pem")
    assert (row["issuer"], row["number"], row["revoked"], row["state"]) == ("CN=Example Root", 2, 1, "good")
    assert "signature" not in row, "its issuer's certificate is not among the files"
    assert contents(ca / "crl.pem", ca / "ca.pem")[0]["signature"] == "good"
    done("ca", "new", tmp_path / "impostor", "--name", "Example Root")
    assert contents(ca / "crl.pem", tmp_path / "impostor" / "ca.pem")[0]["signature"] == "not made by its issuer"


def test_past_dates_are_said_to_be_past(tmp_path: Path) -> None:
    root = Authority.make("Old", not_before=NOW - 20 * DAY, not_after=NOW - DAY)
    (tmp_path / "a.pem").write_bytes(root.credential.certificate_pem())
    assert "2 days ago, expired" in run_pki("show", tmp_path / "a.pem").output


@pytest.mark.parametrize(
    ("order", "note"),
    [
        ((0, 1), "in order: each is followed by its issuer"),
        ((0, 1, 2), "in order, but with the root, which peers have already: leave it out"),
        ((1, 0), "not in order: certificate 1 must be followed by its issuer"),
        ((0, 2), "not in order: certificate 1 must be followed by its issuer"),
        ((2, 1), "CA certificates alone: their order does not matter"),
    ],
)
def test_order_of_a_chain_is_judged(tmp_path: Path, done: Run, order: tuple[int, ...], note: str) -> None:
    root = Authority.make("Root", not_before=NOW, not_after=NOW + DAY)
    below = root.issue_authority(Profile(common_names=("Sub",)))
    chain = [below.issue(Profile(common_names=("x",))), below.credential, root.credential]
    (tmp_path / "a.pem").write_bytes(b"".join(chain[number].certificate_pem() for number in order))
    assert done("show", tmp_path / "a.pem").output.splitlines()[-1] == f"  {note}"


def test_request_is_shown_when_its_signature_is_good(tmp_path: Path, done: Run) -> None:
    command = ("req", "-new", "-nodes", "-keyout", tmp_path / "k", "-subj", "/CN=x", "-newkey")
    openssl(*command, "rsa:2048", "-out", tmp_path / "a.csr", "-addext", "subjectAltName=DNS:a.example")
    (row,) = contents(tmp_path / "a.csr")
    assert row == {"kind": "signing request", "subject": "CN=x", "asks_for": ["DNS:a.example"], "key": "RSA 2048 bits"}
    openssl(*command, "rsa:1024", "-out", tmp_path / "weak.csr")
    assert "RSA 1024 bits" in contents(tmp_path / "weak.csr")[0]["defect"]


def test_hostile_names_reach_no_terminal(tmp_path: Path, done: Run) -> None:
    names = alternative_names("good.example", "evil\x1b[2J.example")
    bad = issue_self_signed(
        Profile(common_names=("a\x1b]0;x\x07",), alternative_names=names, not_before=NOW, not_after=NOW + DAY)
    )
    bidi = issue_self_signed(Profile(common_names=("a\u202eb",), not_before=NOW, not_after=NOW + DAY))
    (tmp_path / "a.pem").write_bytes(bad.certificate_pem() + bidi.certificate_pem())
    text = done("show", tmp_path / "a.pem").output
    assert all(line.isprintable() for line in text.splitlines())
    assert "DEFECT        certificate has control characters in a name" in text
    assert "subject       (not shown: control characters" in text
    assert "subject       CN=a\\u202eb" in text
    assert contents(tmp_path / "a.pem")[0]["dns"] == ["good.example", None]


def test_what_can_not_be_read_is_said_and_the_rest_is_shown(ca: Path, tmp_path: Path) -> None:
    broken = re.sub(r"\n.{8}", "\nAAAAAAAA", (ca / "ca.pem").read_text(), count=1)
    (tmp_path / "broken.pem").write_text(broken)
    (tmp_path / "junk.pem").write_text("junk")
    result = run_pki("show", tmp_path / "junk.pem", tmp_path / "none.pem", tmp_path / "broken.pem", ca / "ca.pem")
    assert result.exit_code == 1
    assert "junk.pem has no PEM block in it" in result.stderr
    assert "none.pem can't be read: there is no such file" in result.stderr
    assert "DEFECT        can't be parsed" in result.stdout
    assert "subject       CN=Example Root" in result.stdout


def test_folder_is_shown_with_what_it_has_issued(ca: Path, out: Path, done: Run, refused: Run) -> None:
    assert "has issued nothing yet" in done("show", ca).output
    done("issue", ca, "bob", "--client", "--out", out)
    done("revoke", ca, "bob", "--reason", "superseded")
    done("issue", ca, "alice", "--client", "--out", out)
    rows = done("show", ca).output.partition("issued by")[2].splitlines()[1:]
    bob, alice = CaFolder(ca).index().entries
    assert re.fullmatch(rf"  bob    client  {serial_text(bob.serial)} +to [\d-]+  revoked [\d-]+, superseded", rows[0])
    assert re.fullmatch(rf"  alice  client  {serial_text(alice.serial)} +to [\d-]+  valid", rows[1])
    shown = done("show", out).output
    assert [line for line in shown.splitlines() if not line.startswith(" ")] == [
        f"{out}/{name}" for name in ("alice.key", "alice.pem", "bob.key", "bob.pem")
    ]
    (out / "empty").mkdir()
    assert "has no file named .pem" in refused("show", out / "empty").output
