"""Turn a checked script into functions: a Python syntax tree, compiled under the script's own file name."""

from __future__ import annotations

import ast
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.script.diagnostic import Diagnostics, Severity, render
from sertwist.script.dialect import Dialect
from sertwist.script.emit_route import RouteEmitter
from sertwist.script.program import Program
from sertwist.script.purpose import Purpose
from sertwist.script.source import Span
from sertwist.script.unit import ROUTES, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.declare import Catalogue
    from sertwist.script.nodes import Script

__all__ = ["compile_script", "emit_module"]


def emit_module(unit: Unit) -> ast.Module:
    """The script as a Python module; what is wrong with its expressions and calls is reported to the unit."""
    functions = [RouteEmitter(unit, key, route).function() for key, route in unit.graph.routes.items()]
    return ast.Module(body=[*unit.prologue, *functions, *_route_table(unit)], type_ignores=[])


def _route_table(unit: Unit) -> list[ast.stmt]:
    """`routes = {name: function}` for calls of routes whose name is computed."""
    if not unit.graph.is_computed:
        return []
    table = {name: unit.route_names[key] for name, key in unit.graph.callable_routes().items()}
    return [unit.python.table(ROUTES, table, Span(0, 0))]


def compile_script(
    script: Script, catalogue: Catalogue, dialect: Dialect = Dialect.KAMAILIO, *, trace: bool = False
) -> Program:
    """The program of a script that `check` found no error in.

    Args:
        script: what was parsed.
        catalogue: of the modules that it loads.
        dialect: decides where the families of servers differ.
        trace: the program takes down in `ctx.trace` which statements it runs and what they look at.

    Raises:
        ConfigError: the script has an error after all.
    """
    diagnostics = Diagnostics()
    unit = Unit(script, catalogue, diagnostics, dialect, Purpose.TRACE if trace else Purpose.RUN)
    module = emit_module(unit)
    for found in diagnostics:
        if found.severity is Severity.ERROR:
            raise ConfigError(render(found, script.source), code=found.code)
    if not unit.graph.entries():
        raise ConfigError(f"{script.source.name}: there is no main route", code="no-main-route")
    names: dict[str, Any] = dict(unit.names)
    for file, statements in _by_file(unit, module):
        # The tree is our own making; what a script says reaches it only as constants and checked names.
        exec(compile(statements, file, "exec", dont_inherit=True), names)  # noqa: S102
    functions = {key: names[unit.route_names[key]] for key in unit.graph.routes}
    names_written = [each.word if each.name is None else f"{each.word}[{each.name}]" for each in script.routes]
    timers = {str(each.name): each.seconds for each in script.routes if each.seconds}
    return Program.of(functions, names_written, timers)


def _by_file(unit: Unit, module: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """The statements of `module` in their order, by the file that their route is written in: a traceback names it."""
    source = unit.script.source
    route_files = {unit.route_names[key]: source.file_of(route.span) for key, route in unit.graph.routes.items()}
    for file, run in groupby(module.body, lambda each: route_files.get(getattr(each, "name", ""), source.name)):
        yield file, ast.Module(body=list(run), type_ignores=[])
