"""`sertwist pki revoke` and `crl`: lists as openssl reads them, and a running server that follows them."""

from __future__ import annotations

import json
import re
import xmlrpc.client
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.folder import CaFolder
from sertwist.pki.index import serial_text
from tests.system.pki.conftest import Run, openssl

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


def list_text(ca: Path) -> str:
    return openssl("crl", "-in", ca / "crl.pem", "-CAfile", ca / "ca.pem", "-noout", "-text")


def serials(text: str) -> list[str]:
    return re.findall(r"Serial Number: (\w+)", text)


def number(text: str) -> int:
    found = re.search(r"CRL Number: \n\s+(\d+)", text)
    assert found is not None
    return int(found[1])


@pytest.fixture
def issued(ca: Path, out: Path, done: Run) -> dict[str, str]:
    """Serials of what was issued, by name."""
    for name in ("alice", "bob", "carol"):
        done("issue", ca, name, "--client", "--out", out)
    return {entry.name: serial_text(entry.serial) for entry in CaFolder(ca).index().entries}


def test_revoked_certificate_is_on_the_list_at_once(ca: Path, out: Path, issued: dict[str, str], done: Run) -> None:
    result = done("revoke", ca, "bob", "--reason", "keyCompromise")
    assert f"revoked 'bob' {issued['bob']}" in result.output
    assert "list 2, 1 revoked" in result.output
    text = list_text(ca)
    assert (serials(text), number(text)) == ([issued["bob"]], 2)
    assert "Key Compromise" in text
    check = ("verify", "-crl_check", "-CRLfile", ca / "crl.pem", "-CAfile", ca / "ca.pem")
    openssl(*check, out / "alice.pem")
    with pytest.raises(AssertionError, match="certificate revoked"):
        openssl(*check, out / "bob.pem")


def test_certificate_is_found_by_serial_and_by_file(ca: Path, out: Path, issued: dict[str, str], done: Run) -> None:
    with_colons = ":".join(re.findall("..", issued["alice"].lower()))
    done("revoke", ca, with_colons)
    done("revoke", ca, out / "carol.pem")
    assert sorted(serials(list_text(ca))) == sorted([issued["alice"], issued["carol"]])
    assert "Reason" not in list_text(ca), "unspecified is left out (RFC 5280 5.3.1)"


def test_certificate_that_the_index_lost_is_revoked_by_its_file(
    ca: Path, out: Path, issued: dict[str, str], done: Run
) -> None:
    lines = (ca / "index.jsonl").read_text().splitlines(keepends=True)
    (ca / "index.jsonl").write_text("".join(line for line in lines if '"bob"' not in line))
    done("revoke", ca, out / "bob.pem")
    assert serials(list_text(ca)) == [issued["bob"]]


def test_nothing_is_revoked_when_it_is_not_clear_what(
    ca: Path, tmp_path: Path, out: Path, issued: dict[str, str], done: Run, refused: Run
) -> None:
    done("issue", ca, "bob", "--client", "--out", out, "--replace")
    done("ca", "new", tmp_path / "other", "--name", "Example Root")
    done("issue", tmp_path / "other", "mallory", "--client", "--out", out)
    before = (ca / "index.jsonl").read_bytes(), (ca / "crl.pem").read_bytes()
    assert "'bob' has 2 valid certificates" in refused("revoke", ca, "bob").output
    assert "is no name and no serial number" in refused("revoke", ca, "dave").output
    assert "File name too long" in refused("revoke", ca, "x" * 300).output
    assert "was not issued by" in refused("revoke", ca, out / "mallory.pem").output
    assert "has no certificate in it" in refused("revoke", ca, out / "alice.key").output
    assert ((ca / "index.jsonl").read_bytes(), (ca / "crl.pem").read_bytes()) == before
    done("revoke", ca, "bob", "--all")
    assert len(serials(list_text(ca))) == 2
    assert "nothing is left to revoke" in refused("revoke", ca, "bob").output


