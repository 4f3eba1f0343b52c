"""`dns.*`: host names that were looked up, and what is remembered of them (reference rpc 10.13).

The machine's own resolver is asked, so there are addresses only: neither SRV nor NAPTR records are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import UnavailableError
from sertwist.modules.declare import Module, method
from sertwist.modules.pages import LIMIT, in_turns
from sertwist.rpc.declare import Cost, Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.modules.host import Host, KnownName

__all__ = ["NameMethods"]

_NAME: Final = Param(name="name", type=Type.STRING, help="a host name")
_COST: Final = 200  # bytes of a name that is remembered, roughly, without its texts
_NOT_FOUND: Final = (400, "Not found")


class NameMethods(Module):
    """What an operator asks of names."""

    host: Host

    @method("dns.mem_info", result=Type.ARRAY)
    def memory_of_names(self, _request: object) -> list[int]:
        """Bytes that the names take, roughly, and the most that they may take."""
        used = sum(_size(each) for each in self.host.names.known())
        return [used, self.host.limits.outbound.max_names * (_COST + 255)]

    @method("dns.view", LIMIT, result=Type.ARRAY, cost=Cost.LISTS)
    async def view(self, _request: object, limit: int | None = None) -> list[dict[str, Any]]:
        """The names that are remembered: name, type, size_bytes, reference_counter, permanent, expires, records ...

        A name without an address has negative_entry `yes`.
        """
        rows = (row for each in self.host.names.known() for row in _entries(each))
        return await in_turns(self.host, rows, limit)

    @method(
        "dns.lookup",
        Param(name="type", type=Type.STRING, help="`A` or `AAAA`"),
        _NAME,
        result=Type.STRUCT,
        cost=Cost.WAITS,
        errors=(_NOT_FOUND, (400, "Invalid type")),
    )
    async def lookup(self, _request: object, type_: str, name: str) -> dict[str, Any]:
        """Look a name up, or tell what is remembered of it; as a row of `dns.view`."""
        wanted = type_.upper()
        if wanted not in ("A", "AAAA"):
            raise Fault(400, "Invalid type")
        try:
            await self.host.names.addresses(name)
        except UnavailableError:
            raise Fault(*_NOT_FOUND) from None
        plain = name.lower().removesuffix(".")
        for each in self.host.names.known():
            if each.name == plain:
                for entry in _entries(each):
                    if entry["type"] == wanted:
                        return entry
        raise Fault(*_NOT_FOUND)

    @method("dns.delete_all", result=Type.STRUCT, effect=Effect.WRITE, aliases=("dns.delete_all_force",))
    def forget_names(self, _request: object) -> dict[str, Any]:
        """Forget every name: status, and how many there were."""
        return {"status": "ok", "deleted": self.host.names.forget()}

    @method("dns.delete_a", _NAME, result=Type.BOOLEAN, effect=Effect.WRITE, errors=(_NOT_FOUND,))
    def forget_name(self, _request: object, name: str) -> bool:
        """Forget a name with all its addresses."""
        if not self.host.names.forget(name.lower().removesuffix(".")):
            raise Fault(*_NOT_FOUND)
        return True

    @method("dns.delete_aaaa", _NAME, result=Type.BOOLEAN, effect=Effect.WRITE, errors=(_NOT_FOUND,))
    def forget_name_of_ipv6(self, request: object, name: str) -> bool:
        """Forget a name with all its addresses: they were looked up together."""
        return self.forget_name(request, name)


def _size(known: KnownName) -> int:
    return _COST + len(known.name) + sum(map(len, known.addresses))


def _entries(known: KnownName) -> Iterator[dict[str, Any]]:
    """A row for each type of address that a name has; one of type A when it has none."""
    for kind, addresses in _by_type(known.addresses):
        yield {
            "name": known.name,
            "type": kind,
            "size_bytes": _size(known),
            "reference_counter": 1,
            "permanent": "no",
            "expires": known.seconds_left,
            "last_used": known.seconds_unused,
            "negative_entry": "no" if addresses else "yes",
            "records": [
                {"rr_idx": index, "rr_ip": address, "rr_permanent": "no", "rr_expires": known.seconds_left}
                for index, address in enumerate(addresses)
            ],
        }


def _by_type(addresses: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    four, six = [each for each in addresses if ":" not in each], [each for each in addresses if ":" in each]
    if four or not six:
        yield "A", four
    if six:
        yield "AAAA", six
