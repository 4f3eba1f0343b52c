"""A few `@tls` selects, `$tls` variables and functions as a script on a running server sees them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from sertwist.pki.authority import Profile
from tests.system.issuing import impostor, open_authority, write_credential
from tests.system.running import RunningServer, options_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
listen = tls:127.0.0.1:0
loadmodule "sl"
loadmodule "tls"
modparam("tls", "certificate", "{pki}/server.pem")
modparam("tls", "private_key", "{pki}/server.key")
modparam("tls", "ca_list", "{pki}/ca.pem")
modparam("tls", "verify_certificate", 1)
route {{
    if (!is_peer_verified()) {{
        sl_reply(403, @tls.peer.reason + "|" + @tls.peer + "|" + $tls_peer_subject + "|" + @tls.peer.unverified.cn);
        exit;
    }}
    if (method == OPTIONS) {{
        sl_reply(200, @tls.peer.host[0] + "|" + @TLS.peer.DNS[1] + "|" + @tls.peer.host[2] + "|" + @tls.peer.ip);
    }} else if (method == INFO) {{
        sl_reply(200, $tls_peer_subject + "|" + $tls(m_subject_line) + "|" + $tls_peer_san_count(DNS)
            + "|" + $(tls_peer_san_hostname[1]) + "|" + $tls_peer_verified);
    }} else if (tls_peer_is("example.com") && tls_peer_has("dns", "CAROL.example.net")) {{
        sl_reply(200, @tls.peer.domains[0] + "|" + @tls.peer.sn);
    }} else {{
        sl_reply(404, "No such name");
    }}
}}
"""
CAROL = Profile(
    common_names=("Carol",),
    alternative_names=[
        x509.DNSName("carol.example.com"),
        x509.DNSName("carol.example.net"),
        x509.UniformResourceIdentifier("sip:example.com"),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
    ],
    serial=2**70 + 1,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    running = RunningServer.start(tmp_path_factory.mktemp("selects"), SCRIPT.format(pki=pki), pki, ())
    yield running
    running.assert_unharmed()


def reason(server: RunningServer, certificate: str | Path | None, method: str) -> str:
    with server.connect("tls", certificate) as sock:
        sock.sendall(options_request("TLS", method=method))
        return sock.recv(65_536).decode().partition("\r\n")[0].removeprefix("SIP/2.0 ")


def test_script_sees_the_names_of_a_verified_peer(server: RunningServer, pki: Path, tmp_path: Path) -> None:
    carol = write_credential(tmp_path, open_authority(pki), CAROL)
    assert reason(server, carol, "OPTIONS") == "200 carol.example.com|carol.example.net||2001:db8::1"
    assert reason(server, carol, "INFO") == "200 /CN=Carol|/CN=localhost|2|carol.example.net|1"
    assert reason(server, carol, "MESSAGE") == f"200 example.com|{2**70 + 1}"
    assert reason(server, "bob", "MESSAGE") == "404 No such name"


def test_script_sees_no_name_of_an_unverified_peer_but_why(server: RunningServer, pki: Path, tmp_path: Path) -> None:
    stranger = write_credential(tmp_path, impostor(pki), CAROL)
    assert reason(server, stranger, "MESSAGE") == "403 untrusted|||Carol"
    assert reason(server, None, "MESSAGE") == "403 no-certificate|||"
