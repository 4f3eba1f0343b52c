"""A connector on real sockets of this machine, with a clock that tests turn and names that tests give."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock

from sertwist.errors import UnavailableError
from sertwist.limits import Limits
from sertwist.pki.authority import SERVER_AUTH, Authority, Credential, Profile, alternative_names
from sertwist.tls.context import ClientContextFactory
from sertwist.tls.domain import OwnCertificate, Side, TLSDomain, VerifyMode
from sertwist.tls.domain_table import DomainTable
from sertwist.transport.aliases import Aliases
from sertwist.transport.backlog import Backlog
from sertwist.transport.connection_table import ConnectionTable
from sertwist.transport.connector import ClientDomainConnector
from sertwist.transport.handshake_queue import HandshakeQueue
from sertwist.transport.ready import ReadySockets
from tests.next_hop import RecordingHop, server_context
from tests.unit.tls.kit import ROOT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from sertwist.tls.failure import Failure
    from sertwist.transport.next_hop import NextHop
    from sertwist.transport.stream import StreamConnection

__all__ = ["Names", "Receiver", "World", "client_domain", "hop_certificate", "secure_hop"]

PATIENCE = 20.0


class Reactor(Clock):
    """A clock that also is told of readers, which the world asks by itself."""

    def addReader(self, _reader: object) -> None:  # noqa: N802
        pass


class Names:
    """A resolver with one answer for each name."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, ...]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        if host in self.known:
            return self.known[host]
        if host.replace(".", "").isdigit():
            return (host,)
        raise UnavailableError(f"{host}: the name has no address", code="lookup")


class Receiver:
    """Keeps what comes in."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.dropped_for: list[str] = []

    def receive_sip(self, _connection: StreamConnection, data: bytes) -> None:
        self.messages.append(data)

    def tls_established(self, _session: object) -> None:
        pass

    def tls_failed(self, _connection: StreamConnection, failure: Failure, _domain_name: str) -> None:
        raise AssertionError(failure)

    def dropped(self, _connection: StreamConnection, reason: str) -> None:
        self.dropped_for.append(reason)

    def refuse_bytes(self, *_: object) -> bytes:
        return b""


class Domains:
    """A table of client domains, replaced as by a reload."""

    def __init__(self, *domains: TLSDomain) -> None:
        self.replace(*domains)

    def replace(self, *domains: TLSDomain) -> None:
        self.table = DomainTable(domains)
        self.factories = {each.name: ClientContextFactory(each) for each in self.table if each.side is Side.CLIENT}

    def client_for(self, ip: str, port: int, *, server_name: str = "", server_id: str = "") -> ClientContextFactory:
        return self.factories[self.table.client(ip, port, server_name=server_name, server_id=server_id).name]


class World:
    """Everything that a connector needs."""

    def __init__(self, *domains: TLSDomain, **bounds: float) -> None:
        self.limits = Limits()
        self.limits = replace(self.limits, outbound=replace(self.limits.outbound, **bounds))  # type: ignore[arg-type]
        self.reactor = Reactor()
        self.table = ConnectionTable(
            self.limits.connection,
            self.reactor.seconds,
            time.time,
            Backlog(self.reactor),  # type: ignore[arg-type]
            HandshakeQueue(self.reactor, time.perf_counter, self.limits.connection),  # type: ignore[arg-type]
        )
        self.sockets = ReadySockets(self.reactor, self.table.turn)  # type: ignore[arg-type]
        self.names = Names()
        self.domains = Domains(*domains)
        self.counts: Counter[str] = Counter()
        self.receiver = Receiver()
        owner = (self.sockets, self.table, self.limits)
        self.connector = ClientDomainConnector(
            self.names,  # type: ignore[arg-type]
            self.domains,
            Aliases(self.table),
            owner,  # type: ignore[arg-type]
            lambda name: self.counts.update([name]),
        )
        self.connector.receiver = self.receiver  # type: ignore[assignment]
        self.connector.admits = lambda _connection: True
        self._begun: list[Deferred[StreamConnection]] = []

    def close(self) -> None:
        for each in self.table:
            each.connectionLost(None)
        for asked in self._begun:
            asked.addErrback(lambda _failure: None)
        self.sockets.connectionLost(None)

    def turn(self) -> None:
        """One turn of the reactor: what is ready, then what was to be called."""
        self.sockets.doRead()
        self.reactor.advance(0)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it does not happen"
            self.turn()
            time.sleep(0.001)

    def later(self, seconds: float) -> None:
        """Let time pass, with the sweep at its end."""
        self.reactor.advance(seconds)
        self.table.expire(self.reactor.seconds())

    def begin(self, hop: NextHop, size: int = 100) -> Deferred[StreamConnection]:
        made: Coroutine[Any, Any, StreamConnection] = self.connector.connect(hop, size)
        self._begun.append(ensureDeferred(made))
        return self._begun[-1]

    def outcome(self, asked: Deferred[StreamConnection]) -> StreamConnection | str:
        """The connection, or why there is none."""
        found: list[Any] = []
        asked.addBoth(found.append)
        self.until(lambda: found)
        if hasattr(found[0], "value"):
            assert isinstance(found[0].value, UnavailableError), found[0]
            return str(found[0].value)
        return found[0]

    def connect(self, hop: NextHop, size: int = 100) -> StreamConnection | str:
        return self.outcome(self.begin(hop, size))

    def connection(self, hop: NextHop) -> StreamConnection:
        made = self.connect(hop)
        assert not isinstance(made, str), made
        return made


_folder = tempfile.TemporaryDirectory(prefix="hops-")


def hop_certificate(*names: str, root: Authority = ROOT, **profile: Any) -> Path:
    """Files of a server's certificate for `names`, without their endings."""
    made = root.issue(Profile(alternative_names=alternative_names(*names), usages=(SERVER_AUTH,), **profile))
    path = Path(_folder.name) / str(made.certificate.serial_number)
    path.with_suffix(".pem").write_bytes(made.certificate_pem())
    path.with_suffix(".key").write_bytes(made.key_pem())
    return path


def root_file() -> Path:
    path = Path(_folder.name) / "root.pem"
    path.write_bytes(ROOT.credential.certificate_pem())
    return path


def secure_hop(*names: str, asks: bool = False, version: ssl.TLSVersion | None = None, **profile: Any) -> RecordingHop:
    """A next hop over TLS whose certificate is for `names`; `asks` says that it requires one of ours."""
    context = server_context(hop_certificate(*names, **profile), root_file() if asks else None)
    if version is not None:
        context.maximum_version = version
    return RecordingHop(context)


def client_domain(own: Credential | None = None, **settings: Any) -> TLSDomain:
    """A client domain that trusts the root and presents `own`."""
    mine = () if own is None else (OwnCertificate(chain=(own.certificate,), private_key=own.key),)
    values = {"authorities": (ROOT.certificate,), "verify": VerifyMode.ON, "own": mine, **settings}
    return TLSDomain(side=Side.CLIENT, **values)
