"""OCSP stapling as clients see it: `openssl s_client -status` against a server whose responder is well or ill."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import Profile, alternative_names
from tests.system.issuing import impostor, open_authority
from tests.system.ocsp_responder import OcspResponder
from tests.system.running import RunningServer, seed_script
from tests.unit.tls.responder import make_leaf, make_response, responder_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from sertwist.pki.authority import Authority
    from tests.system.conftest import StartServer

Start = Callable[..., RunningServer]


@pytest.fixture
def responder(pki: Path) -> Iterator[OcspResponder]:
    started = OcspResponder(open_authority(pki), impostor(pki))
    yield started
    started.close()


@pytest.fixture
def start(start_server: StartServer, pki: Path, tmp_path: Path, responder: OcspResponder) -> Start:
    """Start a server whose certificate names `responder`, with that value of `ocsp_stapling`.

    With an `authority`, it is issued by that, whose certificate is sent with it; else by the demonstration's.
    """

    def start_it(
        stapling: str = "fetch", *, must_staple: bool = False, authority: Authority | None = None
    ) -> RunningServer:
        names = alternative_names("localhost")
        issuer = authority or open_authority(pki)
        own = make_leaf(issuer, responder.url, must_staple=must_staple, alternative_names=names)
        responder.certificate = own.certificate
        issuers = b"" if authority is None else authority.credential.certificate_pem()
        (tmp_path / "own.pem").write_bytes(own.certificate_pem() + issuers)
        (tmp_path / "own.key").write_bytes(own.key_pem())
        (tmp_path / "own.key").chmod(0o600)
        script = seed_script(pki).replace(str(pki / "server.pem"), str(tmp_path / "own.pem"))
        script = script.replace(str(pki / "server.key"), str(tmp_path / "own.key"))
        return start_server(script.replace("route {", f'modparam("tls", "ocsp_stapling", "{stapling}")\nroute {{', 1))

    return start_it


def seen(server: RunningServer, version: str = "tls1_3") -> str:
    """What `openssl s_client -status` sees: `good`, `none`, or its own words."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['tls']}", "-status", f"-{version}"]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    assert "Cipher is " in done.stdout, done.stdout + done.stderr
    assert "Cipher is (NONE)" not in done.stdout, done.stdout + done.stderr
    if "OCSP response: no response sent" in done.stdout:
        return "none"
    return "good" if "Cert Status: good" in done.stdout else done.stdout


def until(call: Callable[[], Any], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not call():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.1)


def told(server: RunningServer) -> str:
    """What `tls.certificates` says about the staple of the server's own certificate."""
    with server.proxy("bob") as proxy:
        rows: Any = proxy.tls.certificates()
        return next(row["ocsp"] for row in rows if row["kind"] == "own")


def test_clients_see_the_fetched_response_in_both_versions(start: Start, responder: OcspResponder) -> None:
    server = start()
    until(lambda: told(server).startswith("good until 20"))
    assert [seen(server, version) for version in ("tls1_2", "tls1_3")] == ["good", "good"]
    assert responder.asked == 1  # not once a handshake


@pytest.mark.parametrize("behaviour", OcspResponder.BAD)
def test_bad_responder_blocks_nobody_and_nothing_is_stapled(
    start: Start, responder: OcspResponder, behaviour: str
) -> None:
    responder.behaviour = behaviour
    server = start()
    begin = time.monotonic()
    assert seen(server) == "none"
    assert time.monotonic() - begin < 5
    if behaviour != "slow":  # that one takes its fifteen seconds
        server.wait_for("no new OCSP response for certificate 'CN=alice' of server:default: .*; none is stapled")
        assert told(server).startswith("none: ")
    assert seen(server, "tls1_2") == "none"
    assert responder.asked >= 1


