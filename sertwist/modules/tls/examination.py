"""Look at all TLS domains of a script as a start would, and keep what was read even where something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.modules.tls.other_ages import check_other_ages
from sertwist.modules.tls.parameters import table_values
from sertwist.tls.certificate import view_certificate
from sertwist.tls.context import ClientContextFactory, ServerContextFactory
from sertwist.tls.domain import Side
from sertwist.tls.expiry import list_holdings
from sertwist.tls.loading.problem import Problem, note_problem
from sertwist.tls.loading.table import read_domains
from sertwist.tls.revocation import read_revocation_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.expiry import Holding
    from sertwist.tls.loading.loader import LoadOptions

__all__ = ["Examination", "examine"]


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        domains: every domain, with as much as could be read; one that is named by an error must not be used.
        holdings: their certificates and lists with dates, each once.
        problems: of all domains.
    """

    domains: tuple[TLSDomain, ...]
    holdings: tuple[Holding, ...]
    problems: tuple[Problem, ...]


def examine(
    settings: Mapping[str, Any],
    *,
    base_directory: Path,
    listeners: Sequence[tuple[str, int]],
    options: LoadOptions,
    now: float,
) -> Examination:
    """Every problem of every domain that the module's `settings` name, in one run.

    Args:
        settings: of the module.
        base_directory: folder of the main script.
        listeners: address and port of each `listen = tls:...`.
        options: how strictly files are judged.
        now: seconds since the epoch.
    """
    read = read_domains(
        table_values(settings), base_directory=base_directory, tls_listeners=listeners, now=now, options=options
    )
    domains, problems = read.domains, read.problems
    problems += check_other_ages(settings)
    for domain in domains:
        _try_context(domain, problems)
        _judge_revoked(domain, problems)
    holdings = list_holdings(domains)
    for holding in holdings:
        _judge_end(holding, domains, problems, now, options.expiry_warning)
    return Examination(tuple(domains), tuple(holdings), tuple(problems))


def _try_context(domain: TLSDomain, problems: list[Problem]) -> None:
    """Make what makes the connections of `domain`, unless an error says already that it can't be."""
    if any(each.severity == "error" and domain.name in each.domains for each in problems):
        return
    try:
        if domain.side is Side.CLIENT:
            ClientContextFactory(domain)
        elif domain.own:
            ServerContextFactory(domain)
    except ConfigError as error:
        note_problem(problems, Problem(None, "error", str(error), domains=(domain.name,)))


def _judge_revoked(domain: TLSDomain, problems: list[Problem]) -> None:
    """Warn of what `domain` presents or trusts and its own CRLs have revoked."""
    revoked = read_revocation_set(domain.authorities, domain.revocation_lists).revoked
    used = [("certificate", each) for own in domain.own for each in own.chain]
    used += [("CA", each) for each in domain.authorities]
    for what, certificate in used:
        view = view_certificate(certificate)
        if view.serial in revoked.get(view.issuer_key, ()):
            text = f"{what} {view.subject.dn!r} is revoked by {view.issuer.dn!r}"
            fix = "replace it by one that is not" if what == "certificate" else "take it out of ca_list"
            note_problem(problems, Problem(None, "warning", text, fix, (domain.name,)))


def _judge_end(
    holding: Holding, domains: Sequence[TLSDomain], problems: list[Problem], now: float, warning_days: int
) -> None:
    """Warn of authorities near their end; own certificates and lists are judged where they are loaded."""
    if holding.certificate is None or holding.ends is None:
        return
    if any(own.chain[0] == holding.certificate for domain in domains for own in domain.own):
        return
    stage = holding.stage(now, warning_days)
    days = holding.days_left(now)
    if stage in {"soon", "urgent", "expired"}:
        what = "intermediate" if holding.kind == "own" else "CA"
        ends = "expired" if stage == "expired" else f"expires in {days} days"
        text = f"{what} {holding.subject!r} in {holding.file} {ends}: nobody who relies on it is verified then"
        note_problem(problems, Problem(None, "warning", text, "renew it", holding.domains))
