"""The `tls.*` calls, on a module that is configured and a host that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.limits import Limits
from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.pki.authority import Authority, Profile, issue_self_signed
from sertwist.rpc.caller import Caller
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_writer import write_response
from sertwist.tls.context import ServerContextFactory
from tests.unit.tls.fake_host import FakeHost
from tests.unit.tls.kit import (
    AT,
    BOB,
    DAY,
    NOW,
    OTHER_ROOT,
    ROOT,
    SERVER,
    Outcome,
    client_context,
    connect,
    make_domain,
)

if TYPE_CHECKING:
    from pathlib import Path

CAROL = ROOT.issue(Profile(common_names=("Carol",), serial=2**65 + 10))


class Connection(SimpleNamespace):
    """A row of the connection table; `ended` is how it was ended."""

    ended: str = ""

    def seconds_left(self) -> int:
        return 7

    def abort(self, reason: str) -> None:
        self.ended = f"aborted: {reason}"

    def finish(self) -> None:
        self.ended = "finished"


def connection(number: int, outcome: Outcome | None, protocol: str = "TLS", *, outbound: bool = False) -> Connection:
    return Connection(
        connection_id=number,
        protocol=protocol,
        state="open" if outcome else "handshake",
        source=("192.0.2.1", 40_000 + number),
        local=("192.0.2.2", 5061),
        tls=outcome.session if outcome else None,
        queued_bytes=100,
        opened_at=0.0,
        outbound=outbound,
    )


def started(*rows: Connection) -> TlsModule:
    module = TlsModule()
    module.host = FakeHost(*rows)
    return module


def call(module: TlsModule, name: str, *arguments: object, request: object = None) -> Any:
    [found] = [m for m in module.methods() if name in (m.name, *m.aliases)]
    return found.run(request, *arguments)


@pytest.fixture(scope="module")
def carol() -> Outcome:
    return connect(ServerContextFactory(make_domain()), client_context(CAROL), sni=b"alice.example.com")


@pytest.fixture(scope="module")
def mallory() -> Outcome:
    stranger = OTHER_ROOT.issue(Profile(common_names=("Bob",)))
    return connect(ServerContextFactory(make_domain()), client_context(stranger))


def test_list_shows_every_tls_connection_with_its_peer(carol: Outcome, mallory: Outcome) -> None:
    rows = (
        connection(3, mallory),
        connection(1, carol, outbound=True),
        connection(2, None, "TCP"),
        connection(4, None),
    )
    first, second, third = call(started(*rows), "tls.list")
    assert [r["id"] for r in (first, second, third)] == [1, 3, 4]
    assert [r["direction"] for r in (first, second, third)] == ["out", "in", "in"]
    assert first["timestamp"] == "1970-01-01T00:00:00Z"
    assert first["sni"] == "alice.example.com"
    assert first["dom"] == "server:default"
    assert first["timeout"] == 7
    assert (first["src_ip"], first["src_port"]) == ("192.0.2.1", 40_001)
    assert first["peer"]["verified"] is True
    assert first["peer"]["serial"] == str(2**65 + 10)
    assert "CN=Carol" in first["peer"]["subject"]
    assert second["peer"]["verified"] is False
    assert second["peer"]["reason"] == "untrusted"
    assert third["state"] == "handshake"
    assert "peer" not in third


def test_list_comes_in_pieces_when_there_are_many(carol: Outcome) -> None:
    module = started(*(connection(number, carol) for number in range(2_500, 0, -1)))
    assert [row["id"] for row in call(module, "tls.list")] == list(range(1, 1_001))
    assert [row["id"] for row in call(module, "tls.list", 3, 1_000)] == [1_001, 1_002, 1_003]
    assert [row["id"] for row in call(module, "tls.list", 1_000, 2_499)] == [2_500]
    assert call(module, "tls.list", 1_000, 2_500) == []


def test_longest_list_fits_into_what_may_wait_for_a_connection() -> None:
    """Of peers whose names are as long as they may be, and of characters that take most room in a document."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "<" * 64) for _ in range(7)])
    issuer = Authority(issue_self_signed(Profile(subject=name, is_ca=True, not_before=NOW - DAY, not_after=NOW + DAY)))
    peer = connect(ServerContextFactory(make_domain()), client_context(issuer.issue(Profile(subject=name))))
    assert len(peer.session.peer.certificate.subject.dn) > 900
    rows = call(started(*(connection(number, peer) for number in range(2_000))), "tls.list")
    assert len(rows) == 1_000
    assert len(write_response(rows)) < Limits().connection.max_write_queue