def test_response_is_there_once_the_responder_is_well_again(start: Start, responder: OcspResponder) -> None:
    responder.behaviour = "refused"
    server = start()
    server.wait_for("it answers 403; none is stapled")
    responder.behaviour = "good"
    server.wait_for("an OCSP response for certificate 'CN=alice' of server:default is there again")
    assert seen(server) == "good"


def test_must_staple_without_response_is_said_loudly_and_served(start: Start, responder: OcspResponder) -> None:
    responder.behaviour = "garbage"
    server = start(must_staple=True)
    line = server.wait_for("clients refuse the certificate without one")
    assert "#error" in line
    assert told(server).startswith("none, and clients refuse the certificate: ")
    assert seen(server) == "none"
    responder.behaviour = "good"
    until(lambda: seen(server) == "good")


def test_must_staple_with_stapling_off_is_said_at_the_start(start: Start) -> None:
    server = start("off", must_staple=True)
    server.wait_for("own.pem demands a stapled OCSP response")


def test_response_comes_from_a_file_and_is_read_again(
    start: Start, responder: OcspResponder, pki: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ocsp.der"
    server = start(f"file:{path}")
    assert seen(server) == "none"
    server.wait_for("ocsp.der can't be read: there is no such file; none is stapled")
    assert responder.certificate is not None
    _replace(path, _response(pki, responder.certificate, timedelta(hours=1)))
    until(lambda: seen(server) == "good")
    before = told(server)
    _replace(path, _response(pki, responder.certificate, timedelta(hours=2)))
    until(lambda: told(server) not in (before, ""))
    assert seen(server) == "good"
    assert responder.asked == 0


def _response(pki: Path, certificate: x509.Certificate, holds: timedelta) -> bytes:
    now = datetime.now(UTC)
    return make_response(certificate, open_authority(pki), this_update=now, next_update=now + holds)


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".new")
    aside.write_bytes(content)
    aside.replace(path)


def _curl(server: RunningServer, version: str) -> int:
    """Exit status of a client that verifies the staple, its signature and dates: 0, or 91 when it is not good."""
    command = [
        "curl",
        "-sS",
        "--cert-status",
        f"--{version}",
        "--tls-max",
        version.removeprefix("tlsv"),
        "-o",
        "/dev/null",
    ]
    command += ["--cacert", server.pki / "ca.pem", f"https://localhost:{server.ports['tls']}/"]
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=30, check=False)
    return done.returncode


def test_openssls_responder_answers_us_and_curl_verifies_what_we_staple(
    start: Start, responder: OcspResponder, pki: Path, tmp_path: Path
) -> None:
    # Below an intermediate CA: curl looks for the certificate's issuer among those that the server sends.
    authority = open_authority(pki).issue_authority(Profile(common_names=("intermediate",)))
    signer = responder_certificate(authority)
    (tmp_path / "intermediate.pem").write_bytes(authority.credential.certificate_pem())
    (tmp_path / "signer.pem").write_bytes(signer.certificate_pem())
    (tmp_path / "signer.key").write_bytes(signer.key_pem())
    responder.behaviour = "refused"
    server = start(authority=authority)
    assert [_curl(server, version) for version in ("tlsv1.2", "tlsv1.3")] == [91, 91]
    assert responder.certificate is not None
    expiry = f"{responder.certificate.not_valid_after_utc:%y%m%d%H%M%SZ}"
    (tmp_path / "index.txt").write_text(f"V\t{expiry}\t\t{responder.certificate.serial_number:X}\tunknown\t/CN=alice\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["openssl", "ocsp", "-port", str(port), "-index", "index.txt", "-CA", "intermediate.pem"]
    command += ["-rsigner", "signer.pem", "-rkey", "signer.key", "-ndays", "1"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        responder.pass_on_to = port
        responder.behaviour = "pass on"
        server.wait_for("is there again", timeout=60)
        assert [_curl(server, version) for version in ("tlsv1.2", "tlsv1.3")] == [0, 0]
    finally:
        process.kill()
        process.wait()
