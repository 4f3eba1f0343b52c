"""Which accepted connections carry requests back to their peer (RFC 5923; reference tls 6.5)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sertwist.pki.authority import Profile, alternative_names
from sertwist.sip.message import Request, parse_message
from sertwist.tls.certificate import view_certificate
from sertwist.tls.verification import Verdict
from sertwist.transport.aliases import Aliases
from tests.unit.tls.kit import ROOT

PEER = ("192.0.2.9", 40_000)
CERTIFICATE = view_certificate(
    ROOT.issue(Profile(alternative_names=alternative_names("sip:a.example", "sip:b.example", "c.example"))).certificate
)


class Identity:
    def __init__(self) -> None:
        self.certificate = CERTIFICATE
        self.verified = True

    def verdict(self, _now: float) -> Verdict:
        return Verdict(verified=self.verified)


class Table:
    def __init__(self) -> None:
        self.open: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.open)

    def get(self, number: int) -> Any:
        return self.open.get(number)

    def wall_clock(self) -> float:
        return 0.0

    def add(self, *, tls: bool = True, outbound: bool = False, source: tuple[str, int] = PEER) -> Any:
        number = len(self.open) + 1
        session = SimpleNamespace(peer=Identity()) if tls else None
        made = SimpleNamespace(connection_id=number, tls=session, source=source, outbound=outbound, is_usable=True)
        self.open[number] = made
        return made


def request(via: str) -> Request:
    message = parse_message(f"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TLS {via}\r\n\r\n".encode())
    assert isinstance(message, Request)
    return message


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def aliases(table: Table) -> Aliases:
    return Aliases(table)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("a.example;alias;branch=z9hG4bKa", 5061),
        ("192.0.2.9:5081;branch=z9hG4bKa;Alias", 5081),
        ("x:5071;alias=1", 5071),
    ],
)
def test_connection_is_found_for_the_domains_of_its_certificate_at_the_port_of_its_via(
    table: Table, aliases: Aliases, via: str, port: int
) -> None:
    connection = table.add()
    aliases.note(connection, request(via))
    assert aliases.find("192.0.2.9", port, "a.example") is connection
    assert aliases.find("192.0.2.9", port, "b.example") is connection
    for target in (
        ("192.0.2.9", port, "c.example"),
        ("192.0.2.9", port + 1, "a.example"),
        ("192.0.2.8", port, "a.example"),
    ):
        assert aliases.find(*target) is None


@pytest.mark.parametrize(
    "via",
    ["a.example;branch=z9hG4bKa", "192.0.2.8:5061;alias", "[2001:db8::1]:5061;alias", "a.example;x=alias", "a b;alias"],
)
def test_wish_is_not_granted_when_it_is_none_or_names_another_address(table: Table, aliases: Aliases, via: str) -> None:
    aliases.note(table.add(), request(via))
    assert aliases.find("192.0.2.9", 5061, "a.example") is None


def test_wish_is_granted_to_verified_peers_over_tls_only(table: Table, aliases: Aliases) -> None:
    stranger = table.add()
    stranger.tls.peer.verified = False
    for each in (stranger, table.add(tls=False), table.add(outbound=True)):
        aliases.note(each, request("a.example;alias"))
    assert aliases.find("192.0.2.9", 5061, "a.example") is None


def test_connection_is_not_found_once_it_is_gone_or_its_peer_not_verified_any_more(
    table: Table, aliases: Aliases
) -> None:
    connection = table.add()
    aliases.note(connection, request("a.example;alias"))
    connection.tls.peer.verified = False
    assert aliases.find("192.0.2.9", 5061, "a.example") is None
    connection.tls.peer.verified = True
    connection.is_usable = False
    assert aliases.find("192.0.2.9", 5061, "a.example") is None
    connection.is_usable = True
    assert aliases.find("192.0.2.9", 5061, "a.example") is connection
    del table.open[connection.connection_id]
    assert aliases.find("192.0.2.9", 5061, "a.example") is None


def test_what_is_kept_is_bounded_by_the_connections_there_are(table: Table, aliases: Aliases) -> None:
    for number in range(1_000):
        connection = table.add(source=(f"192.0.2.{number % 250}", number))
        connection.connection_id = number
        table.open = {number: connection}
        aliases.note(connection, request("a.example;alias"))
    assert len(aliases._asked) < 100
    assert len(aliases._connections) < 200
    assert aliases.find(connection.source[0], 5061, "a.example") is connection


def test_connection_stands_for_the_port_that_its_peer_named_last_so_that_naming_many_fills_nothing(
    table: Table, aliases: Aliases
) -> None:
    connection, other = table.add(), table.add()
    aliases.note(other, request("x:5001;alias"))
    for port in (5001, *range(6_000, 6_200)):
        aliases.note(connection, request(f"x:{port};alias"))
    aliases.note(other, request("x:5001;alias"))
    assert aliases.find("192.0.2.9", 6_199, "a.example") is connection
    assert aliases.find("192.0.2.9", 6_198, "a.example") is None
    assert len(aliases._connections) == 2
