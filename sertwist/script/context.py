"""`RouteContext`: what one message brings to the script: the message, where it came from, who sent it, how to answer.

Generated code and script functions see a message only through this. The server subclasses it for SIP messages, the RPC
transport for management calls, so `reply` means the right thing for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sertwist.meters import Meters
from sertwist.record import record
from sertwist.sip.edits import Edits
from sertwist.sip.errors import BadUriError
from sertwist.sip.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.trace import Trace
    from sertwist.sip.message import Message
    from sertwist.sip.via import Via
    from sertwist.tls.session import TlsSession

_T = TypeVar("_T")

__all__ = ["Branch", "Environment", "RouteContext", "Sending", "ViaChange", "Wishes"]


def _keep_quiet(_line: str) -> None:
    """Where nobody listens."""


@dataclass(slots=True)
class Environment:
    """What all messages of one server share.

    Attributes:
        wall_clock: seconds since the epoch; certificates are judged by it.
        sockets: (address text, port) of every listener, for `myself`.
        aliases: further (host lower case, port or 0 for any) of this server.
        alias_domains: (domain, port or 0 for any): hosts below it are names of this server too.
        server: text of the Server header, empty when none is sent.
        to_tag_key: secret of this process that stateless To-tags are made with.
        force_rport: answer every request to the port it came from.
        advertised: protocol and address of a listener to the host and port that others are told instead.
        udp_mtu: bytes; longer requests go by `large_by` instead of UDP; 0: none do.
        large_by: `TCP` or `TLS`, empty: they go over UDP still.
        debug: log lines of the script of this level and below are written.
        log_scale: which number of a level's name counts (`modules.log_levels`).
        script_flags: that each run of the script begins with.
        server_id: number of this server.
        first_values: of `$var(x)`, by its cell; 0 for all others.
        attributes: of the class that all messages share (`$g.name`), values in the order they were added.
        meters: what is counted of each message, with its labels.
        complain: writes one line into the log, for the operator: a script did what can't be done.
    """

    wall_clock: Callable[[], float]
    sockets: frozenset[tuple[str, int]] = frozenset()
    aliases: frozenset[tuple[str, int]] = frozenset()
    alias_domains: set[tuple[str, int]] = field(default_factory=set)
    server: str = ""
    to_tag_key: bytes = b""
    force_rport: bool = False
    advertised: dict[tuple[str, tuple[str, int]], tuple[str, int]] = field(default_factory=dict)
    udp_mtu: int = 0
    large_by: str = ""
    debug: int = 2
    log_scale: int = 0
    script_flags: int = 0
    server_id: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    meters: Meters = field(default_factory=Meters)
    first_values: dict[str, str | int] = field(default_factory=dict)
    attributes: dict[str, list[str | int]] = field(default_factory=dict)
    complain: Callable[[str], None] = _keep_quiet

    def count(self, name: str) -> None:
        """Add one to the counter `name`."""
        self.counters[name] = self.counters.get(name, 0) + 1

    def advertise(self, addresses: dict[tuple[str, tuple[str, int]], tuple[str, int]]) -> None:
        """Take what listeners are called instead of their own addresses: these are names of this server too."""
        self.advertised = addresses
        self.aliases |= {(host.strip("[]").lower(), port) for host, port in addresses.values()}

    def is_own_host(self, host: str, port: int) -> bool:
        """Whether `host`:`port` names one of this server's sockets or aliases (`myself`, reference language 6.2)."""
        host = host.lower()
        if (host, port) in self.sockets or (host, port) in self.aliases or (host, 0) in self.aliases:
            return True
        return any(
            (host == domain or host.endswith(f".{domain}")) and at in {0, port} for domain, at in self.alias_domains
        )

    def is_own_address(self, address: str) -> bool:
        """Whether `address` is one that this server listens on (`src_ip == myself`)."""
        return any(address == host for host, _ in self.sockets)


@dataclass(slots=True)
class Branch:
    """One more destination of a request (`append_branch`, language 5.6).

    Attributes:
        uri: its Request-URI.
        destination: next hop instead of the URI, empty for none.
        q: 0 to 1000, thousandths; None without one.
        flags: its branch flags.
        path: of Route headers that it is to go by.
        send_socket: name of the socket that it leaves by, empty: chosen by destination.
    """

    uri: str
    destination: str = ""
    q: int | None = None
    flags: int = 0
    path: str = ""
    send_socket: str = ""


@record
class Sending:
    """How a request is about to leave, as `onsend_route` sees it (language 4.3).

    Attributes:
        protocol: `UDP`, `TCP` or `TLS`.
        local: address and port that it leaves by (`snd_ip`, `snd_port`).
        target: address and port that it goes to (`to_ip`, `to_port`).
        length: bytes that are sent (`msg:len` there).
    """

    protocol: str
    local: tuple[str, int]
    target: tuple[str, int]
    length: int


#: Makes of our Via what a script wants it to say.
ViaChange: TypeAlias = "Callable[[RouteContext, Via], Via]"


