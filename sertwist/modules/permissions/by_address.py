"""`allow_source_address` and the like: by the groups of the address file and the trusted peers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.errors import PeerError
from sertwist.modules.declare import Module, function
from sertwist.modules.permissions.addresses import AddressTable, Row, address_of, read_addresses, read_networks
from sertwist.modules.permissions.files import read_file
from sertwist.modules.permissions.trusted import Trusted, read_trusted
from sertwist.modules.permissions.uris import from_of, plain
from sertwist.script import attributes
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from sertwist.modules.setup import Setup
    from sertwist.script.attributes import AttributeName
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["ByAddress"]

_GROUP: Final = Argument(name="group", kind=Kind.NUMBER, minimum=0)
_ADDRESS: Final = Argument(name="address")
_SOURCE: Final = Argument(name="address", help="`src`, `via2` or an IP address")
_NETWORKS: Final = Argument(name="networks", prepare=read_networks, help="`192.0.2.0/24, 198.51.100.7`")
_TESTED: Final = Argument(
    name="address", help="an IP address; `source` is where the message came from, `destination` and `received` to"
)
_TARGET: Final = Argument(name="attribute", kind=Kind.VARIABLE)
_PORT: Final = Argument(name="port", kind=Kind.NUMBER, minimum=0, maximum=65_535)


def _bare(written: str) -> str:
    """What stands in `$avp( )`."""
    return written[5:-1] if written.startswith("$avp(") and written.endswith(")") else written


class ByAddress(Module):
    """Where a request came from.

    Attributes:
        addresses: the rows of the address file.
        trusted: those of the file of trusted peers.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="address_file",
            help="File of `group address mask port tag` lines; mask 32 or 128 and port 0, any, may be left out.",
        ),
        Parameter(name="peer_tag_avp", help="AVP that the tag of a line that fits is written to, `$avp(tag)`."),
        Parameter(name="peer_tag_mode", kind=Kind.NUMBER, ignored="the line that fits best gives its tag", quiet=True),
        Parameter(
            name="trusted_file",
            help="File of `address protocol from_pattern ruri_pattern tag` lines; the patterns and the tag may be left"
            " out, `-` is any.",
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.addresses = AddressTable()
        self.trusted: tuple[Trusted, ...] = ()
        self.folder: Path | None = None
        self._tag: AttributeName | None = None

    def set_up(self, setup: Setup) -> None:
        """Read the files."""
        super().set_up(setup)
        self.folder = setup.folder
        if self.settings["peer_tag_avp"]:
            try:
                self._tag = attributes.avp_name(_bare(self.settings["peer_tag_avp"]))
            except ValueError as error:
                setup.error("bad-setting", "peer_tag_avp", f"peer_tag_avp: {error}")
        for name, take in (("address_file", self.take_addresses), ("trusted_file", self.take_trusted)):
            try:
                if not take():
                    text = f"there is no file {self.settings[name]!r}: nobody is in it"
                    setup.warning("missing-file", name, text)
            except ValueError as error:
                setup.error("bad-addresses", name, str(error))

    def take_addresses(self) -> bool:
        """Read the address file; False when there is none, which changes nothing.

        Raises:
            ValueError: it can't be used, and nothing changes.
        """
        text = self._text("address_file")
        if text is not None:
            self.addresses = read_addresses(text, self.settings["address_file"])
        return text is not None

    def take_trusted(self) -> bool:
        """The same for the trusted peers."""
        text = self._text("trusted_file")
        if text is not None:
            self.trusted = read_trusted(text, self.settings["trusted_file"])
        return text is not None

    def _text(self, setting: str) -> str | None:
        """The file's text; empty when none is set."""
        name = self.settings[setting]
        return "" if not name or self.folder is None else read_file(self.folder / name)

    @function("allow_source_address", replace(_GROUP, optional=True), routes=RouteKind.ANY)
    def allow_source(self, ctx: RouteContext, group: int = 1) -> int:
        """Whether the address and port that the message came from are in `group` (1) of the address file."""
        return self._told(ctx, self.addresses.find(group, ctx.source_ip, ctx.source_port))

    @function("allow_source_address_group", routes=RouteKind.ANY)
    def group_of_source(self, ctx: RouteContext) -> int:
        """The first group that the address and port that the message came from are in; -1 for none."""
        return self._group(ctx, ctx.source_ip, ctx.source_port)

    @function("allow_address", _GROUP, _ADDRESS, _PORT, routes=RouteKind.ANY)
    def allow_address(self, ctx: RouteContext, group: int, address: str, port: int) -> int:
        """Whether `address`, an IP address or a domain, and `port` are in `group`; port 0 fits any."""
        return self._told(ctx, self.addresses.find(group, address, port))

    @function("allow_address_group", _ADDRESS, _PORT, routes=RouteKind.ANY)
    def group_of_address(self, ctx: RouteContext, address: str, port: int) -> int:
        """The first group that `address` and `port` are in; -1 for none."""
        return self._group(ctx, address, port)

    @function(
        "allow_trusted",
        forms=((_ADDRESS, Argument(name="protocol")), (_ADDRESS, Argument(name="protocol"), Argument(name="from_uri"))),
        routes=RouteKind.ANY,
    )
    def allow_trusted(self, ctx: RouteContext, *given: str) -> int:
        """Whether the request came from a trusted peer, by its address, protocol, From URI and Request-URI.

        With arguments `address`, `protocol` and `from_uri` are looked at instead.
        """
        address, protocol = given[:2] if given else (ctx.source_ip, ctx.protocol)
        caller = given[2] if len(given) > 2 else from_of(ctx)
        target = plain(ctx.uri.encode("utf-8", "replace"))
        found = any(peer.is_true_of(address, protocol, caller, target) for peer in self.trusted)
        return 1 if found else -1

    def _group(self, ctx: RouteContext, address: str, port: int) -> int:
        row = self.addresses.find_group(address, port)
        return -1 if row is None or row.group == 0 or self._told(ctx, row) < 0 else row.group

    @function("ipmatch", _SOURCE, replace(_TARGET, optional=True), routes=RouteKind.ANY)
    def matches(self, ctx: RouteContext, what: str, target: Reference | None = None) -> int:
        """Whether an address is in any group; `src` is the message's source, `via2` the host of its second Via.

        The tag of its line is written to `attribute`.
        """
        address = {"src": ctx.source_ip, "via2": _second_via(ctx)}.get(what, what)
        row = self.addresses.find_group(address, ctx.source_port if what == "src" else 0)
        if row is not None and target is not None and target.put is not None:
            target.put(ctx, row.tag)
        return self._told(ctx, row)

    @function("ip_is_trusted", _NETWORKS, _TESTED, routes=RouteKind.ANY)
    def is_in_set(self, ctx: RouteContext, networks: tuple[IPv4Network | IPv6Network, ...], what: str) -> int:
        """Whether an address is in a list of networks and addresses that the script gives."""
        own = {"s": ctx.source_ip, "d": ctx.local_ip, "r": ctx.local_ip}
        address = address_of(what) or address_of(own.get(what[:1].lower(), ""))
        return 1 if address is not None and any(address in each for each in networks) else -1

    def _told(self, ctx: RouteContext, row: Row | None) -> int:
        """Keep the tag of a row for the script."""
        if row is None:
            return -1
        if self._tag is not None and row.tag:
            attributes.replace(ctx, self._tag, row.tag)
        return 1


def _second_via(ctx: RouteContext) -> str:
    """The host of the second Via, empty without one."""
    try:
        vias = () if ctx.message is None else ctx.message.vias
        return vias[1].host.decode("ascii", "replace").strip("[]") if len(vias) > 1 else ""
    except PeerError:
        return ""