def test_numbers_increase_and_dates_follow_what_is_asked_for(ca: Path, tmp_path: Path, done: Run) -> None:
    copy = tmp_path / "copy.pem"
    done("crl", ca, "--days", 7, "--out", copy)
    assert copy.read_bytes() == (ca / "crl.pem").read_bytes()
    crl = CaFolder(ca).newest_list()
    assert timedelta(days=6) < crl.next_update_utc - datetime.now(UTC) <= timedelta(days=7)
    (ca / "crl.pem").unlink()
    done("crl", ca)
    assert number(list_text(ca)) == 3
    assert CaFolder(ca).newest_list().last_update_utc <= datetime.now(UTC)


def test_list_ends_with_the_authority_at_the_latest(tmp_path: Path, done: Run) -> None:
    done("ca", "new", tmp_path / "short", "--name", "Short", "--days", 5)
    done("crl", tmp_path / "short", "--days", 30)
    short = CaFolder(tmp_path / "short")
    assert short.newest_list().next_update_utc == short.certificates()[0].not_valid_after_utc


def test_old_copy_of_the_index_makes_nobody_good_again(
    ca: Path, issued: dict[str, str], done: Run, refused: Run
) -> None:
    old = (ca / "index.jsonl").read_bytes()
    done("revoke", ca, "bob")
    (ca / "index.jsonl").write_bytes(old)
    result = refused("crl", ca)
    assert "the index is an old copy" in result.output
    assert issued["bob"] in result.output
    assert serials(list_text(ca)) == [issued["bob"]]


def test_expired_certificate_leaves_the_list_only_after_a_list_made_since(
    ca: Path, issued: dict[str, str], done: Run
) -> None:
    done("revoke", ca, "bob")
    path = ca / "index.jsonl"

    def end_bob(ago: timedelta) -> None:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if line.get("name") == "bob":
                line["not_after"] = line["revoked"] = f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    end_bob(timedelta(minutes=1))  # after the newest list's thisUpdate, five minutes ago
    done("crl", ca)
    assert serials(list_text(ca)) == [issued["bob"]]
    end_bob(timedelta(hours=1))
    done("crl", ca)
    assert serials(list_text(ca)) == []
    assert any(entry.revoked for entry in CaFolder(ca).index().entries), "the index remembers"


def script(ca: Path, out: Path, *lists: Path) -> str:
    crls = "\n".join(f'modparam("tls", "crl", "{folder}/crl.pem")' for folder in lists)
    return f"""
listen = tls:127.0.0.1:0
loadmodule "sl"
loadmodule "tls"
loadmodule "xmlrpc"
modparam("tls", "certificate", "{out}/server.pem")
modparam("tls", "private_key", "{out}/server.key")
modparam("tls", "ca_list", "{ca}/ca.pem")
{crls}
modparam("tls", "verify_certificate", "1")
modparam("tls", "crl_check_interval", 1)
route {{
    if (@tls.peer.verified && @tls.peer == "bob") dispatch_rpc();
    else xmlrpc_reply("403", "Not Bob");
}}
"""


def call(server: RunningServer, out: Path) -> str:
    try:
        return str(server.proxy(out / "bob").core.version())
    except xmlrpc.client.Fault as fault:
        return fault.faultString


@pytest.mark.parametrize("levels", [1, 2])
def test_running_server_takes_who_was_issued_and_refuses_who_was_revoked(
    ca: Path, tmp_path: Path, out: Path, done: Run, start_server: StartServer, levels: int
) -> None:
    issuing = ca
    if levels == 2:
        issuing = tmp_path / "issuing"
        done("ca", "new", issuing, "--name", "Issuing CA", "--intermediate-of", ca, "--key", "rsa")
    done("issue", issuing, "server", "--server", "--host", "localhost", "--out", out)
    done("issue", issuing, "bob", "--client", "--out", out)
    server = start_server(script(issuing, out, *dict.fromkeys((issuing, ca))))
    server.pki = ca
    assert call(server, out).startswith("sertwist")
    done("revoke", issuing, "bob", "--reason", "keyCompromise")
    server.wait_for("CA and CRL files read again")
    assert call(server, out) == "Not Bob"
    done("issue", issuing, "bob", "--client", "--out", out, "--replace")
    assert call(server, out).startswith("sertwist")
    server.assert_unharmed()
