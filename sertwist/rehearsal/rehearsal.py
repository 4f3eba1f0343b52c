"""`Rehearsal`: a script in a server without a network; messages and calls go through it one after the other."""

from __future__ import annotations

import xmlrpc.client
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import ConfigError
from sertwist.limits import Limits
from sertwist.modules.tls import TlsModule
from sertwist.modules.xmlrpc import XmlRpcModule
from sertwist.rehearsal.played import PlayedConnection, PlayedConnector, PlayedHost, PlayedListener, PlayedNames, Stage
from sertwist.rpc.http_framer import HttpFramer
from sertwist.rpc.http_request import HttpRequest
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.script.compile import compile_script
from sertwist.script.trace import Trace
from sertwist.server.configuration import make_environment
from sertwist.server.examination import examine, read_script
from sertwist.server.forward import Forwarder
from sertwist.server.receive import Receiver
from sertwist.server.respond import Responder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sertwist.rehearsal.played import Sent
    from sertwist.script.context import RouteContext
    from sertwist.server.examination import Examined
    from sertwist.server.reading import Reading
    from sertwist.tls.session import TlsSession

__all__ = ["Happening", "Origin", "Rehearsal", "load_rehearsal", "rehearse"]

_ANY_ADDRESS: Final = {"0.0.0.0": "203.0.113.1", "::": "2001:db8::1"}  # noqa: S104 (what a script listens on, told from what arrives)
_DEFAULT_LOCAL: Final = ("203.0.113.1", 5060)
_KEY: Final = b"rehearsal" * 4  # to-tags and branches are the same each time


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from.

    Attributes:
        source: the peer's address and port.
        protocol: `UDP`, `TCP` or `TLS`.
        local: our address and port; None: the first listener of that protocol.
        tls: the peer's session; None without TLS.
    """

    source: tuple[str, int] = ("192.0.2.1", 5060)
    protocol: str = "UDP"
    local: tuple[str, int] | None = None
    tls: TlsSession | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """What one message brought about.

    Attributes:
        sent: everything that would have left, in order.
        lines: log lines: level, text.
        closed: the connection would be ended.
        trace: what the script did; empty when the message never reached it.
        counters: of the server, that this message has changed, with by how much.
        ctx: the context of the last run of the script, None without one.
    """

    sent: tuple[Sent, ...]
    lines: tuple[tuple[str, str], ...]
    closed: bool
    trace: Trace
    counters: Mapping[str, int] = field(default_factory=dict)
    ctx: RouteContext | None = None


class Rehearsal:
    """A script in its server.

    Attributes:
        now: seconds since the epoch, as the script sees it; it stands still unless it is set.
        findings: warnings and hints about the script, rendered.
    """

    def __init__(
        self, examined: Examined, findings: tuple[str, ...] = (), *, names: Mapping[str, str], now: float
    ) -> None:
        """Compile and start a script that has no errors; host names are those in `names`."""
        self.now = now
        self.findings = findings
        self._stage = Stage()
        self._trace = Trace()
        self._last: RouteContext | None = None
        loaded = self._loaded = examined.loaded
        self._limits = Limits()
        self._addresses = self._listen(examined)
        core = loaded.modules[0].settings
        self._environment = make_environment(core, examined.told.dialect, lambda: self.now, _KEY)
        self._environment.sockets = frozenset(address for _, address in self._addresses)
        host = self._host = self._make_host()
        looked_up = PlayedNames(names)
        local = self._local("TCP")
        table = SimpleNamespace(clock=lambda: self.now, log_share=host.log_share, get=self._stage.connections.get)
        ways = SimpleNamespace(source_address=lambda _target: local[0])
        connector: Any = PlayedConnector(self._stage, looked_up, local)
        played: Any = (host, table, connector, looked_up, ways)
        forwarder: Any = Forwarder(*played)
        host.forwarder = forwarder
        dialect = examined.told.dialect
        program = compile_script(examined.script, loaded.catalogue, dialect, trace=True).watched(self._watch)
        carriers = [each for each in loaded.modules if isinstance(each, XmlRpcModule)]
        untyped: Any = host
        self._receiver = Receiver(untyped, program, carriers, forwarder, Responder(untyped, played[1], connector))
        for module in loaded.modules:
            if not isinstance(module, TlsModule):  # it has no domains here: nobody handshakes in a rehearsal
                module.start(untyped)

    # -- what arrives -------------------------------------------------------------------------------------------------

    def sip(self, data: bytes, origin: Origin) -> Happening:
        """What comes of one SIP message."""
        before = self._begin()
        local = origin.local or self._local(origin.protocol)
        if origin.protocol == "UDP":
            self._receiver.receive_datagram(self._listener(local), data, origin.source)
        else:
            self._receiver.receive_sip(self._connection(origin, local), data)
        return self._end(before)

    def call(self, method: str, arguments: tuple[Any, ...], origin: Origin, target: str = "/RPC2") -> Happening:
        """What comes of one XML-RPC call.

        Raises:
            ConfigError: the script carries no such calls.
        """
        body = xmlrpc.client.dumps(arguments, method).encode()
        fields = ("Host: rehearsal", "Content-Type: text/xml", f"Content-Length: {len(body)}", "", "")
        framer = HttpFramer(self._limits.http)
        framer.feed("\r\n".join((f"POST {target} HTTP/1.1", *fields)).encode() + body)
        request = framer.next()
        assert isinstance(request, HttpRequest)  # noqa: S101 (it was fed whole)
        before = self._begin()
        self._receiver.receive_http(self._connection(origin, origin.local or self._local(origin.protocol)), request)
        return self._end(before)

    def tick(self, seconds: float) -> None:
        """Let `seconds` pass; every timer of a module runs once."""
        self.now += seconds
        self._host.tick()

    # -- how it is set up ---------------------------------------------------------------------------------------------

    def _listen(self, examined: Examined) -> list[tuple[str, tuple[str, int]]]:
        return [
            (each.protocol.upper(), (_ANY_ADDRESS.get(each.host, each.host), each.port)) for each in examined.addresses
        ]

    def _local(self, protocol: str) -> tuple[str, int]:
        """Where a message over `protocol` arrives: the first listener of that kind."""
        return next((address for each, address in self._addresses if each == protocol), _DEFAULT_LOCAL)

    def _make_host(self) -> PlayedHost:
        registry = Registry()
        methods = [method for module in self._loaded.modules for method in module.methods()]
        for each in (*system_methods(registry), *methods):
            registry.add(each)
        host = PlayedHost(self._stage, self._environment, self._limits, self._loaded.modules, registry)
        host.listening = [PlayedListener(address, self._stage) for kind, address in self._addresses if kind == "UDP"]
        self._environment.complain = lambda line: host.log("warn", "{line}", line=line)
        return host

    def _watch(self, ctx: RouteContext) -> None:
        self._last = ctx
        ctx.trace = self._trace

    def _listener(self, local: tuple[str, int]) -> PlayedListener:
        return self._host.socket(local) or PlayedListener(local, self._stage)

    def _connection(self, origin: Origin, local: tuple[str, int]) -> Any:
        connection = PlayedConnection(origin.protocol, origin.source, local, self._stage)
        connection.tls = origin.tls
        connection.verified = origin.tls is not None and origin.tls.peer.verdict(self.now).verified
        return connection

    def _begin(self) -> dict[str, int]:
        self._stage.clear()
        self._trace.clear()
        self._last = None
        return dict(self._environment.counters)

    def _end(self, before: dict[str, int]) -> Happening:
        changed = {
            name: count - before.get(name, 0)
            for name, count in self._environment.counters.items()
            if count != before.get(name, 0)
        }
        trace = Trace(self._trace)
        stage = self._stage
        return Happening(tuple(stage.sent), tuple(stage.lines), stage.closed, trace, changed, self._last)


def load_rehearsal(path: Path, reading: Reading | None = None, *, names: Mapping[str, str], now: float) -> Rehearsal:
    """The script at `path`, ready to be tried; TLS files that it names need not be there.

    Args:
        path: the script.
        reading: what it does not say itself.
        names: host name to address, for what is forwarded.
        now: seconds since the epoch that the script is to see.

    Raises:
        ConfigError: it can't be read, or has errors; the text holds all of them, rendered.
    """
    return rehearse(examine(read_script(path), reading, with_tls=False), names=names, now=now)


def rehearse(examined: Examined, *, names: Mapping[str, str], now: float) -> Rehearsal:
    """A script that was examined, ready to be tried; see `load_rehearsal`.

    Raises:
        ConfigError: it has errors; the text holds all of them, rendered.
    """
    findings = tuple(each.text for each in examined.findings)
    if examined.errors:
        raise ConfigError("\n".join(findings), code="script")
    return Rehearsal(examined, findings, names=names, now=now)
