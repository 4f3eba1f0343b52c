"""Decide every setting: an option wins over the environment, that over the context, that over the default."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.choices import PROTOCOLS
from sertwist.client.failure import UsageError
from sertwist.serctl.invocation import DEFAULTS, OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.serctl.context import Setting

__all__ = ["Settings", "parse_count", "parse_duration", "resolve_settings"]

MAX_DURATION: Final = 86_400.0
MAX_SERVERS: Final = 1_000

UNITS: Final = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was decided; times in seconds.

    Attributes:
        urls: the servers, at least one.
        pins: keys of which a server must have one.
        confirm: is every call that changes something asked about?
        parallel: servers that are called at once.
        limit: rows of a list that are wanted; None: as the server has it.
    """

    urls: tuple[str, ...]
    cacert: Path | None
    cert: Path | None
    key: Path | None
    key_pass_file: Path | None
    servername: str
    pins: tuple[str, ...]
    user: str
    password_file: Path | None
    protocol: str
    timeout: float
    connect_timeout: float
    retries: int
    output: str
    columns: tuple[str, ...]
    limit: int | None
    confirm: bool
    parallel: int


def resolve_settings(options: Mapping[str, Any], context: Mapping[str, Setting]) -> Settings:
    """One value for each setting.

    Args:
        options: what the command line or else the environment says, None or empty where neither does.
        context: what the chosen context says.

    Raises:
        UsageError: a value is not of its kind.
    """
    given = {name: value for name, value in options.items() if value not in (None, "", ())}
    if "url" in given:
        context = {name: value for name, value in context.items() if name != "urls"}
    decided = {**DEFAULTS, **context, **given}
    return Settings(
        urls=_urls(decided.get("urls") or decided["url"]),
        cacert=_path(decided, "cacert"),
        cert=_path(decided, "cert"),
        key=_path(decided, "key"),
        key_pass_file=_path(decided, "key_pass_file"),
        servername=str(decided.get("servername", "")),
        pins=_texts(decided.get("pin", ())),
        user=str(decided.get("user", "")),
        password_file=_path(decided, "password_file"),
        protocol=_choice(decided, "protocol", PROTOCOLS),
        timeout=parse_duration(decided["timeout"]),
        connect_timeout=parse_duration(decided["connect_timeout"]),
        retries=parse_count(decided["retries"], "retries", 0, 99),
        output=_choice(decided, "output", OUTPUTS),
        columns=_texts(decided.get("columns", ())),
        limit=parse_count(decided["limit"], "limit", 1, 10**9) if "limit" in decided else None,
        confirm=decided.get("confirm") is True,
        parallel=parse_count(decided["parallel"], "parallel", 1, MAX_SERVERS),
    )


def parse_duration(value: Setting) -> float:
    """Seconds in `value`: a number, or text as in 500ms, 10s, 2m, 1h; more than none, at most a day.

    Raises:
        UsageError: it is something else.
    """
    match = DURATION.fullmatch(str(value))
    if match:
        seconds = float(match[1]) * UNITS[match[2]]
        if 0 < seconds <= MAX_DURATION and math.isfinite(seconds):
            return seconds
    raise _failure(f"{value!r} is not a time from 1ms to 24h, as in 500ms, 10s or 2m")


def parse_count(value: Setting, name: str, least: int, most: int) -> int:
    """The number `value` of the setting `name`.

    Raises:
        UsageError: it is not a number from `least` to `most`.
    """
    if re.fullmatch("[0-9]{1,10}", str(value)) and least <= int(str(value)) <= most:
        return int(str(value))
    raise _failure(f"{name} is a number from {least} to {most}, not {value!r}")


def _urls(value: Any) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(_texts(value)))
    if not 0 < len(urls) <= MAX_SERVERS:
        raise _failure(f"there must be 1 to {MAX_SERVERS} URLs")
    return urls


def _texts(value: Any) -> tuple[str, ...]:
    """A list, or a text with commas between its parts."""
    many = value.split(",") if isinstance(value, str) else [part for each in value for part in str(each).split(",")]
    return tuple(part.strip() for part in many if part.strip())


def _choice(decided: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = str(decided[name])
    if value not in choices:
        raise _failure(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {value!r}")
    return value


def _path(decided: Mapping[str, Any], name: str) -> Path | None:
    value = decided.get(name)
    if value is None:
        return None
    try:
        return Path(str(value)).expanduser()
    except RuntimeError as error:
        raise _failure(f"{name}: {error}") from error


def _failure(message: str) -> UsageError:
    return UsageError(message, code="bad-setting")