def test_sessions_are_counted_by_domain_outcome_and_reason() -> None:
    module = started()
    counters = module.host.environment.counters
    counters |= {
        "tls.full server:default": 5,
        "tls.resumed server:default": 2,
        "tls.failed.no-certificate server:default": 3,
        "tls.failed.timeout server:default": 4,
        "tls.failed.not-tls ": 9,
        "tls.full client:*#trunk": 1,
        "tls.ticket.off server:default": 2,
        "tls.ticket.revoked server:default": 1,
        "sl.200": 7,
    }
    assert call(module, "tls.sessions") == [
        {"domain": "", "full": 0, "resumed": 0, "refused": 9, "reasons": {"not-tls": 9}, "tickets_refused": {}},
        {"domain": "client:*#trunk", "full": 1, "resumed": 0, "refused": 0, "reasons": {}, "tickets_refused": {}},
        {
            "domain": "server:default",
            "full": 5,
            "resumed": 2,
            "refused": 7,
            "reasons": {"no-certificate": 3, "timeout": 4},
            "tickets_refused": {"off": 2, "revoked": 1},
        },
    ]


def test_kill_ends_the_connection_of_that_id_and_no_other(carol: Outcome) -> None:
    rows = [connection(number, carol) for number in (1, 2, 3)]
    module = started(*rows)
    request = SimpleNamespace(caller=Caller(source=("192.0.2.9", 1)), after_reply=[])
    assert call(module, "tls.kill", 2, request=request) == "OK"
    assert [row.ended for row in rows] == ["", "aborted: tls.kill", ""]


@pytest.mark.parametrize("number", [4, 5])
def test_kill_is_a_fault_when_there_is_no_such_tls_connection(carol: Outcome, number: int) -> None:
    module = started(connection(1, carol), connection(5, None, "TCP"))
    with pytest.raises(Fault, match="404 No such TLS connection"):
        call(module, "tls.kill", number, request=SimpleNamespace(caller=Caller(source=("", 0)), after_reply=[]))


