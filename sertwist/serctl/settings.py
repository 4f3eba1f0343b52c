"""Decide every setting: an option wins over the environment, that over the context, that over the default."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import Failure, UsageError
from sertwist.serctl.invocation import DEFAULTS, OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.serctl.context import Setting

__all__ = ["Settings", "parse_duration", "resolve_settings"]

MAX_DURATION: Final = 86_400.0

UNITS: Final = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was decided; times in seconds."""

    url: str
    cacert: Path | None
    cert: Path | None
    key: Path | None
    key_pass_file: Path | None
    servername: str
    timeout: float
    connect_timeout: float
    retries: int
    output: str


def resolve_settings(options: Mapping[str, str | None], context: Mapping[str, Setting]) -> Settings:
    """One value for each setting.

    Args:
        options: what the command line or else the environment says, None where neither does.
        context: what the chosen context says.

    Raises:
        Failure: a value is not of its kind (usage).
    """
    given = {name: value for name, value in options.items() if value is not None}
    decided = {**DEFAULTS, **context, **given}
    output = str(decided["output"])
    if output not in OUTPUTS:
        raise _failure(f"output must be {' or '.join(OUTPUTS)}, not {output!r}")
    return Settings(
        url=str(decided["url"]),
        cacert=_path(decided, "cacert"),
        cert=_path(decided, "cert"),
        key=_path(decided, "key"),
        key_pass_file=_path(decided, "key_pass_file"),
        servername=str(decided.get("servername", "")),
        timeout=parse_duration(decided["timeout"]),
        connect_timeout=parse_duration(decided["connect_timeout"]),
        retries=_count(decided["retries"], "retries"),
        output=output,
    )


def parse_duration(value: Setting) -> float:
    """Seconds in `value`: a number, or text as in 500ms, 10s, 2m, 1h; more than none, at most a day.

    Raises:
        Failure: it is something else (usage).
    """
    match = DURATION.fullmatch(str(value))
    if match:
        seconds = float(match[1]) * UNITS[match[2]]
        if 0 < seconds <= MAX_DURATION and math.isfinite(seconds):
            return seconds
    raise _failure(f"{value!r} is not a time from 1ms to 24h, as in 500ms, 10s or 2m")


def _count(value: Setting, name: str) -> int:
    if re.fullmatch("[0-9]{1,2}", str(value)):
        return int(value)
    raise _failure(f"{name} is a number from 0 to 99, not {value!r}")


def _path(decided: Mapping[str, Setting], name: str) -> Path | None:
    value = decided.get(name)
    if value is None:
        return None
    try:
        return Path(str(value)).expanduser()
    except RuntimeError as error:
        raise _failure(f"{name}: {error}") from error


def _failure(message: str) -> Failure:
    return UsageError(message, code="bad-setting")
