"""Is all well with a server? Each check by a method that says it; a check whose method is not there is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.client.failure import FaultError

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.server import Server

__all__ = ["STATES", "Check", "Thresholds", "check_health"]

#: From good to bad.
STATES: Final = ("ok", "warning", "critical")

Check: TypeAlias = "Mapping[str, Value]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on something is not well.

    Attributes:
        warn_days: days until a certificate expires.
        critical_days: the same.
        warn_load: percent of the connections that may be open.
        critical_load: the same.
        warn_clock: seconds between the server's clock and ours.
        critical_clock: the same.
    """

    warn_days: int = 21
    critical_days: int = 3
    warn_load: int = 80
    critical_load: int = 95
    warn_clock: int = 5
    critical_clock: int = 60


def check_health(server: Server, limits: Thresholds) -> list[Check]:
    """The checks of `server`.

    Raises:
        Failure: it does not answer, or not us.
    """
    uptime = server.ask("core.uptime")
    since = uptime.get("uptime") if isinstance(uptime, Mapping) else None
    checks: list[Check] = [{"check": "answers", "state": "ok", "detail": f"up for {since!r} s"}]
    checks += _clock(uptime, limits)
    for method, judge in JUDGES:
        try:
            checks += judge(server.ask(method), limits)
        except FaultError as fault:
            if fault.code != "no-method":
                checks.append({"check": method, "state": "warning", "detail": f"{fault.number} {fault}"})
    return checks


def _graded(name: str, value: float, bounds: tuple[float, float], detail: str) -> Check:
    """A check whose `value` is the worse the higher it is."""
    state = "critical" if value >= bounds[1] else "warning" if value >= bounds[0] else "ok"
    return {"check": name, "state": state, "detail": detail}


def _clock(uptime: Value, limits: Thresholds) -> list[Check]:
    """Certificates and one-time numbers go by the clock."""
    said = uptime.get("now_iso") if isinstance(uptime, Mapping) else None
    try:
        now = datetime.fromisoformat(str(said))
    except ValueError:
        return []
    apart = abs((datetime.now(UTC) - now).total_seconds()) if now.tzinfo else 0.0
    bounds = (limits.warn_clock, limits.critical_clock)
    return [_graded("clock", apart, bounds, f"{apart:.0f} s apart from this machine's")]


def _connections(value: Value, limits: Thresholds) -> list[Check]:
    checks: list[Check] = []
    if isinstance(value, Mapping):
        for kind, name in (("", "connections"), ("tls_", "tls connections")):
            opened, most = value.get(f"opened_{kind}connections"), value.get(f"max_{kind}connections")
            if isinstance(opened, int) and isinstance(most, int) and most > 0:
                load = 100 * opened / most
                detail = f"{opened} of {most}"
                checks.append(_graded(name, load, (limits.warn_load, limits.critical_load), detail))
    return checks


def _certificates(value: Value, limits: Thresholds) -> list[Check]:
    """The one that ends first, by kind."""
    first: dict[str, tuple[int, str]] = {}
    for row in value if isinstance(value, list | tuple) else ():
        days = row.get("days_left") if isinstance(row, Mapping) else None
        if isinstance(row, Mapping) and isinstance(days, int):
            kind = str(row.get("kind", "certificate"))
            this = (days, str(row.get("subject", "")))
            first[kind] = min(first.get(kind, this), this)
    return [
        _graded(
            f"certificate {kind}", -days, (-limits.warn_days, -limits.critical_days), f"{subject}: {days} days left"
        )
        for kind, (days, subject) in first.items()
    ]


def _script(value: Value, _limits: Thresholds) -> list[Check]:
    """Does the script in its files still load? The next start would need it."""
    usable = value.get("usable") if isinstance(value, Mapping) else None
    if not isinstance(usable, bool):
        return []
    detail = "its files are right" if usable else "its files have errors: serctl script check"
    return [{"check": "script", "state": "ok" if usable else "warning", "detail": detail}]


JUDGES: Final[tuple[tuple[str, Callable[[Value, Thresholds], list[Check]]], ...]] = (
    ("core.tcp_info", _connections),
    ("tls.certs", _certificates),
    ("script.check", _script),
)
