"""`sertwist pki check`: every problem of every TLS domain of a script, and a table of what each one uses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist.limits import MAX_DAYS
from sertwist.pki.keys import describe_key
from sertwist.server.tls_examination import examine_script
from sertwist.tls.certificate import NameView, view_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography import x509

    from sertwist.server.tls_examination import ScriptExamination
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.loading.problem import Problem

__all__ = ["check_certificates"]

CLEAN, ERRORS, WARNINGS = 0, 1, 2
_DAY: Final = 86_400.0
_HEAD: Final = ("DOMAIN", "CERTIFICATE", "DAYS LEFT", "KEY", "CA", "CRL")


@click.command("check")
@click.argument("script", metavar="CONFIG", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    help="Warn of what ends within so many days; default: the script's expiry_warning_days, 30.",
)
@click.option("-v", "--verbose", is_flag=True, help="Also show a table of all domains.")
def check_certificates(*, script: Path, output: str, days: int | None, verbose: bool) -> None:
    """Check the certificates, keys, CAs and CRLs that CONFIG, the routing script, names.

    All problems of all domains in one run. Exit status 0: nothing to say; 1: errors, with which the server would not
    start or reload, or CONFIG can't be read; 2: warnings only.
    """
    now = time.time()
    found = examine_script(script, now=now, warning_days=days)
    problems = sorted((each for each in found.tls.problems if each.severity in {"error", "warning"}), key=found.place)
    errors = sum(each.severity == "error" for each in problems)
    warnings = len(problems) - errors
    domains = [each for each in found.tls.domains if each.own or each.authorities or each.origins]
    if output == "json":
        rows = [_row(domain, now) for domain in domains]
        problem_rows = [_problem_row(found, each) for each in problems]
        answer = {"script": str(script), "domains": rows, "problems": problem_rows}
        click.echo(json.dumps(answer | {"errors": errors, "warnings": warnings}, indent=2))
    else:
        for line in _table(domains, now) if verbose and domains else ():
            click.echo(line)
        for each in problems:
            click.echo(_problem_line(found, each))
        click.echo(
            f"{script}: {_count(len(domains), 'domain')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}"
        )
    raise SystemExit(ERRORS if errors else WARNINGS if warnings else CLEAN)


def _problem_line(found: ScriptExamination, problem: Problem) -> str:
    file, line, column = found.place(problem)
    place = ":".join(str(each) for each in (file or found.source.name, line, column) if each)
    fix = f" ({problem.fix})" if problem.fix else ""
    domains = f" [{', '.join(problem.domains)}]" if problem.domains else ""
    return _printable(f"{place}: {problem.severity}: {problem.text}{fix}{domains}")


def _problem_row(found: ScriptExamination, problem: Problem) -> dict[str, Any]:
    file, line, column = found.place(problem)
    return {
        "severity": problem.severity,
        "domains": list(problem.domains),
        "file": file,
        "line": line,
        "column": column,
        "text": problem.text,
        "fix": problem.fix,
    }


def _row(domain: TLSDomain, now: float) -> dict[str, Any]:
    return {
        "name": domain.name,
        "certificates": [
            {
                "subject": view_certificate(own.chain[0]).subject.dn,
                "file": str(own.certificate_file),
                "key": describe_key(own.private_key),
                "days_left": _days(own.chain[0], now),
            }
            for own in domain.own
        ],
        "authorities": [
            {"subject": view_certificate(each).subject.dn, "days_left": _days(each, now)} for each in domain.authorities
        ],
        "crls": [
            {
                "issuer": NameView(crl.issuer).dn,
                "age_days": int((now - crl.last_update_utc.timestamp()) // _DAY),
                "days_left": None
                if crl.next_update_utc is None
                else int((crl.next_update_utc.timestamp() - now) // _DAY),
                "revoked": len(crl),
            }
            for crl in domain.revocation_lists
        ],
        "verify": domain.verify.value,
    }


def _list_row(crl: x509.CertificateRevocationList, now: float) -> dict[str, Any]:
    end = crl.next_update_utc
    return {
        "issuer": NameView(crl.issuer).dn,
        "age_days": int((now - crl.last_update_utc.timestamp()) // _DAY),
        "days_left": None if end is None else int((end.timestamp() - now) // _DAY),
        "revoked": len(crl),
    }


def _table(domains: Sequence[TLSDomain], now: float) -> Iterator[str]:
    rows = [_HEAD, *(line for domain in domains for line in _cells(_row(domain, now)))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""


def _cells(row: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The lines of one domain: as many as it has of what it has most of."""
    certificates = [(str(each["subject"]), str(each["days_left"]), each["key"]) for each in row["certificates"]]
    authorities = [str(each["subject"]) for each in row["authorities"]]
    crls = [f"{each['issuer']}, {_age(each)}" for each in row["crls"]]
    for number in range(max(1, len(certificates), len(authorities), len(crls))):
        certificate = certificates[number] if number < len(certificates) else ("", "", "")
        authority = authorities[number] if number < len(authorities) else ""
        crl = crls[number] if number < len(crls) else ""
        yield tuple(map(_printable, (row["name"] if number == 0 else "", *certificate, authority, crl)))


def _age(crl: dict[str, Any]) -> str:
    left = "" if crl["days_left"] is None else f", {_count(crl['days_left'], 'day')} left"
    return f"{_count(crl['age_days'], 'day')} old{left}"


def _days(certificate: x509.Certificate, now: float) -> int:
    return int((certificate.not_valid_after_utc.timestamp() - now) // _DAY)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """`text` with what a terminal must not get replaced by `?`."""
    return "".join(c if c.isprintable() else "?" for c in text)
