"""Which of our sockets a datagram leaves by, and what our Via says about where we are."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sertwist.modules.host import ListenerRow

__all__ = ["Ways", "datagram_socket", "sent_by", "source_address"]

_LIFETIME: Final = 5.0  # seconds; routes change seldom, and asking costs as much as parsing a message
_MOST: Final = 1_024  # targets remembered


def source_address(target: tuple[str, int]) -> str:
    """The address of this machine that packets to `target` leave by; empty when there is no way there."""
    with socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(target)  # sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return ""


class Ways:
    """`source_address`, remembered for a short while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}

    def source_address(self, target: tuple[str, int]) -> str:
        """As the function of that name."""
        now = self._clock()
        until, local = self._known.get(target[0], (0.0, ""))
        if until <= now:
            if len(self._known) >= _MOST:
                self._known.clear()
            local = source_address(target)
            self._known[target[0]] = (now + _LIFETIME, local)
        return local


def datagram_socket(
    listeners: Sequence[ListenerRow], target: str, local: str, came_on: tuple[str, int]
) -> UdpListener | None:
    """The socket for a datagram to the address `target`, which this machine would send from `local`.

    The one that the request came on when it sends from there, else one that does, else the one that the request came
    on, else any that may send there: an address of ours can be another than the machine would choose.
    """
    usable = [each for each in listeners if isinstance(each, UdpListener) and _may_send(each.address[0], target)]
    own = [each for each in usable if each.address == came_on]
    fitting = [each for each in usable if _sends_from(each.address[0], local)]
    both = [each for each in own if each in fitting]
    return next(iter([*both, *fitting, *own, *usable]), None)


def sent_by(
    listeners: Sequence[ListenerRow],
    protocol: str,
    local: tuple[str, int],
    advertised: Mapping[tuple[str, tuple[str, int]], tuple[str, int]] | None = None,
) -> tuple[bytes, int]:
    """Host and port for a Via of ours: where a peer that got the request from `local` can open a connection to us.

    Of a listener of that protocol: the one at this very address, else one at all addresses, else any; without one,
    `local` itself. `advertised` says what a listener, by protocol and address, is called instead.
    """
    mine = [each.address for each in listeners if each.protocol == protocol]
    exact = [each for each in mine if each[0] == local[0]]
    fitting = [each for each in mine if _sends_from(each[0], local[0])]
    host, port = chosen = next(iter([*exact, *fitting, *mine, local]))
    if advertised and (protocol, chosen) in advertised:
        host, port = advertised[protocol, chosen]
        return host.encode("ascii"), port
    if ipaddress.ip_address(host).is_unspecified:
        host = local[0]
    return (f"[{host}]" if ":" in host else host).encode("ascii"), port


def _may_send(bound: str, target: str) -> bool:
    """Whether a socket bound to `bound` may send to `target`: of its family, and not from the loopback to elsewhere."""
    if (":" in bound) != (":" in target):
        return False
    return not ipaddress.ip_address(bound).is_loopback or ipaddress.ip_address(target).is_loopback


def _sends_from(bound: str, local: str) -> bool:
    """Whether packets of a socket bound to `bound` leave by the address `local`."""
    if bound == local:
        return True
    return bool(local) and ipaddress.ip_address(bound).is_unspecified and (":" in bound) == (":" in local)