def test_kill_of_the_own_connection_waits_for_the_answer(carol: Outcome) -> None:
    own = connection(1, carol)
    request = SimpleNamespace(caller=Caller(source=own.source), after_reply=[])
    assert call(started(own), "tls.kill", 1, request=request) == "OK"
    assert own.ended == ""
    for each in request.after_reply:
        each()
    assert own.ended == "finished"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cert.pem").write_bytes(SERVER.certificate_pem())
    (tmp_path / "key.pem").write_bytes(SERVER.key_pem())
    (tmp_path / "key.pem").chmod(0o600)
    crl = ROOT.crl([BOB.certificate]).public_bytes(Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(ROOT.credential.certificate_pem() + crl)
    return tmp_path


def configured(folder: Path, **settings: object) -> TlsModule:
    given: dict[str, list[object]] = {
        "certificate": ["cert.pem"],
        "private_key": ["key.pem"],
        "ca_list": ["ca.pem"],
        "verify_certificate": [1, "127.0.0.1:5061=0"],
        "method": ["127.0.0.1:5061=TLSv1.3"],
    }
    module = TlsModule({name: [SettingValue(v, name) for v in each] for name, each in given.items()} | settings)
    problems = module.configure(folder, [("127.0.0.1", 5061), ("127.0.0.1", 5062)], AT)
    assert [p for p in problems if p.severity == "error"] == []
    module.start(FakeHost())
    return module


def test_info_counts_tls_connections_only_and_says_what_ends(folder: Path, carol: Outcome) -> None:
    module = configured(folder)
    module.host.rows = (connection(1, carol), connection(2, None, "TCP"), connection(3, None))
    assert call(module, "tls.info") == {
        "max_connections": Limits().connection.max_connections,
        "opened_connections": 2,
        "clear_text_write_queued_bytes": 200,
        "expiring": 0,
        "days_left": 400,
    }
    module.host.now += 390 * 86_400
    numbers = call(module, "tls.info")
    assert (numbers["expiring"], numbers["days_left"]) == (3, 10)


def test_domains_show_what_is_in_force(folder: Path) -> None:
    rows = {row["name"]: row for row in call(configured(folder), "tls.domains")}
    assert set(rows) >= {"server:default", "server:127.0.0.1:5061", "client:default"}
    default, special = rows["server:default"], rows["server:127.0.0.1:5061"]
    assert (default["type"], default["address"], special["address"]) == ("server", "default", "127.0.0.1:5061")
    assert default["certificate"] == "CN=alice"
    assert default["not_after"] == f"{SERVER.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert default["ca"] == "CN=Test Root"
    assert (default["verify"], default["require"], special["verify"]) == (True, False, False)
    assert (default["versions"], special["versions"]) == ("TLSv1.2 TLSv1.3", "TLSv1.3")
    assert default["crls"] == 1
    client = rows["client:default"]
    assert (client["verify"], client["require"], client["verify_client"], client["verify_name"]) == (
        True,
        True,
        "",
        "sip",
    )


def test_certificates_show_own_ca_and_crl_with_days_and_files(folder: Path) -> None:
    rows = call(configured(folder), "tls.certs")
    assert {(row["kind"], row["subject"], row["file"]) for row in rows} == {
        ("own", "CN=alice", str(folder / "cert.pem")),
        ("ca", "CN=Test Root", str(folder / "ca.pem")),
        ("crl", "CN=Test Root", str(folder / "ca.pem")),
    }
    own, crl = (next(row for row in rows if row["kind"] == kind) for kind in ("own", "crl"))
    assert own["serial"] == str(SERVER.certificate.serial_number)
    assert (own["days_left"], own["state"]) == (400, "ok")
    assert own["domains"] == "server:default, server:127.0.0.1:5061"
    assert (crl["age_days"], crl["not_after"]) == (400, f"{ROOT.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}")


def test_options_name_files_and_values_of_the_default_domain(folder: Path) -> None:
    times = {"send_timeout": [SettingValue(5, 1)], "connection_timeout": [SettingValue(-1, 2)]}
    options = call(configured(folder, **times), "tls.options")
    assert options["certificate"] == str(folder / "cert.pem")
    assert options["private_key"] == str(folder / "key.pem")
    assert options["ca_list"] == str(folder / "ca.pem")
    assert (options["method"], options["verify_certificate"], options["require_certificate"]) == ("TLSv1.2+", 1, 0)
    assert (options["handshake_timeout"], options["send_timeout"], options["connection_timeout"]) == (10, 5, -1)
    assert (options["crl_check"], options["revoked_action"], options["ocsp_stapling"]) == ("chain", "close", "off")
    assert {"force_run", "log", "debug", "config", "session_id", "verify_depth"} <= set(options)
    assert not any("BEGIN" in str(value) for value in options.values())


def test_options_hide_passwords_and_not_the_names_of_their_files(folder: Path) -> None:
    module = configured(folder)
    module.settings |= {
        "private_key_password": [SettingValue("swordfish", 1)],
        "private_key_password_file": [SettingValue("pass.txt", 2)],
    }
    options = call(module, "tls.options")
    assert (options["private_key_password"], options["private_key_password_file"]) == ("***", "pass.txt")
    assert "swordfish" not in str(options)
