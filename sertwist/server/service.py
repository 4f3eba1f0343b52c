"""The whole server as a Twisted service: sockets opened before the process goes to the background, an orderly end."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger

import sertwist
from sertwist.server.addresses import advertised_addresses
from sertwist.server.auditing import make_audit
from sertwist.server.forward import Forwarder
from sertwist.server.host import ServerHost
from sertwist.server.loop_lag import LoopLag
from sertwist.server.monitor import MonitorReceiver, monitor_address
from sertwist.server.opened import OpenedJudge
from sertwist.server.receive import Receiver
from sertwist.server.respond import Responder
from sertwist.server.script_reload import ScriptReloads
from sertwist.server.signals import HANDLED, Signals
from sertwist.server.supervisor import Supervisor
from sertwist.server.timer_routes import TimerRoutes
from sertwist.server.tracing import Tracing
from sertwist.transport.aliases import Aliases
from sertwist.transport.backlog import Backlog
from sertwist.transport.connection_table import ConnectionTable
from sertwist.transport.connector import ClientDomainConnector
from sertwist.transport.handshake_queue import HandshakeQueue
from sertwist.transport.listen import StreamListener, bind_socket
from sertwist.transport.ready import ReadySockets
from sertwist.transport.resolver import NameResolver
from sertwist.transport.udp import UdpListener
from sertwist.transport.unix import UnixListener

if TYPE_CHECKING:
    from types import FrameType

    from sertwist.server.addresses import ListenAddress
    from sertwist.server.configuration import Configuration

__all__ = ["SertwistService"]

log = Logger("sertwist")

SWEEP_SECONDS: Final = 0.25  # deadlines are kept this exactly
TIMER_SECONDS: Final = 1.0  # between two looks at which timer_route is due
HELD_LINES_SECONDS: Final = 5.0  # between lines that say how many were not written
SOCKET_KINDS: Final = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM, "tls": socket.SOCK_STREAM}
THREAD_SECONDS: Final = 0.0005  # a thread that reads files gives way to the reactor this soon, not after 5 ms
DRAIN_SECONDS: Final = 0.02  # at shutdown, how often it is looked whether all has been delivered


class SertwistService(Service):
    """A running server.

    Sockets are bound when this is made, so that a taken port is one clear line and exit status 1, with nothing started.
    """

    def __init__(self, configuration: Configuration, reactor: Any) -> None:
        """Bind every socket.

        Raises:
            ConfigError: a socket can't be opened.
        """
        self._configuration = configuration
        self._reactor = reactor
        self._environment = configuration.environment()
        limits = configuration.limits
        self._table = ConnectionTable(
            limits.connection,
            time.monotonic,
            self._environment.wall_clock,
            Backlog(reactor),
            HandshakeQueue(reactor, time.perf_counter, limits.connection),
        )
        self.host = ServerHost(self._environment, limits, configuration.loaded.modules, self._table, reactor)
        self.host.on_stop = self._begin_stop
        self.host.on_signal = self._signals = Signals(self.host, configuration.loaded.modules)
        self.host.audit = make_audit(configuration, self.host, reactor)
        self._sockets = ReadySockets(reactor, self._table.turn)
        self._table.handshakes.serve_others = self._serve_ready
        self._receiver = self._make_receiver()
        self._supervisor = Supervisor(os.environ, reactor)
        self._stopping: Deferred[None] | None = None
        self._stop_deadline = 0.0
        self._why = ""
        self._listeners = self._bind(configuration.addresses)
        self._unix = self._unix_listener()
        self._monitor = self._monitor_listener()

    def _make_receiver(self) -> Receiver:
        """What takes every message, with what sends them on."""
        configuration, limits, count = self._configuration, self._configuration.limits, self._environment.count
        resolver = self.host.names = NameResolver(self._reactor, limits.outbound)
        owner = (self._sockets, self._table, limits)
        connector = ClientDomainConnector(resolver, configuration.tls, Aliases(self._table), owner, count)
        forwarder = self.host.forwarder = Forwarder(self.host, self._table, connector, resolver)
        responder = Responder(self.host, self._table, connector)
        carriers = [configuration.xmlrpc] if configuration.xmlrpc is not None else []
        receiver = connector.receiver = Receiver(self.host, configuration.program, carriers, forwarder, responder)
        connector.admits = OpenedJudge(self._environment, receiver).admits
        tracing = self._tracing = self.host.tracer = Tracing(self.host, self._reactor, configuration, receiver)
        self.host.scripts = ScriptReloads(self.host, configuration, tracing.use)
        return receiver

    def _bind(self, addresses: tuple[ListenAddress, ...]) -> list[StreamListener | UdpListener]:
        opened: list[socket.socket] = []
        listeners: list[StreamListener | UdpListener] = []
        try:
            for each in addresses:
                kind = SOCKET_KINDS[each.protocol]
                opened.append(bind_socket(kind, each.protocol, each.host, each.port))
                listeners.append(self._listener(each.protocol, opened[-1]))
        except BaseException:
            for sock in opened:
                sock.close()
            raise
        return listeners

    def _unix_listener(self) -> UnixListener | None:
        """The socket for management calls of this machine's users, when the script wants one."""
        xmlrpc = self._configuration.xmlrpc
        if xmlrpc is None or xmlrpc.unix_socket is None:
            return None
        owner = (self._sockets, self._table, self._configuration.limits)
        return UnixListener(*xmlrpc.unix_socket, self._receiver, owner)

    def _monitor_listener(self) -> StreamListener | None:
        """The socket for what monitors read, when the script wants one."""
        text = str(self._configuration.loaded.modules[0].settings["metrics_listen"])
        if not text:
            return None
        sock = bind_socket(socket.SOCK_STREAM, "tcp", *monitor_address(text))
        owner = (self._sockets, self._table, self._configuration.limits)
        return StreamListener("TCP", sock, None, MonitorReceiver(self.host, self._receiver), owner)

    def _listener(self, protocol: str, sock: socket.socket) -> StreamListener | UdpListener:
        if protocol == "udp":
            return UdpListener(sock, self._receiver, self._sockets)
        tls = self._configuration.tls
        factory_for = tls.factory_for if protocol == "tls" and tls is not None else None
        owner = (self._sockets, self._table, self._configuration.limits)
        return StreamListener(protocol.upper(), sock, factory_for, self._receiver, owner)

    # -- start --------------------------------------------------------------------------------------------------------

    def startService(self) -> None:  # noqa: N802 (Twisted's name)
        """Start the modules, then receive."""
        super().startService()  # type: ignore[no-untyped-call]
        self.host.tail.start()
        for warning in self._configuration.warnings:
            log.warn("{warning}", warning=warning)
        self.host.listening = list(self._listeners)
        self._environment.sockets = frozenset(each.address for each in self._listeners)
        opened = zip(self._configuration.addresses, (each.address for each in self._listeners), strict=True)
        self._environment.advertise(advertised_addresses(opened, self._configuration.loaded.modules[0].settings))
        self.host.audit.start(
            version=sertwist.__version__,
            pid=os.getpid(),
            script=str(self._configuration.path),
            script_sha256=self._configuration.digest,
        )
        modules = self._configuration.loaded.modules
        for module in modules:
            module.start(self.host)
        for event in [event for module in (*modules[1:], modules[0]) for event in module.events if event.at_start]:
            self.host.begin(self.host.raise_event(event.name))
        self._tracing.start()
        self._sockets.start()
        for each in self._listeners:
            each.start()
            log.info("listening on {socket}", socket=each.name)
        if self._unix is not None:
            self._unix.start()
            log.info("listening on {socket}", socket=self._unix.name)
        if self._monitor is not None:
            self._monitor.start()
            log.info("metrics at http://{address}/metrics", address=self._monitor.name.partition(":")[2])
        LoopLag(self._reactor, self._environment.meters.loop_lag).start()
        self.host.every(SWEEP_SECONDS, self._sweep)
        self.host.every(TIMER_SECONDS, TimerRoutes(self.host).tick)
        self.host.every(HELD_LINES_SECONDS, self._receiver.tell_held_lines)
        self.host.phase = "running"
        sys.setswitchinterval(THREAD_SECONDS)
        gc.collect()
        gc.freeze()  # what is loaded now stays for good: collections while messages come need not look at it
        self._reactor.callWhenRunning(self._take_signals)
        for number in HANDLED:
            signal.signal(number, lambda number, _frame: self._reactor.callFromThread(self._signals, number))
        self._reactor.callWhenRunning(self._supervisor.ready, f"runs {self._configuration.path}")
        log.info(
            "sertwist {version} runs {script}, pid {pid}, modules {modules}",
            version=sertwist.__version__,
            script=str(self._configuration.path),
            pid=os.getpid(),
            modules=" ".join(self.host.module_names),
        )

    def _serve_ready(self) -> bool:
        """Serve every socket that is ready; whether nothing waits for the reactor's next turn then."""
        self._sockets.doRead()
        return self._table.backlog.is_empty

    def _take_signals(self) -> None:
        """SIGTERM and SIGINT end in order, with exit status 0; the reactor's own handlers would not."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._begin_stop, signal.Signals(number).name)

    def _sweep(self) -> None:
        self._table.expire(self._table.clock())

    # -- stop ---------------------------------------------------------------------------------------------------------

    def _begin_stop(self, why: str) -> None:
        """Stop the reactor in order; asked a second time, at once."""
        if self._stopping is not None:
            log.warn("stopping at once: {why}", why=why)
            self._end_stop()
            return
        if self._stop_deadline == 0.0:
            self._why = why
            self._stop_deadline = time.monotonic() + self._configuration.limits.connection.shutdown_timeout
            log.info("stopping: {why}", why=why)
            self._supervisor.stopping(why)
            self._reactor.stop()

    def stopService(self) -> Deferred[None] | None:  # noqa: N802 (Twisted's name)
        """Accept nothing more, finish what is being answered, within a bound."""
        super().stopService()  # type: ignore[no-untyped-call]
        if not self._stop_deadline:
            self._stop_deadline = time.monotonic() + self._configuration.limits.connection.shutdown_timeout
        self.host.phase = "stopping"
        for listener in (*self._listeners, *([self._monitor] if self._monitor is not None else ())):
            listener.stop()
        if self._unix is not None:
            self._unix.stop()
        for connection in self._table:
            connection.finish()
        self._stopping = Deferred()
        self._drain()
        return self._stopping

    def _drain(self) -> None:
        if self._stopping is None:
            return
        for connection in self._table:
            if connection.is_delivered():
                connection.connectionLost(None)
        if not len(self._table) or time.monotonic() >= self._stop_deadline:
            self._end_stop()
        else:
            self._reactor.callLater(DRAIN_SECONDS, self._drain)

    def _end_stop(self) -> None:
        stopping, self._stopping = self._stopping, None
        if stopping is None:
            return
        for connection in self._table:
            connection.connectionLost(None)
        self.host.stop_timers()
        self._receiver.tell_held_lines()
        self.host.audit.stop(self._why)
        log.info("stopped")
        self.host.tail.stop()
        stopping.callback(None)
