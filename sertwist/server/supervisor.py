"""`Supervisor`: tells systemd how the server is (`sd_notify(3)`), and that its event loop still turns.

A datagram to the socket that `NOTIFY_SOCKET` names, of lines `NAME=value`. Where nobody asked for it nothing is sent.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Supervisor"]

_MICRO: Final = 1_000_000


class Supervisor:
    """Who started this process, when it wants to be told."""

    def __init__(self, environ: Mapping[str, str], reactor: Any, pid: int | None = None) -> None:
        """`environ` is the process's; `pid` this process, for whom the watchdog must be meant."""
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name  # abstract ones begin with NUL
        self._reactor = reactor
        meant = environ.get("WATCHDOG_PID", "")
        micros = environ.get("WATCHDOG_USEC", "")
        is_ours = not meant or meant == str(os.getpid() if pid is None else pid)
        self._period = int(micros) / _MICRO / 2 if micros.isdecimal() and is_ours and self._address else 0.0

    def ready(self, status: str) -> None:
        """Messages are received from now on; the watchdog is fed each half of its time."""
        self._tell("READY=1", f"STATUS={status}", f"MAINPID={os.getpid()}")
        if self._period:
            self._feed()

    def stopping(self, why: str) -> None:
        """The end has begun."""
        self._tell("STOPPING=1", f"STATUS=stopping: {why}")

    def _feed(self) -> None:
        """A loop that is stuck does not come here, and is restarted."""
        self._tell("WATCHDOG=1")
        self._reactor.callLater(self._period, self._feed)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.settimeout(0)  # a full socket must not hold the server up
                sock.sendto(text.encode("utf-8", "replace"), self._address)
        except OSError:
            return  # systemd notices by itself when nothing comes
