"""`ShutOut`: sources whose new connections the kernel drops for a while, so that they cost this process nothing.

Refusing a connection costs some 45 us, and who is refused can come again at once: a flood of such takes half of a
core. A packet filter on the listening socket drops the first packet (SYN) of those sources instead. An honest peer of
such a source sends it again after a second by itself; open connections are not touched.
"""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.limits import ConnectionLimits
    from sertwist.transport.reactor import SocketReactor

__all__ = ["ShutOut", "filter_program"]

# Linux, asm-generic/socket.h.
SO_ATTACH_FILTER: Final = 26
SO_DETACH_FILTER: Final = 27

# Linux, bpf_common.h and filter.h. Offsets are from the TCP header on, with NETWORK from the IP header on.
LOAD_WORD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
LOAD_BYTE: Final = 0x30  # BPF_LD | BPF_B | BPF_ABS
AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
JUMP_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
RETURN: Final = 0x06  # BPF_RET | BPF_K
NETWORK: Final = 0xFFF00000  # SKF_NET_OFF
FLAGS: Final = 13  # of a TCP header
SYN: Final = 0x02
SYN_AND_ACK: Final = 0x12
SOURCE_V4: Final = NETWORK + 12
SOURCE_V6: Final = NETWORK + 8
DROP: Final = 0
KEEP: Final = 0xFFFFFFFF


def filter_program(groups: Iterable[str]) -> bytes:
    """A classic BPF program that drops the SYNs of `groups` (see `source_group`) and keeps every other packet."""
    code = [(LOAD_BYTE, 0, 0, FLAGS), (AND, 0, 0, SYN_AND_ACK), (JUMP_IF_EQUAL, 1, 0, SYN), (RETURN, 0, 0, KEEP)]
    for group in groups:
        network = ipaddress.ip_network(group)
        prefix = network.network_address.packed[: network.prefixlen // 8]
        offset = SOURCE_V4 if network.version == 4 else SOURCE_V6
        words = struct.unpack(f"!{len(prefix) // 4}I", prefix)
        for at, word in enumerate(words):
            left = 2 * (len(words) - at) - 1  # instructions up to the next source
            code += [(LOAD_WORD, 0, 0, offset + 4 * at), (JUMP_IF_EQUAL, 0, left, word)]
        code.append((RETURN, 0, 0, DROP))
    code.append((RETURN, 0, 0, KEEP))
    return b"".join(struct.pack("HBBI", *each) for each in code)


class ShutOut:
    """The sources that are shut out of one listening socket, all for the rest of the same time."""

    def __init__(self, sock: socket.socket, reactor: SocketReactor, limits: ConnectionLimits) -> None:
        """`limits` say for how long, and how many sources."""
        self._sock = sock
        self._reactor = reactor
        self._limits = limits
        self._groups: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._groups)

    def add(self, group: str) -> bool:
        """Shut `group` out if it is not yet; whether this was done."""
        if group in self._groups or len(self._groups) >= self._limits.max_shut_out:
            return False
        if not self._groups:
            self._reactor.callLater(self._limits.shut_out_time, self._let_in)
        self._groups.add(group)
        program = filter_program(self._groups)
        room = ctypes.create_string_buffer(program, len(program))
        try:
            self._sock.setsockopt(
                socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(room))
            )
        except OSError:  # a kernel without filters, or the socket is closed: they are refused one by one
            return False
        return True

    def _let_in(self) -> None:
        self._groups.clear()
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        except OSError:  # the same
            return
