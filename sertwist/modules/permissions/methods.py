"""The `permissions.*` RPC methods about addresses (reference rpc 10.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.modules.declare import method
from sertwist.modules.permissions.by_address import ByAddress
from sertwist.rpc.declare import Effect, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.modules.permissions.addresses import Row

__all__ = ["AddressMethods"]


class AddressMethods(ByAddress):
    """What an operator asks of the files. A file that can't be used changes nothing."""

    host: Host

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    def hang_up(self) -> None:
        """SIGHUP: read the files again."""
        self.host.begin(self._reload_all())

    async def _reload_all(self) -> None:
        for take in (self.take_addresses, self.take_trusted):
            try:
                await self.host.in_thread(take)
            except ValueError as error:
                self.host.log("error", "permissions: {error}; what was read before stays", error=str(error))

    @method("permissions.addressReload", effect=Effect.WRITE)
    async def reload_addresses(self, _request: object) -> str:
        """Read the address file again."""
        return await self._reload(self.take_addresses, "address_file")

    @method("permissions.trustedReload", effect=Effect.WRITE, aliases=("trusted.reload",))
    async def reload_trusted(self, _request: object) -> str:
        """Read the file of trusted peers again."""
        return await self._reload(self.take_trusted, "trusted_file")

    async def _reload(self, take: Callable[[], bool], setting: str) -> str:
        if not self.settings[setting]:
            raise Fault(500, f"{setting} is not set")
        try:
            found = await self.host.in_thread(take)
        except ValueError as error:
            raise Fault(500, f"Reload failed: {error}") from None
        if not found:
            raise Fault(500, "Reload failed: there is no such file")
        return "Reload OK"

    @method("permissions.addressDump", result=Type.ARRAY)
    def dump_addresses(self, _request: object) -> list[dict[str, Any]]:
        """Rows of single addresses: group, item {ip, port, tag}."""
        return [
            _shown(row) for row in self.addresses.rows if row.network is not None and row.network.num_addresses == 1
        ]

    @method("permissions.subnetDump", result=Type.ARRAY)
    def dump_subnets(self, _request: object) -> list[dict[str, Any]]:
        """Rows of networks: group, item {ip, mask, port, tag}."""
        return [_shown(row) for row in self.addresses.rows if row.network is not None and row.network.num_addresses > 1]

    @method("permissions.domainDump", result=Type.ARRAY)
    def dump_domains(self, _request: object) -> list[dict[str, Any]]:
        """Rows of domains: group, item {domain_name, port, tag}."""
        return [_shown(row) for row in self.addresses.rows if row.network is None]

    @method("permissions.trustedDump", result=Type.ARRAY, aliases=("trusted.dump",))
    def dump_trusted(self, _request: object) -> list[dict[str, Any]]:
        """The trusted peers: ip, proto, pattern, ruri_pattern, tag, priority (0)."""
        return [
            {
                "ip": str(peer.network),
                "proto": peer.protocol,
                "pattern": "" if peer.from_pattern is None else peer.from_pattern.pattern,
                "ruri_pattern": "" if peer.ruri_pattern is None else peer.ruri_pattern.pattern,
                "tag": peer.tag,
                "priority": 0,
            }
            for peer in self.trusted
        ]


def _shown(row: Row) -> dict[str, Any]:
    item: dict[str, Any] = {"domain_name": row.domain}
    if row.network is not None:
        item = {"ip": str(row.network.network_address)}
        if row.network.num_addresses > 1:
            item["mask"] = row.network.prefixlen
    return {"group": row.group, "item": item | {"port": row.port, "tag": row.tag}}
