"""Ask script functions about messages, and see what they make of them: through scripts that are loaded for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.script_run import OPTIONS, ScriptRun

if TYPE_CHECKING:
    from tests.script_run import Outcome

__all__ = ["answer", "changed", "load", "sent_lines", "value"]

_NEXT_HOP = "198.51.100.9"


def load(body: str, *modules: str, more: str = "") -> ScriptRun:
    """A script whose main route is `body`."""
    loads = "\n".join(f'loadmodule "{name}"' for name in ("sl", *modules))
    return ScriptRun(f"{loads}\n{more}\nroute {{\n{body}\n}}\n")


def answer(call: str, message: bytes, *modules: str, more: str = "") -> bool:
    """Whether `call` is true of `message`."""
    run = load(f'if ({call}) sl_reply("200", "yes"); else sl_reply("404", "no");', *modules, more=more)
    return run.send(message).status == 200


def value(call: str, message: bytes, *modules: str, more: str = "") -> int:
    """What `call` returns; it is not 0."""
    run = load(f'{call};\nsl_reply("200", "$retcode");', *modules, more=more)
    return int(run.send(message).reason)


def changed(calls: str, message: bytes, *modules: str, more: str = "") -> Outcome:
    """What is sent on of `message` after `calls`."""
    return load(f'{calls}\nforward("{_NEXT_HOP}");', *modules, more=more).send(message)


def sent_lines(calls: str, message: bytes = OPTIONS, *modules: str, more: str = "") -> list[str]:
    """The start line and header lines of what is sent on, without our Via."""
    outcome = changed(calls, message, *modules, more=more)
    assert len(outcome.forwards) == 1, outcome
    lines = outcome.forwards[0].text.partition("\r\n\r\n")[0].split("\r\n")
    own = next(at for at, line in enumerate(lines) if line.startswith("Via:"))
    return lines[:own] + lines[own + 1 :]