@dataclass(slots=True)
class Wishes:
    """How a script wants its message to go on, and what came of it.

    Attributes:
        uri: the Request-URI that it goes on with; empty: as received.
        destination: next hop instead of the Request-URI (`$du`, `dst_uri`); empty for none.
        branches: further destinations, without the first.
        branch_flags: of the first destination.
        script_flags: of this run of the script.
        edits: header and body changes; None until there is one. What the script reads is the message as received.
        reply_headers: name and value of headers for replies made here (`append_to_reply`).
        reply_body: of the next reply made here; its type stands in `reply_headers`.
        send_socket: name of the socket that it leaves by (`force_send_socket`), empty: chosen by destination.
        advertised: host and port of our Via instead of the socket's; empty and 0: the socket's.
        via_changes: what else our Via is to say.
        local_rport: our Via asks the next hop for `rport`.
        close_after_forward: the connection to the next hop ends once it is sent.
        open_only: it goes over a connection that is open already, or not at all.
        large_by: protocol that it goes by when it is too long for a datagram; empty: that of the settings.
        server_id: of the TLS client domain for connections to the next hop; empty: it is chosen by what is called.
        no_connect: no connection is opened to bring a response back.
        hops_counted: the script has counted Max-Forwards down (or put it there); forwarding does not do it again.
        sending: how it is about to leave; None but in `onsend_route`.
        forwarded: it was sent on.
        failure: status and reason of the answer when it could not be and the script gives no other; 0 when it could.
    """

    uri: str = ""
    destination: str = ""
    branches: list[Branch] = field(default_factory=list)
    branch_flags: int = 0
    script_flags: int = 0
    edits: Edits | None = None
    reply_headers: list[tuple[str, str]] = field(default_factory=list)
    reply_body: bytes = b""
    send_socket: str = ""
    advertised: tuple[str, int] = ("", 0)
    via_changes: tuple[ViaChange, ...] = ()
    local_rport: bool = False
    close_after_forward: bool = False
    open_only: bool = False
    large_by: str = ""
    server_id: str = ""
    no_connect: bool = False
    hops_counted: bool = False
    sending: Sending | None = None
    forwarded: bool = False
    failure: tuple[int, str] = (0, "")

    def edit(self) -> Edits:
        """What `edits` holds, to be added to."""
        if self.edits is None:
            self.edits = Edits()
        return self.edits


