"""TLS as other people's programs speak it: openssl at both ends, sipsak, a pjsua2 phone, and sslyze's judgement.

Debian's SIPp (sip-tester 3.6.1) says "To use a TLS transport you must compile SIPp with OpenSSL"; it stays with UDP and
TCP in `test_sip_clients`.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

import pytest

from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Profile, alternative_names
from tests.system.issuing import open_authority, write_credential
from tests.system.running import RunningServer, options_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.conftest import StartServer

SECONDS = 60.0  # until a program that hangs is ended

SCRIPT = """
listen = udp:127.0.0.1:0
listen = tls:127.0.0.1:0
loadmodule "sl"
loadmodule "tls"
modparam("tls", "config", "{directory}/tls.cfg")
route {{ {route} }}
"""
DOMAIN = """
certificate = {pki}/server.pem
private_key = {pki}/server.key
ca_list = {pki}/ca.pem
"""
ANSWER = """
    if (@tls.peer != "Bob") {{ sl_reply("403", "Forbidden"); exit; }}
    if (@tls.resumed) {{ sl_reply("200", "Bob again"); exit; }}
    sl_reply("200", "Bob");
"""


@pytest.fixture
def start(start_server: StartServer, pki: Path, tmp_path: Path) -> Callable[..., RunningServer]:
    """Start a server by its route and the sections of its tls.cfg."""

    def with_sections(route: str, *sections: str) -> RunningServer:
        text = "\n".join(section.replace("DOMAIN", DOMAIN) for section in sections)
        (tmp_path / "tls.cfg").write_text(text.format(pki=pki, directory=tmp_path))
        return start_server(SCRIPT.format(directory=tmp_path, route=route.format(directory=tmp_path)))

    return with_sections


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Talk:
    """A program that is written to and read from; it is ended when the test is."""

    def __init__(self, *command: object) -> None:
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._alarm = threading.Timer(SECONDS, self.process.kill)
        self._alarm.start()
        self.said = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._alarm.cancel()
        self.process.kill()
        self.process.communicate()

    def say(self, data: bytes) -> None:
        stream = self.process.stdin
        assert stream is not None
        stream.write(data)
        stream.flush()

    def hear(self, wanted: bytes) -> bytes:
        """Everything that it has said, once `wanted` is in it."""
        stream: IO[bytes] | None = self.process.stdout
        assert stream is not None
        while wanted not in self.said:
            line = stream.readline()
            assert line, f"{wanted!r} was never said, but {self.said.decode(errors='replace')}"
            self.said += line
        return self.said


# -- openssl as the client --------------------------------------------------------------------------------------------


def ask(server: RunningServer, *options: object, certificate: str = "bob") -> str:
    """What `openssl s_client` prints around one OPTIONS."""
    pki = server.pki
    with Talk(
        program("openssl"), "s_client", "-connect", f"localhost:{server.ports['tls']}", "-CAfile", pki / "ca.pem",
        "-verify_return_error", "-verify_hostname", "localhost",
        "-cert", pki / f"{certificate}.pem", "-key", pki / f"{certificate}.key", *options,
    ) as client:  # fmt: skip
        client.say(options_request("TLS"))
        client.hear(b"Content-Length: 0\r\n")
        client.say(b"Q\n")
        return (client.said + client.process.communicate(timeout=30)[0]).decode()


@pytest.mark.parametrize(("option", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_openssl_client_verifies_us_and_is_who_it_is(seed_server: RunningServer, option: str, version: str) -> None:
    said = ask(seed_server, option, "-servername", "localhost")
    assert "SIP/2.0 200 OK" in said
    assert "Verify return code: 0 (ok)" in said
    assert f"New, {version}" in said
    assert "SIP/2.0 403 Forbidden" in ask(seed_server, option, certificate="ser-killer")


@pytest.mark.parametrize("option", ["-tls1_1", "-tls1"])
def test_openssl_client_of_an_old_version_gets_an_alert(seed_server: RunningServer, option: str) -> None:
    done = subprocess.run(
        [program("openssl"), "s_client", "-connect", f"localhost:{seed_server.ports['tls']}", option,
         "-cipher", "ALL:@SECLEVEL=0"],
        input="", capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "alert protocol version" in done.stderr


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_session_of_openssl_is_not_resumed_where_the_script_judges(
    seed_server: RunningServer, tmp_path: Path, option: str
) -> None:
    session = tmp_path / "session"
    ask(seed_server, option, "-sess_out", session)
    said = ask(seed_server, option, "-sess_in", session) if session.exists() else ask(seed_server, option)
    assert "Reused, " not in said
    assert "SIP/2.0 200 OK" in said


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_session_of_openssl_is_resumed_where_bad_certificates_are_refused(
    start: Callable[..., RunningServer], tmp_path: Path, option: str
) -> None:
    server = start(ANSWER, "[server:default]DOMAINverify_client = on\nsession_tickets = 1\n")
    session = tmp_path / "session"
    first = ask(server, option, "-sess_out", session)
    assert "New, " in first
    assert "SIP/2.0 200 Bob\r\n" in first
    second = ask(server, option, "-sess_in", session)
    assert "Reused, " in second
    assert "SIP/2.0 200 Bob again\r\n" in second
    server.assert_unharmed()


def test_openssl_client_gets_the_certificate_of_the_name_that_it_asks_for(
    start: Callable[..., RunningServer], pki: Path, tmp_path: Path
) -> None:
    other = Profile(alternative_names=alternative_names("sip.example.com", "localhost"), usages=(SERVER_AUTH,))
    write_credential(tmp_path, open_authority(pki), other, name="other").with_suffix(".key").chmod(0o600)
    server = start(
        ANSWER,
        "[server:default]DOMAINverify_certificate = 1\n",
        "[server:any]\nserver_name = sip.example.com\ncertificate = {directory}/other.pem\n"
        "private_key = {directory}/other.key\nca_list = {pki}/ca.pem\nverify_certificate = 1\n",
    )
    names = {
        name: "DNS:sip.example.com" in _shown_certificate(ask(server, "-servername", name))
        for name in ("localhost", "sip.example.com", "SIP.EXAMPLE.COM", "unknown.example.com")
    }
    assert names == {
        "localhost": False,
        "sip.example.com": True,
        "SIP.EXAMPLE.COM": True,
        "unknown.example.com": False,
    }
    assert "DNS:sip.example.com" not in _shown_certificate(ask(server, "-noservername"))
    server.assert_unharmed()


def _shown_certificate(said: str) -> str:
    """What openssl says of the certificate that s_client printed."""
    done = subprocess.run(
        [program("openssl"), "x509", "-noout", "-ext", "subjectAltName"],
        input=said, capture_output=True, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    return done.stdout


def test_openssl_client_that_asks_for_a_staple_is_served_without_one(seed_server: RunningServer) -> None:
    said = ask(seed_server, "-status")
    assert "OCSP response: no response sent" in said
    assert "SIP/2.0 200 OK" in said


# -- openssl as our next hop ------------------------------------------------------------------------------------------


def test_request_goes_to_an_openssl_server_that_wants_our_certificate(
    start: Callable[..., RunningServer], pki: Path
) -> None:
    port = _free_port()
    route = f'forward_tls("localhost", {port});'
    server = start(
        route,
        "[server:default]DOMAIN",
        "[client:default]\ncertificate = {pki}/bob.pem\nprivate_key = {pki}/bob.key\nca_list = {pki}/ca.pem\n"
        "verify_certificate = 1\n",
    )
    with (
        Talk(
            program("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-Verify", "2", "-verify_return_error",
            "-CAfile", pki / "ca.pem", "-cert", pki / "server.pem", "-key", pki / "server.key",
            "-servername", "localhost", "-cert2", pki / "server.pem", "-key2", pki / "server.key",
        ) as hop,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller,
    ):  # fmt: skip
        hop.hear(b"ACCEPT")
        caller.connect(("127.0.0.1", server.ports["udp"]))
        caller.settimeout(SECONDS)
        caller.send(options_request("UDP"))
        heard = hop.hear(b"Content-Length: 0\r\n").decode()
        assert "depth=0 CN = Bob" in heard
        assert 'Hostname in TLS extension: "localhost"' in heard
        request = heard[heard.index("OPTIONS sip:") :].splitlines()
        copied = [line for line in request if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))]
        assert len(copied) == 6  # two Vias
        hop.say("\r\n".join(["SIP/2.0 202 Heard", *copied, "Content-Length: 0", "", ""]).encode())
        answer = caller.recv(65_536)
        assert answer.startswith(b"SIP/2.0 202 Heard\r\n")
        assert answer.count(b"Via:") == 1
    server.assert_unharmed()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# -- sipsak -----------------------------------------------------------------------------------------------------------


def test_sipsak_is_answered_over_tls(start: Callable[..., RunningServer], pki: Path) -> None:
    """With TLS 1.2: sipsak 0.9.8 takes the session tickets of TLS 1.3 for the end of the connection."""
    server = start('sl_reply("200", "OK");', "[server:default]DOMAINmethod = TLSv1.2\n")
    done = subprocess.run(
        [program("sipsak"), "-vv", "-E", "tls", f"--tls-ca-cert={pki / 'ca.pem'}", "--tls-ignore-cert-failure",
         "-s", f"sip:x@localhost:{server.ports['tls']}"],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SIP/2.0 200 OK" in done.stdout
    server.assert_unharmed()


# -- a phone ----------------------------------------------------------------------------------------------------------

PHONE_ROUTE = """
    if (proto != TLS) {{ forward(); exit; }}
    if (@tls.peer != "Bob") {{ sl_reply("403", "Forbidden"); exit; }}
    sl_reply("200", "OK");
