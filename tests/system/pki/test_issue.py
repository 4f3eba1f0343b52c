"""`sertwist pki issue`: what goes into a certificate, from a new key and from a request, and what never does."""

from __future__ import annotations

import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.folder import CaFolder
from sertwist.pki.index import serial_text
from tests.system.pki.conftest import Run, openssl, run_pki

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path) -> str:
    return openssl("x509", "-in", path, "-noout", "-text")


def test_server_is_issued_for_its_hosts_and_domains(ca: Path, out: Path, done: Run) -> None:
    names = ("--host", "sip1.example.com", "--host", "192.0.2.1", "--sip-domain", "example.com")
    result = done("issue", ca, "sip1", "--both", *names, "--out", out, "--days", 90)
    text = text_of(out / "sip1.pem")
    assert "TLS Web Server Authentication, TLS Web Client Authentication" in text
    assert "URI:sip:example.com, DNS:example.com, DNS:sip1.example.com, IP Address:192.0.2.1" in text
    assert "CA:FALSE" in text
    assert "Subject: CN=sip1" in text
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca / "ca.pem", out / "sip1.pem")
    openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", ca / "ca.pem", out / "sip1.pem")
    assert (out / "sip1.key").stat().st_mode & 0o777 == 0o600
    (entry,) = CaFolder(ca).index().entries
    assert f"serial {serial_text(entry.serial)}," in result.output
    assert 2**120 < entry.serial < 2**159
    assert entry.not_after - datetime.now(UTC) < timedelta(days=90)
    copy = ca / "issued" / f"{serial_text(entry.serial)}.pem"
    assert text_of(copy) == text


def test_client_is_issued_for_tls_clients_alone(ca: Path, out: Path, done: Run) -> None:
    done("issue", ca, "bob", "--client", "--cn", "Bob B\u00f6hm", "--uri", "sip:bob@example.com", "--out", out)
    text = text_of(out / "bob.pem")
    assert "TLS Web Client Authentication" in text
    assert "TLS Web Server Authentication" not in text
    assert "URI:sip:bob@example.com" in text
    subject = openssl("x509", "-in", out / "bob.pem", "-noout", "-subject", "-nameopt", "utf8")
    assert subject == "subject=CN=Bob B\u00f6hm\n"


@pytest.mark.parametrize(
    ("name", "expected"), [("sip.example.com", "DNS:sip.example.com"), ("192.0.2.1", "IP Address")]
)
def test_server_has_its_name_as_host_when_it_is_one(ca: Path, out: Path, done: Run, name: str, expected: str) -> None:
    done("issue", ca, name, "--server", "--out", out)
    assert expected in text_of(out / f"{name}.pem")


def test_server_without_a_name_to_check_is_refused(ca: Path, out: Path, refused: Run) -> None:
    assert "needs a name to be checked" in refused("issue", ca, "alice", "--server", "--out", out).output
    assert list(out.iterdir()) == []
    assert CaFolder(ca).index().entries == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("../bob", "--client"),
        ("", "--client"),
        ("b\nob", "--client"),
        ("x" * 65, "--client"),
        ("bob", "--client", "--cn", "a\x1b]0;x\x07"),
        ("bob", "--client", "--email", "bob"),
        ("sip", "--server", "--host", "*.example.com"),
        ("sip", "--server", "--sip-domain", "exa mple.com"),
        ("sip", "--server", "--uri", "sip:example.com\r\nX: y"),
    ],
)
def test_hostile_name_is_refused_and_leaves_nothing(ca: Path, out: Path, refused: Run, arguments: tuple[str]) -> None:
    refused("issue", ca, *arguments, "--out", out)
    assert list(out.iterdir()) == []
    assert CaFolder(ca).index().entries == []


def test_purpose_must_be_said(ca: Path) -> None:
    result = run_pki("issue", ca, "bob")
    assert result.exit_code == 2
    assert "Give --server, --client or --both" in result.output


def test_files_are_replaced_only_when_that_is_asked_for(ca: Path, out: Path, done: Run, refused: Run) -> None:
    issue = ("issue", ca, "bob", "--client", "--out", out)
    done(*issue)
    before = (out / "bob.pem").read_bytes(), (out / "bob.key").read_bytes()
    assert "is there already" in refused(*issue).output
    assert ((out / "bob.pem").read_bytes(), (out / "bob.key").read_bytes()) == before
    assert len(CaFolder(ca).index().entries) == 1
    (first,) = CaFolder(ca).index().entries
    assert f"'bob' also has {serial_text(first.serial)}" in done(*issue, "--replace").output
    assert (out / "bob.pem").read_bytes() != before[0]
    assert (out / "bob.key").stat().st_mode & 0o777 == 0o600


def test_validity_ends_with_the_authority_at_the_latest(tmp_path: Path, out: Path, done: Run) -> None:
    done("ca", "new", tmp_path / "short", "--name", "Short", "--days", 5)
    done("issue", tmp_path / "short", "bob", "--client", "--days", 365, "--out", out)
    own, issued = CaFolder(tmp_path / "short").certificates()[0], CaFolder(tmp_path / "short").index().entries[0]
    assert issued.not_after == own.not_valid_after_utc
    assert issued.not_before >= own.not_valid_before_utc


# -- requests ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """A request by openssl for two host names."""
    names = "subjectAltName=DNS:sip.example.com,DNS:evil.example.net"
    command = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "own.key")
    openssl(*command, "-out", tmp_path / "a.csr", "-subj", "/CN=I am root", "-addext", names)
    return tmp_path / "a.csr"


