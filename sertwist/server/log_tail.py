"""`LogTail`: the last lines of the log, for those who ask over the management plane."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogPublisher
from zope.interface import implementer

from sertwist.limits import MAX_LOG_TAIL, MAX_LOG_TAIL_LINE
from sertwist.modules.host import LogLine
from sertwist.printable import escape_controls

if TYPE_CHECKING:
    from twisted.logger import LogEvent

__all__ = ["LogTail"]


@implementer(ILogObserver)
class LogTail:
    """Keeps the last lines, each as the text that it was when it was written."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=MAX_LOG_TAIL)

    def start(self) -> None:
        """Keep what is logged from now on."""
        globalLogPublisher.addObserver(self)

    def stop(self) -> None:
        """Keep nothing more."""
        globalLogPublisher.removeObserver(self)

    def __call__(self, event: LogEvent) -> None:
        """Keep one line; debug lines of libraries are none of the log."""
        level = event.get("log_level", LogLevel.info)
        if level is LogLevel.debug and not str(event.get("log_namespace", "")).startswith("sertwist"):
            return
        text = escape_controls(formatEvent(event))[:MAX_LOG_TAIL_LINE]
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event.get("log_time", 0.0)))
        self._lines.append(LogLine(when, level.name, text))

    def last(self, count: int) -> list[LogLine]:
        """The last `count` lines, the oldest first."""
        return list(self._lines)[-count:]
