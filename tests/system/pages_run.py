"""Runs a page of docs/ as its reader would: writes its files, types its commands, keeps what they print."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Reader", "Step", "masked", "steps"]

_PART = re.compile(
    r"^Save this as `(?P<file>[\w./-]+)`:\n\n```\w+\n(?P<body>.*?)^```$|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# What differs from one run to the next: digests, serial numbers, dates, call ids, ports, pids, versions, times.
_VARIABLE = re.compile(
    r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b|\b[0-9A-F]{30,40}\b|\b[0-9a-f]{6}-[0-9a-f]+\b"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?|\b\d\d:\d\d:\d\d\b|\b\d+ days?\b"
    r"|(?<=127\.0\.0\.1:)\d+|(?<=pid=)\d+|(?<=pid )\d+|sertwist \d\S+ \(.*\)"
    r"|(?<=milliseconds  )\d+|(?<=methods       )\d+"
)
_PORTS = ("5060", "5061", "9091")
_PATIENCE = 60.0  # seconds


class Step(NamedTuple):
    """One thing that a reader does: save `text` as `file`, or type `command`, which prints `text`."""

    file: str
    command: str
    text: str


def steps(page: str) -> list[Step]:
    """What `page` (its text) has its reader do, in order."""
    found = []
    for part in _PART.finditer(page):
        if part["file"]:
            found.append(Step(part["file"], "", part["body"]))
            continue
        for typed in re.split(r"^\$ ", part["console"], flags=re.MULTILINE)[1:]:
            command, _, shown = typed.partition("\n")
            found.append(Step("", command, shown))
    return found


def masked(text: str) -> str:
    """`text` with `...` for what differs between runs, and single blanks, since columns follow the widths of values."""
    return re.sub(r"[ ]{2,}", "  ", _VARIABLE.sub("...", text)).strip()


class Reader:
    """Somebody at a shell in an empty folder, with ports of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sertwist"
        self.folder.mkdir()
        self._home = folder
        self._ports = dict(zip(_PORTS, _free_ports(), strict=True))
        programs = str(Path(sys.executable).parent)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("SERCTL_", "XDG_", "SERTWIST_"))
        }
        self._environment = {
            **kept,
            "HOME": str(folder),
            "PATH": f"{programs}:{kept['PATH']}",
            "COLUMNS": "120",
            "PYTHONSAFEPATH": "1",
        }

    def save(self, file: str, text: str) -> None:
        """Write a file that a page shows."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(text))

    def type(self, command: str) -> str:
        """What `command` prints, with the ports and the folder as a page has them; and its exit status, if not 0."""
        done = subprocess.run(
            ["bash", "-c", self._here(command)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        text = done.stdout.replace(str(self._home), "/home/you")
        for shown, real in self._ports.items():
            text = text.replace(f":{real}", f":{shown}")
        return text if done.returncode == 0 else f"{text}(exit status {done.returncode})\n"

    def ended(self) -> bool:
        """True if every server that was started ends by itself, without another word."""
        deadline = time.monotonic() + _PATIENCE
        while self._running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def stop(self) -> None:
        """Stop the servers that still run."""
        for pid in self._running():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _running(self) -> list[int]:
        """The pids in the files that twistd has written; it removes them at the end."""
        texts = []
        for each in self.folder.glob("*.pid"):
            with suppress(FileNotFoundError):
                texts.append(each.read_text())
        return [int(text) for text in texts if text]

    def _here(self, text: str) -> str:
        for shown, real in self._ports.items():
            text = text.replace(f":{shown}", f":{real}")
        return text


def _free_ports() -> list[str]:
    """Ports that nobody has, for datagrams and connections alike, below those that the system gives to clients."""
    found: list[str] = []
    while len(found) < len(_PORTS):
        port = random.randrange(16_384, 32_768)
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", port))
            socket.create_server(("127.0.0.1", port)).close()
            found.append(str(port))
    return found
