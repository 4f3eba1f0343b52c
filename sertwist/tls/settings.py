"""From parameter values to a `DomainTable`: which domains there are, what each sets and inherits, all problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sertwist.errors import ConfigError
from sertwist.tls.address import parse_domain_value
from sertwist.tls.domain import ANY_ADDRESS, Side, TLSDomain
from sertwist.tls.domain_settings import DomainSettings, GivenValue
from sertwist.tls.domain_table import DomainTable
from sertwist.tls.loading import load_server_domain
from sertwist.tls.problem import Problem, has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["NOT_YET", "PER_DOMAIN", "Setting", "build_table"]

# Parameters whose value may name a domain, by their first names.
PER_DOMAIN: Final = (
    "method",
    "verify_certificate",
    "require_certificate",
    "verify_client",
    "verify_depth",
    "certificate",
    "private_key",
    "ca_list",
    "crl",
    "cipher_list",
    "ciphersuites",
)
# Known parameters that this version has nothing behind: refused by name instead of having no effect.
NOT_YET: Final = (
    "private_key_password",
    "private_key_password_file",
    "certificate2",
    "private_key2",
    "private_key_password2",
    "ca_path",
    "server_name",
    "server_name_mode",
    "server_id",
    "session_cache",
    "config",
)
_REPEATABLE = frozenset({"crl"})
_WILDCARDS = {"0.0.0.0": 4, "::": 6}  # noqa: S104 (compared with, not listened on)


class Setting(Protocol):
    """One value of a parameter and the place in the script where it stands."""

    @property
    def value(self) -> str | int:
        """As given."""

    @property
    def where(self) -> object:
        """Handed through to `Problem.where`."""


@dataclass(slots=True)
class _Collected:
    """Server domains as far as they are known: address to parameter to values."""

    problems: list[Problem] = field(default_factory=list)
    domains: dict[tuple[str, int] | None, DomainSettings] = field(default_factory=lambda: {None: DomainSettings()})
    first_where: dict[tuple[str, int] | None, object] = field(default_factory=dict)


def build_table(
    values: Mapping[str, Sequence[Setting]],
    *,
    base_directory: Path,
    tls_listeners: Sequence[tuple[str, int]],
    now: float,
    generation: int = 1,
) -> tuple[DomainTable | None, list[Problem]]:
    """Build all domains from the values of per-domain parameters.

    Args:
        values: parameter's first name to its values, in the script's order.
        base_directory: folder of the main script, which relative file names start from.
        tls_listeners: address and port of each `listen = tls:...`.
        now: seconds since the epoch, for validity dates.
        generation: of the table.

    Returns:
        The table, or None when any problem is an error; and every problem found, in one run.
    """
    collected = _Collected()
    for name in NOT_YET:
        for setting in values.get(name, ()):
            _refuse_unavailable(collected, name, setting)
    for name in PER_DOMAIN:
        for setting in values.get(name, ()):
            _collect(collected, name, setting)
    problems = collected.problems
    _check_listeners(collected, tls_listeners)
    domains = list(_load_domains(collected, base_directory, tls_listeners, now))
    if has_errors(problems):
        return None, problems
    return DomainTable(domains, generation=generation), problems


def resolve_path(text: str, base_directory: Path) -> Path:
    """File name `text` as SER reads it: `/` absolute, `.` from the working directory, else beside the script."""
    path = Path(text)
    return path if path.is_absolute() else (Path.cwd() if text.startswith(".") else base_directory) / path


def _refuse_unavailable(collected: _Collected, name: str, setting: Setting) -> None:
    text = str(setting.value).strip()
    if name == "session_cache" and text.lower() in {"0", "no", "off", "false"}:
        return  # sessions are never resumed, as it asks
    collected.problems.append(
        Problem(setting.where, "error", f"{name} is not available yet in this version", "leave it out")
    )


def _collect(collected: _Collected, name: str, setting: Setting) -> None:
    try:
        parsed = parse_domain_value(str(setting.value))
    except ConfigError as error:
        collected.problems.append(Problem(setting.where, "error", f"{name}: {error}"))
        return
    if parsed.side is Side.CLIENT:
        text = f"{name}: client domains are not available yet in this version"
        collected.problems.append(Problem(setting.where, "error", text, "leave it out"))
        return
    settings = collected.domains.setdefault(parsed.address, DomainSettings())
    collected.first_where.setdefault(parsed.address, setting.where)
    if not parsed.text:
        collected.problems.append(
            Problem(setting.where, "warning", f"{name} is empty: taken as not set", "leave it out")
        )
        return
    given = settings.values.setdefault(name, [])
    if given and name not in _REPEATABLE:
        _note_repeat(collected, name, setting, same=given[0].text == parsed.text)
        return
    given.append(GivenValue(parsed.text, setting.where))


def _note_repeat(collected: _Collected, name: str, setting: Setting, *, same: bool) -> None:
    text = f"{name} is given twice for one domain" + ("" if same else ", with different values")
    collected.problems.append(Problem(setting.where, "warning" if same else "error", text, "keep one"))


def _check_listeners(collected: _Collected, listeners: Sequence[tuple[str, int]]) -> None:
    known = ", ".join(f"tls:[{ip}]:{port}" if ":" in ip else f"tls:{ip}:{port}" for ip, port in listeners) or "none"
    for address in collected.domains:
        if address is None or any(_covers(listener, address) for listener in listeners):
            continue
        where = collected.first_where[address]
        text = f"no TLS listener has the address {address[0]} port {address[1]} (TLS listeners: {known})"
        collected.problems.append(Problem(where, "error", text, "add a listen line or correct the address"))


def _covers(listener: tuple[str, int], address: tuple[str, int]) -> bool:
    if listener[1] != address[1]:
        return False
    version = _WILDCARDS.get(listener[0])
    return (
        listener[0] == address[0]
        or address[0] == ANY_ADDRESS
        or (version is not None and version == (6 if ":" in address[0] else 4))
    )


def _load_domains(
    collected: _Collected, base_directory: Path, listeners: Sequence[tuple[str, int]], now: float
) -> Iterable[TLSDomain]:
    default = collected.domains[None]
    resolve: Callable[[str], Path] = lambda text: resolve_path(text, base_directory)  # noqa: E731
    for address, settings in collected.domains.items():
        if address is None:
            used = any((listener not in collected.domains) for listener in listeners)
            if not used and not settings.values:
                continue
            loaded = load_server_domain(None, settings, resolve=resolve, now=now, problems=collected.problems)
        else:
            whole = settings.inherit(default)
            loaded = load_server_domain(address, whole, resolve=resolve, now=now, problems=collected.problems)
        if loaded is not None:
            yield loaded
