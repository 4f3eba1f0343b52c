"""Everything that can be told to be wrong with a script before it runs (reference language 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.checks.answers import check_answers
from sertwist.script.checks.comparisons import check_comparisons
from sertwist.script.checks.defines import check_defines
from sertwist.script.checks.flow import check_flow
from sertwist.script.checks.kinds import check_kinds
from sertwist.script.checks.results import check_results
from sertwist.script.checks.routes import check_routes
from sertwist.script.checks.texts import check_texts
from sertwist.script.compile import emit_module
from sertwist.script.dialect import Dialect
from sertwist.script.doubts import check_doubts
from sertwist.script.expressions import all_of_type
from sertwist.script.guard import check_guards
from sertwist.script.nodes import Call, Script
from sertwist.script.purpose import Purpose
from sertwist.script.unit import Unit

if TYPE_CHECKING:
    from sertwist.script.declare import Catalogue
    from sertwist.script.diagnostic import Diagnostics

__all__ = ["check"]


def check(script: Script, catalogue: Catalogue, diagnostics: Diagnostics, dialect: Dialect = Dialect.KAMAILIO) -> None:
    """Report all that is wrong with `script`, whose names are those of `catalogue`, beyond its syntax.

    A script with no error afterwards compiles.
    """
    unit = Unit(script, catalogue, diagnostics, dialect, Purpose.CHECK)
    emit_module(unit)
    check_routes(unit)
    check_kinds(unit)
    _check_modules(unit)
    check_comparisons(unit)
    check_texts(unit)
    check_defines(unit)
    check_guards(unit)
    check_doubts(unit)
    if script.is_whole:  # what could not be read may well have left, or answered
        check_flow(unit)
        check_results(unit)
        check_answers(unit)


def _check_modules(unit: Unit) -> None:
    """Modules loaded behind the first use of theirs, and TLS addresses without their module (3, 26)."""
    report = unit.diagnostics
    source = unit.script.source
    loaded = {module.stem: module for module in reversed(unit.script.modules)}
    for call in all_of_type(unit.script, Call):
        if (function := unit.catalogue.functions.get(call.name)) is None:
            continue
        module = loaded.get(function.module)
        if module is not None and module.span.start > call.span.start:
            line = source.position(call.span.start).line
            message = f"module {module.stem!r} is loaded after its first use on line {line}"
            report.warning("loaded-late", module.span, message, "move it up", cause=module.stem)
    for listen in unit.script.listens:
        if listen.protocol == "tls" and "tls" not in loaded and unit.script.has_all_items:
            if report.was_said("module-not-loaded", "tls"):
                break
            report.error(
                "tls-not-loaded",
                listen.span,
                "a TLS address needs module 'tls'",
                'add loadmodule "tls"',
                cause="tls",
            )