def test_request_gets_the_names_that_the_operator_gives(ca: Path, out: Path, request_file: Path, done: Run) -> None:
    issue = ("issue", ca, "sip", "--server", "--csr", request_file, "--out", out)
    result = done(*issue, "--host", "sip.example.com")
    assert "says that it is for 'CN=I am root'" in result.output
    assert "asks for DNS:evil.example.net: not taken" in result.output
    text = text_of(out / "sip.pem")
    assert "evil" not in text
    assert "Subject: CN=sip" in text
    assert "DNS:sip.example.com" in text
    assert not (out / "sip.key").exists(), "the key is the requester's"
    key = openssl("pkey", "-in", request_file.with_name("own.key"), "-pubout")
    assert openssl("x509", "-in", out / "sip.pem", "-noout", "-pubkey") == key


def test_request_gets_its_names_when_they_are_taken(ca: Path, out: Path, request_file: Path, done: Run) -> None:
    done("issue", ca, "sip", "--server", "--csr", request_file, "--take-names", "--out", out)
    assert "DNS:sip.example.com, DNS:evil.example.net" in text_of(out / "sip.pem")


def test_names_of_a_request_are_refused_when_they_can_not_be(ca: Path, tmp_path: Path, out: Path, refused: Run) -> None:
    command = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "a.csr")
    openssl(*command, "-subj", "/CN=x", "-addext", "subjectAltName=DNS:*.example.com")
    issue = ("issue", ca, "sip", "--server", "--csr", tmp_path / "a.csr", "--take-names", "--out", out)
    assert "SIP knows no wildcards" in refused(*issue).output
    assert list(out.iterdir()) == []


def test_request_is_refused_when_its_signature_is_not_good(
    ca: Path, tmp_path: Path, out: Path, request_file: Path, refused: Run
) -> None:
    der = bytearray(subprocess.check_output(["openssl", "req", "-in", str(request_file), "-outform", "DER"]))
    der[-5] ^= 1
    (tmp_path / "bad.der").write_bytes(der)
    openssl("req", "-in", tmp_path / "bad.der", "-inform", "DER", "-out", tmp_path / "bad.csr")
    issue = ("issue", ca, "sip", "--client", "--out", out, "--csr")
    assert "signature is not made by its key" in refused(*issue, tmp_path / "bad.csr").output
    assert "has no signing requests in it" in refused(*issue, ca / "ca.pem").output
    assert "there is no such file" in refused(*issue, tmp_path / "none").output
    assert CaFolder(ca).index().entries == []


def test_request_is_refused_when_its_key_is_weak(ca: Path, tmp_path: Path, out: Path, refused: Run) -> None:
    for kind, words in (
        (("rsa:1024",), "RSA 1024 bits"),
        (("ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"), "secp256k1"),
    ):
        path = tmp_path / "weak.csr"
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-keyout", tmp_path / "k", "-out", path, "-subj", "/CN=x")
        assert words in refused("issue", ca, "x", "--client", "--csr", path, "--out", out).output


# -- what goes wrong on a machine -------------------------------------------------------------------------------------


def test_folder_that_can_not_be_written_is_said_in_words(ca: Path, tmp_path: Path, refused: Run) -> None:
    missing = refused("issue", ca, "bob", "--client", "--out", tmp_path / "none")
    assert f"cannot write {tmp_path}/none/bob.pem: No such file or directory" in missing.output
    (tmp_path / "file").touch()
    assert "Not a directory" in refused("issue", ca, "bob", "--client", "--out", tmp_path / "file").output
    assert CaFolder(ca).index().entries == []


def start(*arguments: object, before: str = "") -> subprocess.Popen[str]:
    """`sertwist pki` as a process of its own, after the shell command `before`."""
    words = [sys.executable, "-c", "from sertwist.server.cli import main; main()", "pki", *map(str, arguments)]
    command = f"{before}exec {shlex.join(words)}"
    pipe = subprocess.PIPE
    return subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)


def test_nothing_is_lost_when_the_disk_is_full(ca: Path, out: Path, done: Run) -> None:
    names = ["c1", "c2", "c3"]
    for name in names:
        done("issue", ca, name, "--client", "--out", out)
    before = (ca / "index.jsonl").read_bytes()
    room = 2 * 512
    assert max(len((out / "c1.pem").read_bytes()), len(before)) < room < len(before) + 200
    process = start("issue", ca, "bob", "--client", "--out", out, before="ulimit -f 2; ")
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, f"Error: cannot write {ca}/index.jsonl: File too large\n")
    assert (ca / "index.jsonl").read_bytes() == before
    assert sorted({path.stem for path in out.iterdir()}) == names
    done("issue", ca, "bob", "--client", "--out", out)


def test_processes_at_the_same_time_lose_nothing(ca: Path, out: Path) -> None:
    names = [f"client{number}" for number in range(6)]
    running = [start("issue", ca, name, "--client", "--out", out) for name in names]
    running.append(start("crl", ca))
    results = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [status for _, status in results] == [0] * 7, results
    index = CaFolder(ca).index()
    assert sorted(entry.name for entry in index.entries) == names
    assert len({entry.serial for entry in index.entries}) == 6
    assert index.crl_number == 2
    for name in names:
        openssl("verify", "-CAfile", ca / "ca.pem", out / f"{name}.pem")
