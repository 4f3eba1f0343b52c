"""`Signals`: what the process does on signals that do not end it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from sertwist.modules.process_memory import read_memory

if TYPE_CHECKING:
    from sertwist.modules.declare import Module
    from sertwist.server.host import ServerHost

__all__ = ["HANDLED", "Signals"]

log = Logger("sertwist")

HANDLED: Final = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


class Signals:
    """SIGHUP: read files again. SIGUSR1: write the counters into the log. SIGUSR2: the memory."""

    def __init__(self, host: ServerHost, modules: tuple[Module, ...]) -> None:
        self._host = host
        self._modules = modules

    def __call__(self, number: int) -> None:
        """Do what `number` asks for; of others nothing."""
        if number == signal.SIGHUP:
            for module in self._modules:
                module.hang_up()
            self._host.audit.flush()
        elif number == signal.SIGUSR1:
            for name, value in sorted(self._host.environment.counters.items()):
                log.info("counter {name} = {value}", name=name, value=value)
        elif number == signal.SIGUSR2:
            memory = read_memory()
            log.info(
                "memory: {resident} bytes, at most {most}, of {total}",
                resident=memory.resident,
                most=memory.most,
                total=memory.total,
            )
