"""Everything about a script's TLS domains, whether it could start or not: what `sertwist pki check` tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.modules.loader import load_modules
from sertwist.modules.tls import TlsModule
from sertwist.modules.tls.examination import Examination, examine
from sertwist.script.check import check
from sertwist.script.diagnostic import Severity
from sertwist.script.parser import parse
from sertwist.script.source import Source, Span
from sertwist.script.tell_dialect import tell_dialect
from sertwist.server.addresses import listen_addresses
from sertwist.server.configuration import read_script
from sertwist.server.script_files import surroundings
from sertwist.tls.loading.loader import LoadOptions
from sertwist.tls.loading.problem import Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.script.diagnostic import Diagnostic

__all__ = ["ScriptExamination", "examine_script"]


@dataclass(frozen=True, slots=True)
class ScriptExamination:
    """What was found.

    Attributes:
        tls: the domains and their problems; the errors of the rest of the script are among them, without a domain.
        source: the script, for the places of problems.
    """

    tls: Examination
    source: Source

    def place(self, problem: Problem) -> tuple[str, int, int]:
        """File, line and column of `problem`; empty and 0 where it has none."""
        match problem.where:
            case Span() as span:
                return self.source.place(span)
            case Place() as place:
                return place.file, place.line, 0
            case _:
                return "", 0, 0


def examine_script(path: Path, *, now: float, warning_days: int | None) -> ScriptExamination:
    """Look at the TLS domains of the script at `path`.

    Args:
        path: the script.
        now: seconds since the epoch.
        warning_days: before an end that a warning is given; None: as the script says.

    Raises:
        ConfigError: it can't be read, or does not load the module tls (`pki-check`).
    """
    source = read_script(path)
    script, diagnostics = parse(source, surroundings())
    loaded = load_modules(script, diagnostics)
    core, tls = loaded.modules[0].settings, loaded.named("tls")
    addresses = listen_addresses(script, core, tls_loaded=tls is not None, diagnostics=diagnostics)
    check(script, loaded.catalogue, diagnostics, tell_dialect(script).dialect)
    others = [_problem(each) for each in diagnostics if each.severity is Severity.ERROR]
    if not isinstance(tls, TlsModule):
        if others:  # the reason may be among them
            return ScriptExamination(Examination((), (), tuple(others)), source)
        raise ConfigError(f"{path} does not load the module tls: it has no certificates", code="pki-check")
    found = examine(
        tls.settings,
        base_directory=path.resolve().parent,
        listeners=[(each.host, each.port) for each in addresses if each.protocol == "tls"],
        options=LoadOptions(
            insecure_key_files=tls.settings["insecure_key_files"],
            expiry_warning=tls.settings["expiry_warning_days"] if warning_days is None else warning_days,
        ),
        now=now,
    )
    return ScriptExamination(Examination(found.domains, found.holdings, (*found.problems, *others)), source)


def _problem(diagnostic: Diagnostic) -> Problem:
    return Problem(diagnostic.span, "error", diagnostic.message, diagnostic.fix)
