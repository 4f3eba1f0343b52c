"""Which of our sockets a datagram leaves by, and what our Via says about where we are."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.modules.host import ListenerRow

__all__ = ["datagram_socket", "sent_by", "source_address"]


def source_address(target: tuple[str, int]) -> str:
    """The address of this machine that packets to `target` leave by; empty when there is no way there."""
    with socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(target)  # sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def datagram_socket(
    listeners: Sequence[ListenerRow], target: tuple[str, int], came_on: tuple[str, int]
) -> tuple[UdpListener, str] | None:
    """The socket for a datagram to `target`, and the address that it will have as its source.

    The one that the request came on if it reaches there, else one that does. None when there is none.
    """
    local = source_address(target)
    usable = [each for each in listeners if isinstance(each, UdpListener) and _reaches(each.address[0], local)]
    chosen = next((each for each in usable if each.address == came_on), usable[0] if usable else None)
    return None if chosen is None else (chosen, local)


def sent_by(listeners: Sequence[ListenerRow], protocol: str, local: tuple[str, int]) -> tuple[bytes, int]:
    """Host and port for a Via of ours: where a peer that got the request from `local` can open a connection to us.

    Of a listener of that protocol: the one at this very address, else one at all addresses, else any; without one,
    `local` itself.
    """
    mine = [each.address for each in listeners if each.protocol == protocol]
    host, port = next(
        (each for each in mine if each[0] == local[0]),
        next((each for each in mine if _reaches(each[0], local[0])), mine[0] if mine else local),
    )
    if ipaddress.ip_address(host).is_unspecified:
        host = local[0]
    return (f"[{host}]" if ":" in host else host).encode("ascii"), port


def _reaches(bound: str, local: str) -> bool:
    """Whether a socket bound to `bound` may send packets that leave by the address `local`."""
    if bound == local:
        return True
    return bool(local) and ipaddress.ip_address(bound).is_unspecified and (":" in bound) == (":" in local)
