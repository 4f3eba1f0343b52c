"""Two servers forward SIP to each other over mutual TLS, by client domains that differ by destination."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Profile, alternative_names
from tests.next_hop import Call, RecordingHop, answer_to, server_context
from tests.system.issuing import impostor, open_authority, write_credential
from tests.system.running import RunningServer, options_request
from tests.system.sip_caller import Caller

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer

CLIENTS = ("alpha", "beta", "gamma", "delta", "epsilon")
BOTH = (CLIENT_AUTH, SERVER_AUTH)

# Answers with who the peer is.
RECEIVER = """
loadmodule "sl"
loadmodule "tls"
modparam("tls", "certificate", "{pki}/server.pem")
modparam("tls", "private_key", "{pki}/server.key")
modparam("tls", "ca_list", "{pki}/ca.pem")
modparam("tls", "verify_certificate", 1)
listen = udp:127.0.0.1:0
listen = tls:127.0.0.1:0
route {{
    if (!@tls.peer.verified) {{
        sl_reply("403", "@tls.peer.reason");
        exit;
    }}
    if (@tls.peer == "Nobody") {{
        sl_reply("403", "Not you");
        exit;
    }}
    sl_reply("200", "@tls.peer");
}}
"""

SENDER = """
loadmodule "sl"
loadmodule "tls"
modparam("tls", "config", "{directory}/tls.cfg")
listen = udp:127.0.0.1:0
listen = tcp:127.0.0.1:0
listen = tls:127.0.0.1:0
{settings}
route {{
{route}
}}
"""

SERVER_DOMAIN = """
[server:default]
certificate = {pki}/server.pem
private_key = {pki}/server.key
ca_list = {pki}/ca.pem
verify_certificate = 1
"""


@pytest.fixture(scope="session")
def hops(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Path:
    """Client certificates, and those of next hops: good for localhost, and each wrong in its own way."""
    directory = tmp_path_factory.mktemp("hops")
    authority, now = open_authority(pki), datetime.now(UTC)
    for name in CLIENTS:
        write_credential(directory, authority, Profile(common_names=(name,)), name=name)
    servers = {
        "good": {"alternative_names": alternative_names("localhost")},
        "uri": {"alternative_names": alternative_names("sip:localhost", "other.example")},
        "other": {"alternative_names": alternative_names("other.example")},
        "wildcard": {"alternative_names": alternative_names("*.localhost")},
        "user": {"alternative_names": alternative_names("sip:bob@localhost")},
        "cn-beside-san": {"alternative_names": alternative_names("other.example"), "common_names": ("localhost",)},
        "cn": {"common_names": ("localhost",)},
        "address": {"alternative_names": alternative_names("127.0.0.1")},
        "expired": {
            "alternative_names": alternative_names("localhost"),
            "not_before": now - timedelta(days=2),
            "not_after": now - timedelta(days=1),
        },
        "client-only": {"alternative_names": alternative_names("localhost"), "usages": (CLIENT_AUTH,)},
    }
    for name, profile in servers.items():
        profile.setdefault("usages", (SERVER_AUTH,))
        write_credential(directory, authority, Profile(**profile), name=name)  # type: ignore[arg-type]
    strange = Profile(alternative_names=alternative_names("localhost"), usages=(SERVER_AUTH,))
    write_credential(directory, impostor(pki), strange, name="unknown-ca")
    for key in directory.glob("*.key"):
        key.chmod(0o600)
    return directory


class Sender:
    """Starts the server that forwards."""

    def __init__(self, start_server: StartServer, pki: Path, hops: Path, directory: Path) -> None:
        self.start_server, self.pki, self.hops, self.directory = start_server, pki, hops, directory

    def domain(self, target: str, client: str, **settings: str) -> str:
        """A section of tls.cfg: the certificate `client` for connections to `target`."""
        lines = {"certificate": f"{self.hops}/{client}.pem", "private_key": f"{self.hops}/{client}.key"}
        lines |= {"ca_list": f"{self.pki}/ca.pem", **settings}
        return f"[client:{target}]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())

    def start(self, route: str, *domains: str, settings: str = "") -> RunningServer:
        (self.directory / "tls.cfg").write_text(SERVER_DOMAIN.format(pki=self.pki) + "\n".join(domains))
        return self.start_server(SENDER.format(directory=self.directory, settings=settings, route=route))


@pytest.fixture
def sender(start_server: StartServer, pki: Path, hops: Path, tmp_path: Path) -> Sender:
    return Sender(start_server, pki, hops, tmp_path)


@pytest.fixture
def receivers(start_server: StartServer, pki: Path) -> tuple[RunningServer, RunningServer]:
    return (start_server(RECEIVER.format(pki=pki)), start_server(RECEIVER.format(pki=pki)))


# -- who is called decides who calls ----------------------------------------------------------------------------------


def test_client_domain_is_chosen_by_address_name_or_id(
    sender: Sender, receivers: tuple[RunningServer, RunningServer]
) -> None:
    first, second = (each.ports["tls"] for each in receivers)
    server = sender.start(
        f"""
        if (uri =~ "^sip:first@") {{ forward_tls("127.0.0.1", {first}); exit; }}
        if (uri =~ "^sip:second@") {{ forward_tls("127.0.0.1", {second}); exit; }}
        if (uri =~ "^sip:name@") {{ forward_tls("localhost", {first}); exit; }}
        if (uri =~ "^sip:id@") {{ tls_set_connect_server_id("Trunk"); forward_tls("localhost", {first}); exit; }}
        if (uri =~ "^sip:back@") {{
            tls_set_connect_server_id("trunk");
            tls_set_connect_server_id("");
            forward_tls("localhost", {first});
            exit;
        }}
        if (uri =~ "^sip:no-id@") {{ tls_set_connect_server_id("other"); forward_tls("localhost", {first}); exit; }}
        """,
        sender.domain(f"127.0.0.1:{first}", "alpha", verify_name="no"),
        sender.domain(f"127.0.0.1:{second}", "beta", server_name="localhost"),
        sender.domain("any", "gamma", server_name="localhost"),
        sender.domain("any", "delta", server_id="trunk"),
        sender.domain("default", "epsilon"),
    )
    caller = Caller(server)
    for _ in range(2):  # the second time over the connections of the first
        assert caller.ask("first") == "200 alpha"
        assert caller.ask("second") == "200 beta"
        assert caller.ask("name") == "200 gamma"
        assert caller.ask("id") == "200 delta"
        assert caller.ask("back") == "200 gamma"
    assert caller.ask("no-id") == "500 Next Hop Not Reachable"
    server.wait_for("no TLS client domain has the server_id 'other'")
    server.assert_unharmed()
    for each in receivers:
        each.assert_unharmed()


def test_script_looks_at_a_connection_that_was_opened_and_may_refuse_it(
    sender: Sender, receivers: tuple[RunningServer, RunningServer]
) -> None:
    first, second = (each.ports["tls"] for each in receivers)
    server = sender.start(
        f"""
        if (uri =~ "^sip:first@") {{ forward_tls("localhost", {first}); exit; }}
        forward_tls("localhost", {second});
        }}
        event_route[tls:connection-out] {{
            if (!@tls.peer.verified || !tls_peer_is("localhost") || @tls.my != "epsilon") drop;
            if (src_port == {second}) drop;
        """,
        sender.domain("default", "epsilon"),
    )
    caller = Caller(server)
    for _ in range(2):
        assert caller.ask("first") == "200 epsilon"
        assert caller.ask("second") == "500 Next Hop Not Reachable"
    server.wait_for(f"cannot connect to .*{second}.*: the script refused the connection")
    server.assert_unharmed()


def test_servers_forward_to_each_other(sender: Sender, start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    """There and back: each is the other's next hop, each with its own certificate, and each asks for the other's."""
    server = sender.start("forward();", sender.domain("default", "alpha"))
    other = Sender(start_server, pki, sender.hops, tmp_path / "other")
    other.directory.mkdir()
    answering = other.start(
        f"""
        if (uri =~ "^sip:there@") {{ sl_reply("200", "@tls.peer"); exit; }}
        forward_tls("localhost", {server.ports["tls"]});
        """,
        other.domain("default", "beta"),
    )
    target = f"localhost:{answering.ports['tls']};transport=tls"
    assert Caller(server).ask("there", target) == "200 alpha"
    assert Caller(answering).ask("there", target) == "200 "  # not over TLS: no peer
    # The second forwards to the first, which forwards to the second by the URI: three hops.
    caller = Caller(answering)
    branch = caller.send("there-and-back", host=target)
    assert caller.status(branch) == "483 Too Many Hops"
    for each in (server, answering):
        each.assert_unharmed()


def test_request_that_comes_round_again_ends_by_max_forwards(sender: Sender) -> None:
    server = sender.start("forward();", sender.domain("default", "alpha"))
    for place in (f"localhost:{server.ports['tls']};transport=tls", f"localhost:{server.ports['udp']}"):
        assert Caller(server).ask("loop", place) == "483 Too Many Hops"
    server.assert_unharmed()


def test_identity_is_that_of_the_request_while_the_script_waits(sender: Sender, hops: Path, pki: Path) -> None:
    """The connection that a request came on may be gone when the next hop is: its selects keep answering."""
    with RecordingHop(handshake=False) as silent:
        server = sender.start(
            f"""
            forward_tls("localhost", {silent.port});
            log(1, "@tls.peer");
            if (@tls.peer.verified && @tls.peer == "Bob") {{ log(1, "still Bob"); }}
            """,
            sender.domain("default", "alpha", handshake_timeout="1"),
        )
        with server.connect("tls", "bob") as sock:
            sock.sendall(options_request("TLS"))
            deadline = time.monotonic() + 20
            while not silent.accepted:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        server.wait_for("still Bob")
        server.assert_unharmed()


# -- who answers must be who was called -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["good", "uri", "cn"])
def test_request_is_sent_when_the_certificate_is_for_the_name_called(
    sender: Sender, hops: Path, pki: Path, name: str
) -> None:
    with RecordingHop(server_context(hops / name, pki / "ca.pem")) as hop:
        server = sender.start(f'forward_tls("LOCALHOST", {hop.port});', sender.domain("default", "alpha"))
        caller = Caller(server)
        branch = caller.send()
        call = hop.call()
        assert call.client == "alpha"
        call.answer(call.message())
        assert caller.status(branch) == "200 OK"
        server.assert_unharmed()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("other", "is for other.example, not for localhost"),
        ("wildcard", "is for no SIP domain, not for localhost"),
        ("user", "is for no SIP domain, not for localhost"),
        ("cn-beside-san", "is for other.example, not for localhost"),
        ("address", "is for no SIP domain, not for localhost"),
        ("expired", "certificate expired"),
        ("unknown-ca", "not from a CA of ca_list"),
        ("client-only", "purpose"),
    ],
)
def test_no_byte_is_sent_to_a_server_that_is_not_the_one_called(
    sender: Sender, hops: Path, name: str, words: str
) -> None:
    with RecordingHop(server_context(hops / name), then=lambda call: call.sock.recv(65_536)) as hop:
        server = sender.start(f'forward_tls("localhost", {hop.port});', sender.domain("default", "alpha"))
        caller = Caller(server)
        assert caller.ask() == "500 Next Hop Not Reachable"
        assert words in server.wait_for("cannot connect to")
        # The next request does not try again at once, and says so.
        assert caller.ask() == "500 Next Hop Not Reachable"
        assert hop.accepted == 1
        if hop.calls.qsize():  # the handshake was done on its side: then it was closed without a byte
            call = hop.call()
            assert call.sock.recv(65_536) == b""
        server.assert_unharmed()


def test_no_connection_is_made_when_no_name_is_known_to_check(sender: Sender, hops: Path) -> None:
    with RecordingHop(server_context(hops / "good")) as hop:
        server = sender.start(f'forward_tls("127.0.0.1", {hop.port});', sender.domain("default", "alpha"))
        assert Caller(server).ask() == "500 Next Hop Not Reachable"
        assert "no name is known" in server.wait_for("not forwarded")
        assert hop.accepted == 0
        server.assert_unharmed()


def test_address_is_a_name_by_the_rules_of_https(sender: Sender, hops: Path) -> None:
    with RecordingHop(server_context(hops / "address"), then=lambda call: call.answer(call.message())) as hop:
        domain = sender.domain("default", "alpha", verify_name="https")
        server = sender.start(f'forward_tls("127.0.0.1", {hop.port});', domain)
        assert Caller(server).ask() == "200 OK"
        server.assert_unharmed()


# -- connections ------------------------------------------------------------------------------------------------------


def _answer_all(call: Call) -> None:
    """Answer with the number of the connection's message and who called."""
    number = 0
    while True:
        request = call.message()
        number += 1
        call.answer(request, f"200 {call.client} {number}")


def test_connection_is_used_again_for_the_same_name_and_domain_only(sender: Sender, hops: Path, pki: Path) -> None:
    with RecordingHop(server_context(hops / "good", pki / "ca.pem"), then=_answer_all) as hop:
        server = sender.start(
            f"""
            if (uri =~ "^sip:id@") {{ tls_set_connect_server_id("trunk"); }}
            if (uri =~ "^sip:address@") {{ forward_tls("127.0.0.1", {hop.port}); exit; }}
            forward_tls("localhost", {hop.port});
            """,
            sender.domain("default", "epsilon"),
            sender.domain(f"127.0.0.1:{hop.port}", "alpha", server_name="localhost"),
            sender.domain("any", "beta", server_id="trunk"),
        )
        caller = Caller(server)
        assert [caller.ask() for _ in range(3)] == ["200 alpha 1", "200 alpha 2", "200 alpha 3"]
        assert [caller.ask("id") for _ in range(2)] == ["200 beta 1", "200 beta 2"]
        assert [caller.ask("address") for _ in range(2)] == ["200 alpha 1", "200 alpha 2"]
        assert caller.ask() == "200 alpha 4"
        assert hop.accepted == 3
        server.assert_unharmed()


def test_connection_is_listed_with_its_direction_domain_and_peer(
    start_server: StartServer, hops: Path, pki: Path, tmp_path: Path
) -> None:
    with RecordingHop(server_context(hops / "good", pki / "ca.pem"), then=_answer_all) as hop:
        sender = Sender(start_server, pki, hops, tmp_path)
        route = f"""
            if (method == "POST") {{ dispatch_rpc(); exit; }}
            forward_tls("localhost", {hop.port});
        """
        server = sender.start(route, sender.domain("default", "alpha"), settings='loadmodule "xmlrpc"')
        assert Caller(server).ask() == "200 alpha 1"
        with server.proxy("bob") as proxy:
            rows: Any = proxy.tls.list()
        (row,) = [row for row in rows if row["direction"] == "out"]
        assert (row["dom"], row["src_ip"], row["src_port"], row["state"]) == (
            "client:default",
            "127.0.0.1",
            hop.port,
            "open",
        )
        assert row["peer"]["verified"] is True
        assert len(rows) == 2
        server.assert_unharmed()


def test_many_requests_at_once_open_one_connection(sender: Sender, hops: Path, pki: Path) -> None:
    with RecordingHop(server_context(hops / "good", pki / "ca.pem"), then=_answer_all) as hop:
        server = sender.start(f'forward_tls("localhost", {hop.port});', sender.domain("default", "alpha"))
        caller = Caller(server)
        branches = [caller.send() for _ in range(20)]
        assert [caller.status(branch) for branch in branches] == [f"200 alpha {n}" for n in range(1, 21)]
        assert hop.accepted == 1
        server.assert_unharmed()


def test_new_certificate_after_a_reload_makes_a_new_connection(
    sender: Sender, hops: Path, pki: Path, tmp_path: Path
) -> None:
    for ending in ("pem", "key"):
        (tmp_path / f"mine.{ending}").write_bytes((hops / f"alpha.{ending}").read_bytes())
        (tmp_path / f"mine.{ending}").chmod(0o600)
    with RecordingHop(server_context(hops / "good", pki / "ca.pem"), then=_answer_all) as hop:
        files = {"certificate": f"{tmp_path}/mine.pem", "private_key": f"{tmp_path}/mine.key"}
        domain = sender.domain("default", "alpha", **files)
        server = sender.start(f'forward_tls("localhost", {hop.port});', domain)
        caller = Caller(server)
        assert caller.ask() == "200 alpha 1"
        server.process.send_signal(1)
        server.wait_for("tls: reloaded; generation 2")
        assert caller.ask() == "200 alpha 2"  # nothing has changed
        for ending in ("pem", "key"):
            (tmp_path / f"mine.{ending}").write_bytes((hops / f"beta.{ending}").read_bytes())
        server.process.send_signal(1)
        server.wait_for("tls: reloaded; generation 3")
        assert caller.ask() == "200 beta 1"
        assert hop.accepted == 2
        server.assert_unharmed()


def test_peer_gets_requests_on_its_own_connection_only_by_alias_and_identity(
    sender: Sender, hops: Path, pki: Path
) -> None:
    """RFC 5923: `;alias`, over TLS, from a verified peer, for a domain that its certificate speaks for."""
    profile = Profile(common_names=("peer",), usages=BOTH, alternative_names=alternative_names("localhost"))
    peer = write_credential(sender.directory, open_authority(pki), profile, name="peer")
    with RecordingHop(server_context(hops / "good"), then=_answer_all) as hop:
        server = sender.start(
            f"""
            if (method == "REGISTER") {{ sl_reply("200", "OK"); exit; }}
            forward_tls("localhost", {hop.port});
            """,
            # No certificate of its own: the peer sees no other identity of ours than on its own connection.
            f"[client:default]\nca_list = {pki}/ca.pem\n",
        )
        caller = Caller(server)
        hello = options_request("TLS", "z9hG4bKhello", "REGISTER")
        for certificate, via in (
            (None, f"127.0.0.1:{hop.port};alias"),  # nobody
            (hops / "alpha", f"127.0.0.1:{hop.port};alias"),  # somebody else
            (peer, f"127.0.0.1:{hop.port}"),  # does not ask
            (peer, f"192.0.2.1:{hop.port};alias"),  # says to be elsewhere
        ):
            with server.connect("tls", certificate) as sock:
                sock.sendall(hello.replace(b"127.0.0.1:9", via.encode()))
                assert sock.recv(65_536).startswith(b"SIP/2.0 200")
                assert caller.ask().startswith("200  ")  # by the hop, which asks for no certificate
        with server.connect("tls", peer) as sock:
            sock.sendall(hello.replace(b"127.0.0.1:9", f"127.0.0.1:{hop.port};alias".encode()))
            assert sock.recv(65_536).startswith(b"SIP/2.0 200")
            # The connection that is open to the hop comes first: once that is gone, the peer's own is taken.
            hop.call().sock.shutdown(socket.SHUT_RDWR)
            branch, request = "", b""
            sock.settimeout(1)
            while not request:
                branch = caller.send("alias")
                try:
                    request = sock.recv(65_536)
                except TimeoutError:
                    caller.status(branch)
            sock.sendall(answer_to(request, "200 by alias"))
            assert caller.status(branch) == "200 by alias"
        server.assert_unharmed()