class RouteContext:
    """One message on its way through the script.

    Attributes:
        environment: what all messages share.
        method: the request method as text.
        message: the SIP message as received, a `Request` or a `Response`; None for what is no SIP.
        protocol: `UDP`, `TCP` or `TLS`.
        source: the peer's address as text and its port; `source_ip` and `source_port` are its parts.
        local: address and port of the socket it came in on; `local_ip` and `local_port` are its parts.
        tls: the TLS session of its connection as it was when the message arrived; None without TLS.
        ended: the script is over, callers unwind.
        dropped: it ended by `drop`: silence is meant.
        return_code: value of the last function or route.
        answered: a reply was sent or chosen; a second one is refused.
        force_rport: `force_rport()` was called.
        close_after_reply: the connection ends with the reply.
        wishes: about its way on; None until the script has one.
        flags: the message flags, bit n for flag n.
        trace: takes down what the script did with this message; only programs compiled to be traced look at it.
        at_end: called with this when the script ends, however it does, the last one first; None until there is one.
        notes: what modules keep for this message, by a key of their own; None until one does. See `note`.
    """

    __slots__ = (
        "answered",
        "at_end",
        "close_after_reply",
        "dropped",
        "ended",
        "environment",
        "flags",
        "force_rport",
        "local",
        "message",
        "method",
        "notes",
        "protocol",
        "return_code",
        "source",
        "tls",
        "trace",
        "wishes",
    )

    def __init__(
        self, environment: Environment, method: str, protocol: str, source: tuple[str, int], local: tuple[str, int]
    ) -> None:
        self.environment = environment
        self.method = method
        self.message: Message | None = None
        self.protocol = protocol
        self.source = source
        self.local = local
        self.tls: TlsSession | None = None
        self.ended = False
        self.at_end: list[Callable[[RouteContext], None]] | None = None
        self.dropped = False
        self.return_code = 0
        self.answered = False
        self.close_after_reply = False
        self.wishes: Wishes | None = None
        self.flags = 0
        self.trace: Trace | None = None
        self.notes: dict[object, Any] | None = None
        self.force_rport = environment.force_rport

    def wish(self) -> Wishes:
        """What `wishes` holds, to be written to."""
        if self.wishes is None:
            self.wishes = Wishes(script_flags=self.environment.script_flags)
        return self.wishes

    def note(self, key: object, make: Callable[[], _T]) -> _T:
        """What is kept for this message under `key`, made on first use."""
        if self.notes is None:
            self.notes = {}
        found: _T | None = self.notes.get(key)
        if found is None:
            found = self.notes[key] = make()
        return found

    @property
    def script_flags(self) -> int:
        """The flags of this run of the script, bit n for flag n."""
        return self.environment.script_flags if self.wishes is None else self.wishes.script_flags

    def header(self, name: str) -> bytes | None:
        """The value of the first header line called `name` (canonical), trimmed; None when there is none."""
        return None if self.message is None else self.message.header(name)

    def header_values(self, name: str) -> list[bytes]:
        """The values of all header lines called `name` (canonical), one a line."""
        return [] if self.message is None else self.message.header_values(name)

    @property
    def raw(self) -> bytes | None:
        """The whole message as received; None where there is none."""
        return None if self.message is None else self.message.raw

    @property
    def body(self) -> bytes | None:
        """Its body, b"" when it has none; None where there is no message."""
        return None if self.message is None else self.message.body

    @property
    def connection(self) -> Any:
        """The stream connection that it came on, for the server's own; None for datagrams and events."""
        return None

    def replace_message(self, message: Message) -> None:
        """Let the script and all after it see `message`, which edits have made of the one as received."""
        raise NotImplementedError

    @property
    def source_ip(self) -> str:
        """The peer's address as text."""
        return self.source[0]

    @property
    def source_port(self) -> int:
        """The peer's port."""
        return self.source[1]

    @property
    def local_ip(self) -> str:
        """The address of the socket that the message came in on."""
        return self.local[0]

    @property
    def local_port(self) -> int:
        """The port of the socket that the message came in on."""
        return self.local[1]

    @property
    def uri(self) -> str:
        """The Request-URI as text, as it is now; of an HTTP request its target; empty in a response."""
        raise NotImplementedError

    @property
    def request_uri(self) -> str | None:
        """The same, None where there is none: what `uri` is in a script."""
        return self.uri or None

    @property
    def uri_host(self) -> str | None:
        """Host of the Request-URI (`uri:host`); None when it is no SIP URI."""
        parsed = self._sip_uri(self.uri)
        return None if parsed is None else parsed.host.decode("ascii", "replace")

    @property
    def uri_port(self) -> int | None:
        """Port of the Request-URI (`uri:port`); None when it names none."""
        parsed = self._sip_uri(self.uri)
        return None if parsed is None else parsed.port

    @property
    def from_uri(self) -> str | None:
        """The URI in From; None when there is none that can be read."""
        message = self.message
        return None if message is None else message.from_uri

    @property
    def to_uri(self) -> str | None:
        """The URI in To; None when there is none that can be read."""
        message = self.message
        return None if message is None else message.to_uri

    @property
    def status(self) -> int | None:
        """The status of a response; None in a request."""
        return None

    @property
    def message_length(self) -> int:
        """Bytes of the whole message (`msg:len`)."""
        raise NotImplementedError

    @property
    def address_family(self) -> int:
        """4 or 6 (`af`)."""
        return _family(self.source_ip)

    # -- in `onsend_route` (None elsewhere) -----------------------------------------------------------------------

    @property
    def _sending(self) -> Sending | None:
        return None if self.wishes is None else self.wishes.sending

    @property
    def snd_ip(self) -> str | None:
        """The address that the request leaves by."""
        return None if self._sending is None else self._sending.local[0]

    @property
    def snd_port(self) -> int | None:
        """The port that it leaves by."""
        return None if self._sending is None else self._sending.local[1]

    @property
    def to_ip(self) -> str | None:
        """The address that it goes to."""
        return None if self._sending is None else self._sending.target[0]

    @property
    def to_port(self) -> int | None:
        """The port that it goes to."""
        return None if self._sending is None else self._sending.target[1]

    @property
    def snd_protocol(self) -> str | None:
        """How it leaves: UDP, TCP or TLS (`snd_proto`, `to_proto`)."""
        return None if self._sending is None else self._sending.protocol

    @property
    def snd_family(self) -> int | None:
        """4 or 6, the family of both addresses (`snd_af`, `to_af`)."""
        return None if self._sending is None else _family(self._sending.target[0])

    # ------------------------------------------------------------------------------------------------------------------

    def reply(self, status: int, reason: str) -> bool:
        """Answer with `status` and `reason`; False when it was answered before or can't be."""
        raise NotImplementedError

    def forward_reply(self, _edits: Edits | None) -> bool:
        """Pass a response on at once, with `edits`; False for what is none."""
        return False

    def is_myself(self, value: str) -> bool:
        """Whether an address or a SIP URI (text) names this server."""
        if value[:3].lower() == "sip":
            return self._is_own_uri(value)
        try:
            return self.environment.is_own_address(str(_parse_address(value)))
        except ValueError:
            return self._is_own_uri(value)

    @staticmethod
    def _sip_uri(uri: str) -> SipUri | None:
        try:
            parsed = parse_uri(uri.encode("utf-8", "surrogateescape"))
        except BadUriError:
            return None
        return parsed if isinstance(parsed, SipUri) else None

    def _is_own_uri(self, uri: str) -> bool:
        parsed = self._sip_uri(uri)
        if parsed is None:
            return False
        default = 5061 if parsed.scheme == b"sips" else 5060
        return self.environment.is_own_host(parsed.host.decode("ascii", "replace").strip("[]"), parsed.port or default)


def _family(address: str) -> int:
    return 6 if ":" in address else 4


def _parse_address(text: str) -> IPv4Address | IPv6Address:
    return IPv6Address(text) if ":" in text and not text.startswith("sip") else IPv4Address(text)
