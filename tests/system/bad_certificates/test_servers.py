"""The list for servers' certificates: what our server, as a client of a next hop, and serctl make of each."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import CLIENT_AUTH
from sertwist.serctl.cli import main
from sertwist.tls.verification import words_of_reason
from tests.bad_certificates.case import Case, Fate, Shown
from tests.bad_certificates.table import CASES
from tests.bad_certificates.trust import TRUSTS, bob
from tests.system.bad_certificates.domains import write_own, write_trust
from tests.system.bad_certificates.odd_server import OddServer
from tests.system.running import RunningServer, options_request
from tests.unit.tls.kit import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Lines about clients alone: none sent, and for servers only.
SERVERS = [case for case in CASES if case.number not in (1, 2, 12)]
SERVERS.append(
    Case(
        number=12,
        what="usage clientAuth only",
        make=lambda: Shown(ROOT.issue(bob(usages=(CLIENT_AUTH,)))),
        fate=Fate.REFUSED,
        reason="wrong-purpose",
    )
)
# Good certificates, of somebody else: whom they are for instead.
OTHERS = {
    "42 empty subject, SAN only": "bob.example.com",
    "43 500 SANs": r"host0\.example\.com.*",
    "45 SAN URI with port": "no SIP domain",
    "49 version 1": "bob",
}

SCRIPT = """
loadmodule "sl"
loadmodule "tls"
modparam("tls", "config", "tls.cfg")
listen = udp:127.0.0.1:0
listen = tls:127.0.0.1:0
route {{
{choices}
    forward();
}}
"""


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that sends requests on, by the client domain that their user part names: one for each trust."""
    directory = tmp_path_factory.mktemp("sender")
    sections = ["[server:default]\n" + _lines(write_own(directory))]
    for name, trust in TRUSTS.items():
        sections.append(f"[client:any]\nserver_id = {name}\n" + _lines(write_trust(directory, name, trust)))
    (directory / "tls.cfg").write_text("\n".join(sections))
    choices = "\n".join(f'    if (uri =~ "^sip:{name}@") {{ tls_set_connect_server_id("{name}"); }}' for name in TRUSTS)
    server = RunningServer.start(directory, SCRIPT.format(choices=choices), directory, ())
    yield server
    server.assert_unharmed()


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _forward(sender: RunningServer, trust: str, port: int) -> bytes:
    """The status line of what comes of a request to localhost:`port`."""
    request = options_request("UDP", f"z9hG4bK{port}").replace(
        b" sip:x@localhost SIP", f" sip:{trust}@localhost:{port};transport=tls SIP".encode()
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        sock.sendto(request, ("127.0.0.1", sender.ports["udp"]))
        return sock.recv(65_536).partition(b"\r\n")[0]


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
@pytest.mark.parametrize("case", SERVERS, ids=str)
def test_nothing_is_forwarded_to_a_server_with_a_bad_certificate(
    sender: RunningServer, case: Case, version: int
) -> None:
    with OddServer(case.make(), version) as server:
        status = _forward(sender, case.trust, server.port)
        if case.fate is Fate.VERIFIED and str(case) not in OTHERS:
            assert status == b"SIP/2.0 200 OK"
            assert server.requests == 1
            return
        assert status == b"SIP/2.0 500 Next Hop Not Reachable"
        words = (
            re.escape(words_of_reason(case.reason)) if case.reason else f"is for {OTHERS[str(case)]}, not for localhost"
        )
        sender.wait_for(rf"cannot connect to .*\b{server.port}\b.*: .*{words}", 10)
        assert (server.requests, server.received) == (0, b"")


FINE_FOR_SERCTL = "22 one intermediate with depth 0"  # it has no setting for that


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("case", SERVERS, ids=str)
def test_serctl_sends_nothing_to_a_server_with_a_bad_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(variable, str(tmp_path))
    files = write_trust(tmp_path, "trust", TRUSTS[case.trust])
    trust = tmp_path / "both.pem"
    trust.write_bytes(b"".join((tmp_path / file).read_bytes() for key, file in files.items() if key != "verify_depth"))
    with OddServer(case.make()) as server:
        status = main(["--url", f"https://localhost:{server.port}/RPC2", "--cacert", str(trust), "version"])
        if (case.fate is Fate.VERIFIED and str(case) not in OTHERS) or str(case) == FINE_FOR_SERCTL:
            assert status == 0, capsys.readouterr().err
            return
        assert status == 3
        assert capsys.readouterr().err
        assert (server.requests, server.received) == (0, b"")
