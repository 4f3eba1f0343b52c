"""Which next hop a script means, and what our Via says about where we are."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from twisted.internet.task import Clock

from sertwist.errors import UnavailableError
from sertwist.server import own_address
from sertwist.server.next_hop import choose_next_hop
from sertwist.server.own_address import Ways, datagram_socket, sent_by, source_address
from sertwist.transport.next_hop import NextHop
from sertwist.transport.udp import UdpListener


@pytest.mark.parametrize(
    ("uri", "script", "expected"),
    [
        ("sip:bob@example.com", ("", "", 0), "udp:example.com:5060"),
        ("sip:bob@Example.COM.:5080", ("", "", 0), "udp:example.com:5080"),
        ("sip:bob@example.com;transport=tcp", ("", "", 0), "tcp:example.com:5060"),
        ("sip:bob@example.com;transport=TLS", ("", "", 0), "tls:example.com:5061"),
        ("sips:bob@example.com", ("", "", 0), "tls:example.com:5061"),
        ("sips:bob@example.com;transport=tcp", ("", "", 0), "tls:example.com:5061"),
        ("sip:bob@example.com;maddr=192.0.2.3", ("", "", 0), "udp:192.0.2.3:5060"),
        ("sip:bob@[2001:DB8::1]", ("", "", 0), "udp:[2001:db8::1]:5060"),
        ("sip:bob@example.com;transport=tcp", ("TLS", "", 0), "tls:example.com:5061"),
        ("sip:bob@example.com:5080;transport=tcp", ("", "gw.example.com", 0), "udp:gw.example.com:5060"),
        ("sips:bob@example.com", ("", "gw.example.com", 0), "tls:gw.example.com:5061"),
        ("sip:bob@example.com", ("TLS", "gw.example.com", 0), "tls:gw.example.com:5061"),
        ("sip:bob@example.com", ("TCP", "[2001:db8::2]", 5090), "tcp:[2001:db8::2]:5090"),
        ("tel:+1", ("", "192.0.2.5", 0), "udp:192.0.2.5:5060"),
        ("sip:bob@example.com:5080", ("", "", 7), "udp:example.com:7"),
    ],
)
def test_next_hop_is_what_the_script_names_else_what_the_uri_does(
    uri: str, script: tuple[str, str, int], expected: str
) -> None:
    assert choose_next_hop(uri, "", *script, "").text == expected


@pytest.mark.parametrize(
    ("uri", "script", "code"),
    [
        ("sips:bob@example.com", ("UDP", "", 0), "sips"),
        ("sips:bob@example.com", ("TCP", "gw.example.com", 0), "sips"),
        ("sip:bob@example.com;transport=sctp", ("", "", 0), "transport"),
        ("tel:+1", ("", "", 0), "next-hop"),
        ("sip:bob@-.example", ("", "", 0), "next-hop"),
        ("sip:bob@example.com", ("", "a b", 0), "next-hop"),
        ("sip:bob@example.com", ("", "*.example", 0), "next-hop"),
        ("sip:bob@example.com", ("", "example.com", 65_536), "next-hop"),
        ("sip:bob@example.com", ("", "example.com", -1), "next-hop"),
    ],
)
def test_no_next_hop_is_made_of_what_can_not_be_gone_by(uri: str, script: tuple[str, str, int], code: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        choose_next_hop(uri, "", *script, "")
    assert caught.value.code == code


def test_next_hop_keeps_the_name_and_the_id_for_the_identity_check() -> None:
    hop = choose_next_hop("sip:Bob@Example.com", "", "TLS", "", 0, "trunk")
    assert (hop.name, hop.server_id) == ("example.com", "trunk")
    assert NextHop("TLS", "192.0.2.1", 5061).name == ""


def listener(protocol: str, host: str, port: int) -> SimpleNamespace:
    return SimpleNamespace(protocol=protocol, address=(host, port))


@pytest.mark.parametrize(
    ("listeners", "local", "expected"),
    [
        ([("TCP", "192.0.2.1", 5060), ("TLS", "192.0.2.1", 5061)], "192.0.2.1", (b"192.0.2.1", 5061)),
        ([("TLS", "192.0.2.1", 5061), ("TLS", "192.0.2.2", 5071)], "192.0.2.2", (b"192.0.2.2", 5071)),
        ([("TLS", "192.0.2.1", 5061), ("TLS", "0.0.0.0", 5071)], "192.0.2.2", (b"192.0.2.2", 5071)),
        ([("TLS", "::", 5061)], "2001:db8::1", (b"[2001:db8::1]", 5061)),
        ([("TLS", "192.0.2.1", 5061)], "192.0.2.2", (b"192.0.2.1", 5061)),
        ([("TLS", "::", 5061), ("TLS", "0.0.0.0", 5071)], "192.0.2.2", (b"192.0.2.2", 5071)),
        ([("UDP", "192.0.2.1", 5060)], "192.0.2.1", (b"192.0.2.1", 33_000)),
    ],
)
def test_via_names_the_listener_that_the_next_hop_can_reach(
    listeners: list[tuple[str, str, int]], local: str, expected: tuple[bytes, int]
) -> None:
    assert sent_by([listener(*each) for each in listeners], "TLS", (local, 33_000)) == expected


class Udp(UdpListener):
    def __init__(self, host: str, port: int = 5060) -> None:
        self.address = (host, port)


@pytest.mark.parametrize(
    ("sockets", "target", "local", "came_on", "expected"),
    [
        (["192.0.2.1", "192.0.2.2"], "192.0.2.9", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
        (["192.0.2.1", "198.51.100.1"], "198.51.100.9", "198.51.100.1", "192.0.2.1", "198.51.100.1"),
        (["0.0.0.0", "192.0.2.1"], "192.0.2.9", "192.0.2.1", "0.0.0.0", "0.0.0.0"),
        (["192.0.2.2"], "192.0.2.9", "192.0.2.1", "192.0.2.2", "192.0.2.2"),  # a second address of one interface
        (["192.0.2.2", "192.0.2.3"], "192.0.2.9", "192.0.2.1", "192.0.2.3", "192.0.2.3"),
        (["127.0.0.1", "192.0.2.2"], "192.0.2.9", "192.0.2.1", "127.0.0.1", "192.0.2.2"),
        (["127.0.0.1"], "192.0.2.9", "192.0.2.1", "127.0.0.1", ""),
        (["192.0.2.2"], "127.0.0.1", "127.0.0.1", "192.0.2.2", "192.0.2.2"),
        (["127.0.0.1", "::1"], "::1", "::1", "127.0.0.1", "::1"),
        (["127.0.0.1", "0.0.0.0"], "::1", "::1", "127.0.0.1", ""),
        (["::"], "127.0.0.1", "127.0.0.1", "::", ""),
        ([], "127.0.0.1", "127.0.0.1", "", ""),
    ],
)
def test_datagram_leaves_by_a_socket_that_may_send_there(
    sockets: list[str], target: str, local: str, came_on: str, expected: str
) -> None:
    listeners = [listener("TCP", target, 5060), *(Udp(host) for host in sockets)]
    chosen = datagram_socket(listeners, target, local, (came_on, 5060))  # type: ignore[arg-type]
    assert (chosen.address[0] if chosen else "") == expected


def test_source_address_is_that_of_the_way_there_and_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    assert source_address(("127.0.0.1", 9)) == "127.0.0.1"
    assert source_address(("256.0.0.1", 9)) == ""
    clock, asked = Clock(), []
    monkeypatch.setattr(own_address, "source_address", lambda target: asked.append(target) or "192.0.2.1")
    ways = Ways(clock.seconds)
    for port in (9, 10):
        assert ways.source_address(("192.0.2.9", port)) == "192.0.2.1"
    assert len(asked) == 1
    clock.advance(5)
    ways.source_address(("192.0.2.9", 9))
    assert len(asked) == 2
    for number in range(2_000):
        ways.source_address((f"192.0.2.{number}", 9))
    assert len(ways._known) <= 1_024