"""
MESSAGE = """\
MESSAGE sip:bob@localhost:{port};transport=tls SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKm\r
Max-Forwards: 70\r
From: <sip:carol@localhost>;tag=1\r
To: <sip:bob@localhost>\r
Call-ID: m@x\r
CSeq: 1 MESSAGE\r
Content-Type: text/plain\r
Content-Length: 4\r
\r
ahoj"""


@pytest.fixture
def phone_certificate(pki: Path, tmp_path: Path) -> Path:
    profile = Profile(
        common_names=("Bob",), alternative_names=alternative_names("localhost"), usages=(CLIENT_AUTH, SERVER_AUTH)
    )
    return write_credential(tmp_path, open_authority(pki), profile, name="phone")


def phone_talk(server: RunningServer, certificate: Path, seconds: float, ca: Path | None = None) -> Talk:
    pytest.importorskip("pjsua2", reason="there are pjsua2 wheels for CPython 3.11 and 3.12 on Linux x86-64 only")
    settings = {
        "server": f"localhost:{server.ports['tls']}",
        "ca": str(ca or server.pki / "ca.pem"),
        "certificate": str(certificate.with_suffix(".pem")),
        "key": str(certificate.with_suffix(".key")),
        "seconds": str(seconds),
    }
    return Talk(sys.executable, Path(__file__).with_name("pjsua_phone.py"), json.dumps(settings))


def events(said: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith(b'{"event"')]


def statuses(said: bytes) -> dict[object, object]:
    return {each["event"]: each["status"] for each in events(said) if "status" in each}


def test_phone_registers_asks_writes_and_hears_over_mutual_tls(
    start: Callable[..., RunningServer], phone_certificate: Path
) -> None:
    server = start(
        PHONE_ROUTE,
        "[server:default]DOMAINverify_certificate = 1\nrequire_certificate = 1\n",
        "[client:default]\ncertificate = {pki}/bob.pem\nprivate_key = {pki}/bob.key\nca_list = {pki}/ca.pem\n"
        "verify_certificate = 1\n",
    )
    with (
        phone_talk(server, phone_certificate, SECONDS / 2) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller,
    ):
        for event in (b'"REGISTER"', b'"MESSAGE"', b'"OPTIONS"'):
            phone.hear(event)
        assert statuses(phone.said) == {"REGISTER": 200, "MESSAGE": 200, "OPTIONS": 200}
        (listening,) = (each["address"] for each in events(phone.said) if each["event"] == "listening")
        caller.connect(("127.0.0.1", server.ports["udp"]))
        caller.settimeout(SECONDS)
        caller.send(MESSAGE.format(port=str(listening).rpartition(":")[2]).encode())
        assert caller.recv(65_536).startswith(b"SIP/2.0 200 ")
        phone.hear(b'"heard"')
        (heard,) = (each for each in events(phone.said) if each["event"] == "heard")
        assert heard["text"] == "ahoj"
    server.assert_unharmed()


def test_phone_of_somebody_else_is_refused_by_the_script(start: Callable[..., RunningServer], pki: Path) -> None:
    server = start(PHONE_ROUTE, "[server:default]DOMAINverify_certificate = 1\n")
    with phone_talk(server, pki / "ser-killer", 15) as phone:
        for event in (b'"REGISTER"', b'"MESSAGE"', b'"OPTIONS"'):
            phone.hear(event)
        assert statuses(phone.said) == {"REGISTER": 403, "MESSAGE": 403, "OPTIONS": 403}


def test_phone_refuses_our_certificate_when_it_does_not_know_our_authority(
    start: Callable[..., RunningServer], pki: Path, phone_certificate: Path, tmp_path: Path
) -> None:
    (tmp_path / "other-ca.pem").write_bytes((pki / "other-ca.pem").read_bytes())
    server = start(PHONE_ROUTE, "[server:default]DOMAINverify_certificate = 1\n")
    with phone_talk(server, phone_certificate, 15, tmp_path / "other-ca.pem") as phone:
        phone.hear(b'"REGISTER"')
        assert statuses(phone.said)["REGISTER"] not in (200, 403)


# -- sslyze -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sslyze() -> Path:
    """It pins an older cryptography, so that `make` gives it a virtual environment of its own."""
    found = Path(sys.prefix) / "sslyze" / "bin" / "sslyze"
    if not found.exists():
        pytest.skip("sslyze is not installed: make sslyze")
    return found


@pytest.mark.parametrize("certificate", ["server", "server-ec"])
def test_default_domain_is_intermediate_as_sslyze_judges(
    start: Callable[..., RunningServer], sslyze: Path, pki: Path, certificate: str
) -> None:
    section = "[server:default]DOMAINverify_certificate = 1\n".replace("DOMAIN", DOMAIN)
    server = start('sl_reply("200", "OK");', section.replace("/server.", f"/{certificate}."))
    done = subprocess.run(
        [sslyze, "--mozilla_config", "intermediate", f"--certinfo_ca_file={pki / 'ca.pem'}",
         f"localhost:{server.ports['tls']}"],
        capture_output=True, text=True, timeout=3 * SECONDS, check=False,
    )  # fmt: skip
    assert f"localhost:{server.ports['tls']}: OK - Compliant." in done.stdout, done.stdout[-600:] + done.stderr
    assert done.returncode == 0
    server.assert_unharmed()
