"""From parameter values to a `DomainTable`: which domains there are, what each sets and inherits, all problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.tls.domain import ANY_ADDRESS, Side
from sertwist.tls.domain_table import DomainTable
from sertwist.tls.loading.config_file import load_config
from sertwist.tls.loading.domain import bare_domain, load_domain
from sertwist.tls.loading.loader import DomainLoader, LoadOptions
from sertwist.tls.loading.names import DomainNames, check_duplicates, read_names
from sertwist.tls.loading.problem import Problem, has_errors
from sertwist.tls.loading.rows import DomainRow, DomainRows, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sertwist.tls.domain import TLSDomain

__all__ = ["LoadOptions", "ReadDomains", "Setting", "build_table", "read_domains"]

_WILDCARDS = {"0.0.0.0": 4, "::": 6}  # noqa: S104 (compared with, not listened on)


@dataclass(frozen=True, slots=True)
class ReadDomains:
    """All domains with as much as could be read of them; one that an error names must not be used.

    Attributes:
        domains: of both sides, the default ones among them.
        problems: every one found.
        config_files: files and folder that `config` names.
    """

    domains: list[TLSDomain]
    problems: list[Problem]
    config_files: list[Path]


def build_table(
    values: Mapping[str, Sequence[Setting]],
    *,
    base_directory: Path,
    tls_listeners: Sequence[tuple[str, int]],
    now: float,
    generation: int = 1,
    options: LoadOptions | None = None,
) -> tuple[DomainTable | None, list[Problem]]:
    """Build all domains from the values of per-domain parameters.

    It reads files and nothing else, keeps no state and touches no reactor, so it may run in a thread.

    Args:
        values: parameter's first name to its values, in the script's order; `config` among them.
        base_directory: folder of the main script, which relative file names start from.
        tls_listeners: address and port of each `listen = tls:...`.
        now: seconds since the epoch, for validity dates.
        generation: of the table.
        options: how strictly files are judged, and against which table in force.

    Returns:
        The table, or None when any problem is an error; and every problem found, in one run.
    """
    read = read_domains(
        values, base_directory=base_directory, tls_listeners=tls_listeners, now=now, options=options or LoadOptions()
    )
    if has_errors(read.problems):
        return None, read.problems
    return DomainTable(read.domains, generation=generation, config_files=read.config_files), read.problems


def read_domains(
    values: Mapping[str, Sequence[Setting]],
    *,
    base_directory: Path,
    tls_listeners: Sequence[tuple[str, int]],
    now: float,
    options: LoadOptions,
) -> ReadDomains:
    """Read every domain, whatever is wrong with it or another; see `build_table`."""
    rows = DomainRows()
    rows.take_modparams(values)
    problems = rows.problems
    config = load_config(values.get("config", ()), base_directory)
    problems += config.problems
    if config.files:
        rows.take_sections(config.sections)
    named = [(row, read_names(row, problems)) for row in (rows.server, rows.client, *rows.others)]
    problems += check_duplicates(named)
    problems += _check_listeners(rows.others, tls_listeners)
    if config.files:
        problems += _note_inheritance(rows)
    domains = []
    shared: dict[object, object] = {}
    for row, names in named:
        bare = bare_domain(row, names)
        whole = row.settings if row.address is None else row.settings.inherit(rows.default(row.side).settings)
        loader = DomainLoader(
            name=bare.name,
            side=row.side,
            where=row.where,
            settings=whole,
            base_directory=base_directory,
            now=now,
            options=options,
            problems=problems,
            shared=shared,
        )
        domains.append(load_domain(loader, bare, required=_is_used(row, named, tls_listeners)))
    return ReadDomains(domains, problems, config.files)


def _note_inheritance(rows: DomainRows) -> Iterator[Problem]:
    """What sections take from their side's default here, and in SER's descendants from nowhere; alike ones once."""
    alike: dict[tuple[Side, str], list[DomainRow]] = {}
    for row in rows.others:
        whole = row.settings.inherit(rows.default(row.side).settings)
        taken = ", ".join(sorted(name for name, (first, *_) in whole.settings() if first.inherited))
        if taken:
            alike.setdefault((row.side, taken), []).append(row)
    for (_, taken), (first_row, *more) in alike.items():
        whose = f"this domain and {len(more)} more have" if more else "this domain has"
        text = f"{whose} {taken} from the default domain; SER's descendants take built-in values"
        yield Problem(first_row.where, "hint", text, "set them in the section if the file is to be read alike")


def _is_used(
    row: DomainRow, named: Sequence[tuple[DomainRow, DomainNames]], listeners: Sequence[tuple[str, int]]
) -> bool:
    """Whether connections can come to `row`: a default server domain may be there only to be inherited from."""
    if row.address is not None:
        return True
    if row.side is Side.CLIENT:  # beside others it may be there only to be inherited from
        return any(row.settings.values.values()) and sum(each.side is Side.CLIENT for each, _ in named) == 1
    nameless = {
        each.address
        for each, names in named
        if each.side is Side.SERVER and each.address is not None and not names.server_name
    }
    return any(not nameless & {(ip, port), (ip, 0), (ANY_ADDRESS, port)} for ip, port in listeners)


def _check_listeners(rows: Sequence[DomainRow], listeners: Sequence[tuple[str, int]]) -> Iterator[Problem]:
    known = ", ".join(f"tls:[{ip}]:{port}" if ":" in ip else f"tls:{ip}:{port}" for ip, port in listeners) or "none"
    for row in rows:
        if row.side is Side.CLIENT or row.address is None or any(_covers(each, row.address) for each in listeners):
            continue
        host, port = row.address
        text = f"no TLS listener has the address {host} port {port or 'any'} (TLS listeners: {known})"
        yield Problem(row.where, "error", text, "add a listen line or correct the address")


def _covers(listener: tuple[str, int], address: tuple[str, int]) -> bool:
    if address[1] not in (0, listener[1]):
        return False
    version = _WILDCARDS.get(listener[0])
    return (
        listener[0] == address[0]
        or address[0] == ANY_ADDRESS
        or (version is not None and version == (6 if ":" in address[0] else 4))
    )
