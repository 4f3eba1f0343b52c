"""Connections to next hops: by which domain, when they are used again, and every bound on them."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred

from sertwist.limits import OutboundLimits
from sertwist.pki.authority import Profile, alternative_names
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import NameRules, VerifyMode
from sertwist.tls.revocation import RevocationSet
from sertwist.transport.next_hop import NextHop
from sertwist.transport.outbound import MESSAGES_PER_TURN
from tests.next_hop import RecordingHop
from tests.unit.tls.kit import BOB, OTHER_ROOT, ROOT, client_context, connect, make_domain
from tests.unit.transport.world import World, client_domain, secure_hop

if TYPE_CHECKING:
    from sertwist.tls.domain import TLSDomain
    from sertwist.transport.stream_socket import StreamSocket

HERE = ("127.0.0.1",)
REQUEST = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"
ALICE = ROOT.issue(Profile(common_names=("Alice",)))
MakeWorld = Callable[..., World]


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(*domains: TLSDomain, **bounds: float) -> World:
        world = World(*(domains or (client_domain(),)), **bounds)
        world.names.known = dict.fromkeys(["a.example", "A.Example", "b.example", "sip.a.example"], HERE)
        made.append(world)
        return world

    yield make
    for each in made:
        each.close()


def tls(port: int, name: str = "a.example", server_id: str = "") -> NextHop:
    return NextHop("TLS", name, port, server_id)


# -- which connection -------------------------------------------------------------------------------------------------


def test_connection_is_shared_only_where_name_domain_and_address_are_the_same(make_world: MakeWorld) -> None:
    names = ("a.example", "b.example", "127.0.0.1")
    world = make_world(client_domain(BOB), client_domain(ALICE, server_id="alice", name_rules=NameRules.HTTPS))
    with secure_hop(*names, asks=True) as hop, secure_hop(*names) as other:
        first = world.connection(tls(hop.port))
        assert hop.call().client == "Bob"
        assert world.connection(tls(hop.port, "A.Example")) is first
        different = [
            world.connection(tls(hop.port, "b.example")),
            world.connection(tls(hop.port, server_id="alice")),
            world.connection(tls(other.port)),
            world.connection(NextHop("TLS", "127.0.0.1", hop.port, "alice")),
        ]
        assert len({first, *different}) == 5
        assert [hop.call().client for _ in range(3)] == ["Bob", "Alice", "Alice"]
        assert world.connection(tls(hop.port)) is first
        assert (first.protocol, first.outbound, first.source) == ("TLS", True, ("127.0.0.1", hop.port))
        assert first.tls is not None
        assert first.tls.domain_name == "client:default"


def test_domain_is_chosen_by_name_and_by_address(make_world: MakeWorld) -> None:
    with secure_hop("a.example", "b.example", asks=True) as hop:
        world = make_world(
            client_domain(),
            client_domain(ALICE, server_name="b.example"),
            client_domain(BOB, address=("127.0.0.1", hop.port)),
        )
        world.connection(tls(hop.port))
        world.connection(tls(hop.port, "b.example"))
        assert [hop.call().client for _ in range(2)] == ["Bob", "Alice"]
        assert "no TLS client domain has the server_id 'x'" in str(world.connect(tls(hop.port, server_id="x")))
        assert hop.accepted == 2


def test_plain_connection_is_shared_by_address(make_world: MakeWorld) -> None:
    world = make_world()
    with RecordingHop() as hop:
        first = world.connection(NextHop("TCP", "a.example", hop.port))
        assert world.connection(NextHop("TCP", "127.0.0.1", hop.port)) is first
        world.connector.send(first, b"hello")
        assert hop.call().sock.recv(100) == b"hello"


def test_many_at_once_share_one_attempt(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("a.example") as hop:
        asked = [world.begin(tls(hop.port)) for _ in range(5)]
        made = {world.outcome(each) for each in asked}
        assert len(made) == 1
        assert (hop.accepted, world.counts["outbound.opened"]) == (1, 1)


def test_closed_connection_is_not_used_again(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("a.example") as hop:
        first = world.connection(tls(hop.port))
        call = hop.call()
        call.sock.sendall(b"\r\n\r\n")  # so that it is no failure of the hop
        world.until(lambda: first.has_heard)  # type: ignore[attr-defined]
        call.sock.close()
        world.until(lambda: not first.is_usable)
        assert world.connection(tls(hop.port)) is not first


def test_idle_connection_is_closed_and_that_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(client_domain(idle_timeout=50.0))
    with secure_hop("a.example") as hop:
        first = world.connection(tls(hop.port))
        world.later(49)
        assert first.is_usable
        world.later(2)
        assert not first.is_usable
        assert world.connection(tls(hop.port)) is not first


def test_connection_is_used_after_a_reload_only_while_its_settings_are_in_force(make_world: MakeWorld) -> None:
    world = make_world(client_domain(BOB))
    with secure_hop("a.example") as hop:
        first = world.connection(tls(hop.port))
        world.domains.replace(client_domain(BOB))
        assert world.connection(tls(hop.port)) is first
        world.domains.replace(client_domain(ALICE))
        second = world.connection(tls(hop.port))
        assert second is not first
        assert first.is_usable  # responses still come on it


def test_attempt_of_an_earlier_generation_is_not_joined(make_world: MakeWorld) -> None:
    world = make_world(client_domain(BOB))
    with secure_hop("a.example", asks=True) as hop:
        old = world.begin(tls(hop.port))
        world.domains.replace(client_domain(ALICE))
        new = world.begin(tls(hop.port))
        assert world.outcome(old) is not world.outcome(new)
        assert {hop.call().client for _ in range(2)} == {"Bob", "Alice"}
        assert world.connection(tls(hop.port)) is world.outcome(world.begin(tls(hop.port)))


def test_connection_is_not_used_when_its_peer_is_no_longer_verified(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("a.example") as hop:
        first = world.connection(tls(hop.port))
        world.domains.factories["client:default"].trust.replace(RevocationSet())  # its CA is gone
        assert world.connect(tls(hop.port)) is not first


# -- who answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "settings", "words"),
    [
        (("b.example",), {}, "the server's certificate is for b.example, not for a.example"),
        (("*.example",), {}, "the server's certificate is for no SIP domain, not for a.example"),
        (("sip:x@a.example",), {}, "the server's certificate is for no SIP domain, not for a.example"),
        (
            tuple(f"{n}.example" for n in "cdefghi"),
            {},
            "is for c.example, d.example, e.example, f.example, g.example and 2",
        ),
        (("a.example",), {"server_name": "own.example", "server_id": "id"}, "is for a.example, not for own.example"),
        (("sip:a.example",), {"name_rules": NameRules.HTTPS, "server_id": "id"}, "is for a.example, not for a.example"),
    ],
)
def test_nothing_is_sent_to_a_server_of_another_name(
    make_world: MakeWorld, names: tuple[str, ...], settings: dict[str, Any], words: str
) -> None:
    world = make_world(client_domain(**settings))
    with secure_hop(*names) as hop:
        hop_called = tls(hop.port, server_id=settings.get("server_id", ""))
        assert words in str(world.connect(hop_called))
        world.until(lambda: hop.calls.qsize() or hop.refused.qsize())
        if hop.calls.qsize():
            assert hop.call().sock.recv(100) == b""
        assert "(a moment ago)" in str(world.connect(hop_called))
        assert (hop.accepted, world.counts["outbound.failed.wrong-name"]) == (1, 1)


@pytest.mark.parametrize(
    ("names", "settings"),
    [
        (("*.a.example",), {"name_rules": NameRules.HTTPS}),
        (("other.example",), {"name_rules": NameRules.NONE}),
        (("other.example",), {"verify": VerifyMode.OFF, "authorities": ()}),
        (("sip:sip.a.example", "other.example"), {}),
        (("own.example",), {"server_name": "own.example", "server_id": "id"}),
    ],
)
def test_rules_of_the_domain_say_what_name_is_checked(
    make_world: MakeWorld, names: tuple[str, ...], settings: dict[str, Any]
) -> None:
    world = make_world(client_domain(**settings))
    with secure_hop(*names) as hop:
        world.connection(tls(hop.port, "sip.a.example", settings.get("server_id", "")))


def test_server_of_an_unknown_authority_is_refused(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("a.example", root=OTHER_ROOT) as hop:
        assert "certificate is not from a CA of ca_list" in str(world.connect(tls(hop.port)))
        assert "alert" in hop.refused.get(timeout=20)


def test_nobody_is_asked_when_no_name_is_known(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("127.0.0.1") as hop:
        assert "no name is known" in str(world.connect(NextHop("TLS", "127.0.0.1", hop.port)))
        assert hop.accepted == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_server_that_refuses_our_certificate_is_a_failure_even_when_it_says_so_late(
    make_world: MakeWorld, version: ssl.TLSVersion
) -> None:
    """In TLS 1.3 our side of the handshake is done before the server has judged us."""
    world = make_world()
    with secure_hop("a.example", asks=True, version=version) as hop:
        first = world.connect(tls(hop.port))
        if not isinstance(first, str):
            assert version is ssl.TLSVersion.TLSv1_3
            world.until(lambda: not first.is_usable)  # type: ignore[union-attr]
        assert "(a moment ago)" in str(world.connect(tls(hop.port)))
        assert hop.accepted == 1


# -- failures ---------------------------------------------------------------------------------------------------------


def test_failure_is_remembered_for_a_while_and_for_every_name(make_world: MakeWorld) -> None:
    world = make_world()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert "connection refused" in str(world.connect(tls(port)))
        assert "connection refused (a moment ago)" in str(world.connect(tls(port, "b.example")))
        assert world.counts["outbound.opened"] == 1
        world.later(world.limits.outbound.failure_lifetime)
        assert "(a moment ago)" not in str(world.connect(tls(port)))
        assert world.counts["outbound.opened"] == 2


def test_next_address_is_tried_when_one_fails(make_world: MakeWorld) -> None:
    world = make_world()
    with secure_hop("a.example") as hop:
        world.names.known["a.example"] = ("127.0.0.1", "127.0.0.9")
        turns = [world.outcome(_turn(world, tls(hop.port), turn)) for turn in (0, 1)]
        assert turns[0] is turns[1]
        assert world.counts["outbound.failed.connect"] == 1
        assert "127.0.0.9" in str(world.names.known["a.example"])


def _turn(world: World, hop: NextHop, turn: int) -> Any:
    from twisted.internet.defer import ensureDeferred  # noqa: PLC0415

    return ensureDeferred(world.connector.connect(hop, 1, turn))


def test_every_address_that_failed_is_named(make_world: MakeWorld) -> None:
    world = make_world()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        world.names.known["a.example"] = ("127.0.0.1", "127.0.0.9")
        words = str(world.connect(tls(closed.getsockname()[1])))
    assert words.count("connection refused") == 2


def test_name_without_address_is_a_failure_in_words(make_world: MakeWorld) -> None:
    assert make_world().connect(tls(1, "c.example")) == "c.example: the name has no address"


# -- what the script says about a connection that is up ----------------------------------------------------------------


def test_connection_that_the_script_refuses_carries_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    seen: list[str] = []

    def refuse(connection: StreamSocket) -> bool:
        assert connection.tls is not None
        seen.append(connection.tls.peer.certificate.dns[0])
        return False

    world.connector.admits = refuse
    with secure_hop("a.example") as hop:
        assert "the script refused the connection" in str(world.connect(tls(hop.port)))
        assert seen == ["a.example"]
        assert hop.calls.get(timeout=20).sock.recv(1) == b""
    assert world.counts["outbound.failed.refused"] == 1
    assert "outbound.established" not in world.counts


def test_script_that_waits_holds_the_connection_in_both_directions(make_world: MakeWorld) -> None:
    world = make_world()
    verdict: Deferred[bool] = Deferred()

    async def wait(_connection: StreamSocket) -> bool:
        return await verdict

    world.connector.admits = wait
    with secure_hop("a.example") as hop:
        asked = world.begin(tls(hop.port))
        world.until(lambda: not hop.calls.empty())
        hop.calls.get().sock.sendall(REQUEST)
        connection = next(iter(world.table))
        world.until(lambda: connection.state == "open" and _has_unread(connection.fileno()))
        world.turn()
        assert (asked.called, world.receiver.messages) == (False, [])
        verdict.callback(True)
        assert world.outcome(asked) is connection
        world.until(lambda: world.receiver.messages)


@pytest.mark.parametrize("admitted", [True, False])
def test_verdict_about_a_connection_that_has_ended_changes_nothing(make_world: MakeWorld, *, admitted: bool) -> None:
    world = make_world()
    verdict: Deferred[bool] = Deferred()

    async def wait(_connection: StreamSocket) -> bool:
        return await verdict

    world.connector.admits = wait
    with secure_hop("a.example") as hop:
        asked = world.begin(tls(hop.port))
        world.until(lambda: not hop.calls.empty() and next(iter(world.table)).state == "open")
        next(iter(world.table)).abort("by an operator")
        assert "by an operator" in str(world.outcome(asked))
        verdict.callback(admitted)
    assert "outbound.established" not in world.counts


def test_plain_connection_is_no_matter_for_the_event(make_world: MakeWorld) -> None:
    world = make_world()
    world.connector.admits = lambda _connection: False
    with RecordingHop() as hop:
        world.connection(NextHop("TCP", "127.0.0.1", hop.port))


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_handshake_has_its_own_time_which_a_domain_may_say(make_world: MakeWorld) -> None:
    world = make_world(client_domain(handshake_timeout=7.0))
    with RecordingHop(handshake=False) as silent:
        asked = world.begin(tls(silent.port))
        world.until(lambda: silent.accepted)
        connection = next(iter(world.table))
        world.until(lambda: connection.deadline > 5)
        world.later(6.9)
        assert not asked.called
        world.later(0.2)
        assert "the handshake took too long" in str(world.outcome(asked))
        assert len(world.table) <= 1  # what is left only waits for the other side's end


def test_hop_that_trickles_gets_no_more_time_for_its_handshake(make_world: MakeWorld) -> None:
    world = make_world()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = world.begin(tls(listener.getsockname()[1]))
        hop, _ = listener.accept()
        with hop:
            connection = next(iter(world.table))
            world.until(lambda: _has_unread(hop.fileno()))
            for byte in b"\x02\0\0\x46":  # a ServerHello, in records of a byte
                hop.sendall(b"\x16\x03\x03\0\x01" + bytes((byte,)))
                world.until(lambda: not _has_unread(connection.fileno()))
                world.later(world.limits.connection.handshake_timeout / 5)
                assert not asked.called
            world.later(world.limits.connection.handshake_timeout / 5)
            assert asked.called
        assert "the handshake took too long" in str(world.outcome(asked))


def _has_unread(descriptor: int) -> bool:
    with socket.socket(fileno=os.dup(descriptor)) as same:
        try:
            return bool(same.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False


def test_all_together_has_its_time_too(make_world: MakeWorld) -> None:
    world = make_world(total_timeout=4.0)
    with RecordingHop(handshake=False) as silent:
        asked = world.begin(tls(silent.port))
        world.until(lambda: silent.accepted)
        world.reactor.advance(3.9)
        assert not asked.called
        world.reactor.advance(0.2)
        assert "no connection within 4 seconds" in str(world.outcome(asked))


def test_connect_has_its_time(make_world: MakeWorld) -> None:
    world = make_world()
    with RecordingHop(handshake=False) as hop:
        asked = world.begin(NextHop("TCP", "127.0.0.1", hop.port))  # and no turn in which it would be up
        world.later(world.limits.outbound.connect_timeout - 0.1)
        assert not asked.called
        world.later(0.1)
        assert "no answer to the attempt to connect" in str(world.outcome(asked))


def test_what_waits_for_a_connection_is_bounded(make_world: MakeWorld) -> None:
    world = make_world(max_queued=1_000)
    with RecordingHop(handshake=False) as silent:
        hop = tls(silent.port)
        asked = [world.begin(hop, 600), world.begin(hop, 400)]
        assert "too much waits for it" in str(world.connect(hop, 1))
        assert world.counts["outbound.queue_full"] == 1
        world.later(world.limits.connection.handshake_timeout + 10)
        assert [isinstance(world.outcome(each), str) for each in asked] == [True, True]
        assert "too much waits" not in str(world.connect(hop, 1))


def test_what_waits_in_all_is_bounded(make_world: MakeWorld) -> None:
    world = make_world(max_queued=1_000, max_queued_in_all=1_500)
    with RecordingHop(handshake=False) as one, RecordingHop(handshake=False) as two:
        for size in (500, 400):
            world.begin(tls(one.port), size)
        world.begin(tls(two.port), 500)
        world.begin(tls(two.port), 100)
        assert "too much waits for next hops" in str(world.connect(tls(two.port), 1))


def test_hop_that_reads_nothing_holds_no_more_than_its_bound(make_world: MakeWorld) -> None:
    bound = OutboundLimits().max_queued
    world = make_world()
    with RecordingHop() as stuffed:
        connection = world.connection(NextHop("TCP", "127.0.0.1", stuffed.port))
        piece = b"x" * (bound // 4)
        while connection.queued_bytes + len(piece) <= bound:
            world.connector.send(connection, piece)
            world.turn()
        with pytest.raises(Exception, match="takes nothing"):
            world.connector.send(connection, piece)
        world.connector.send(connection, b"x" * (bound - connection.queued_bytes))  # exactly the bound
        with pytest.raises(Exception, match="takes nothing"):
            world.connector.send(connection, b"x")
        world.later(world.limits.connection.write_timeout + 1)
        assert not connection.is_usable
        assert "(a moment ago)" in str(world.connect(NextHop("TCP", "127.0.0.1", stuffed.port)))


def test_attempts_at_a_time_are_bounded(make_world: MakeWorld) -> None:
    world = make_world(max_connecting=2)
    with RecordingHop(handshake=False) as silent:
        asked = [world.begin(tls(silent.port)), world.begin(tls(silent.port, "b.example"))]
        assert world.connect(NextHop("TLS", "a.example", 1)) == "too many connections are being opened"
        assert not any(each.called for each in asked)
        world.later(world.limits.connection.handshake_timeout + 10)
        assert world.connect(NextHop("TLS", "a.example", 1)) != "too many connections are being opened"


def test_attempts_at_one_address_leave_room_for_others(make_world: MakeWorld) -> None:
    world = make_world(max_connecting=4, max_connecting_per_address=2)
    world.names.known["b.example"] = ("127.0.0.2",)
    with RecordingHop(handshake=False) as silent:
        asked = [world.begin(tls(silent.port)), world.begin(tls(silent.port, "sip.a.example"))]
        assert world.connect(tls(1)) == "too many connections to 127.0.0.1 are being opened"
        assert "connection refused" in str(world.connect(tls(1, "b.example")))
        assert not any(each.called for each in asked)


CALLER = ROOT.issue(Profile(alternative_names=alternative_names("sip:a.example", "sip:gate.example")))


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        ({}, True),
        ({"verify": VerifyMode.OFF}, True),
        ({"server_name": "gate.example"}, True),
        ({"authorities": (OTHER_ROOT.certificate,)}, False),
        ({"authorities": (OTHER_ROOT.certificate, ROOT.certificate)}, True),
        ({"authorities": (), "system_trust": True}, False),
        ({"revocation_lists": (ROOT.crl([CALLER.certificate]),)}, False),
        ({"revocation_lists": (ROOT.crl([BOB.certificate]),)}, True),
    ],
)
def test_connection_of_a_peer_is_taken_only_if_a_new_one_would_trust_it(
    make_world: MakeWorld, settings: dict[str, Any], taken: bool
) -> None:
    """The accepting domain has verified it by its own authorities, which a client domain need not have."""
    world = make_world(client_domain(), client_domain(address=("127.0.0.1", 5061), **settings))
    session = connect(ServerContextFactory(make_domain()), client_context(CALLER)).session
    offered = SimpleNamespace(tls=session)
    world.connector.aliases = SimpleNamespace(find=lambda *_: offered)  # type: ignore[assignment]
    hop, address = tls(5061), ("127.0.0.1", 5061)
    factory = world.domains.client_for(*address, server_name=hop.name)
    assert (world.connector._alias(hop, address, factory) is offered) is taken


def test_connection_that_was_used_least_recently_makes_room(make_world: MakeWorld) -> None:
    world = make_world(max_connections=2)
    with secure_hop("a.example", "b.example") as hop, RecordingHop() as plain:
        first, second = world.connection(tls(hop.port)), world.connection(tls(hop.port, "b.example"))
        assert world.connection(tls(hop.port)) is first  # used again: the other is the one to go
        third = world.connection(NextHop("TCP", "127.0.0.1", plain.port))
        assert (first.is_usable, second.is_usable, third.is_usable) == (True, False, True)
        assert world.counts["outbound.replaced"] == 1


def test_nothing_makes_room_while_all_have_something_to_say(make_world: MakeWorld) -> None:
    world = make_world(max_connections=1)
    with RecordingHop() as stuffed, RecordingHop() as other:
        connection = world.connection(NextHop("TCP", "127.0.0.1", stuffed.port))
        while not connection.queued_bytes:
            world.connector.send(connection, b"x" * 100_000)
        assert world.connect(NextHop("TCP", "127.0.0.1", other.port)) == "too many outbound connections"


def test_outbound_connections_take_no_room_of_accepted_ones(make_world: MakeWorld) -> None:
    world = make_world()
    with RecordingHop() as hop:
        world.connection(NextHop("TCP", "127.0.0.1", hop.port))
        assert len(world.table) == 1
        assert world.table.admit("127.0.0.1") is None
        assert world.table._per_source == {}


def test_peer_that_only_talks_is_read_while_our_bytes_wait(make_world: MakeWorld) -> None:
    """Two servers that each wait for the other to read would never end; the one that connected goes on reading."""
    world = make_world()
    with RecordingHop() as hop:
        connection = world.connection(NextHop("TCP", "127.0.0.1", hop.port))
        call = hop.call()
        while not connection.queued_bytes:
            world.connector.send(connection, b"x" * 100_000)
        call.sock.sendall(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" * 3)
        world.until(lambda: len(world.receiver.messages) == 3)
        # What it says does not buy it time: it is cut off when it has taken nothing for so long.
        for _ in range(3):
            world.later(world.limits.connection.write_timeout / 2)
            if connection.is_usable:
                call.sock.sendall(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
                world.turn()
        assert world.receiver.dropped_for == ["the peer does not read its answers"]


def test_responses_are_taken_a_share_a_turn(make_world: MakeWorld) -> None:
    """One connection carries all responses of a next hop: one a turn would be fewer than the requests of a turn."""
    world = make_world()
    with RecordingHop() as hop:
        connection = world.connection(NextHop("TCP", "127.0.0.1", hop.port))
        response = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
        call = hop.call()
        connection.take(response * (4 * MESSAGES_PER_TURN) + response[:10])
        assert len(world.receiver.messages) == MESSAGES_PER_TURN
        connection.take_turn()
        assert len(world.receiver.messages) == 2 * MESSAGES_PER_TURN
        world.until(lambda: len(world.receiver.messages) == 4 * MESSAGES_PER_TURN)
        assert connection.is_usable
        call.sock.sendall(response[10:])
        world.until(lambda: len(world.receiver.messages) == 4 * MESSAGES_PER_TURN + 1)
