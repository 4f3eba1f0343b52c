"""`--dry-run`: what a call would change, by the method's own dry run, or else just what would be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import ExitCode
from sertwist.serctl.output import Result
from sertwist.serctl.planned import READ, Planned

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["rehearse"]

PARAMETER: Final = "dry_run"


def rehearse(program: Program, planned: Planned) -> int:
    """Show what `planned` would do. Returns 11, or 0 if a server says that it would change nothing."""

    def work(server: Server) -> Result:
        if server.client.describe(planned.method).parameter(PARAMETER) is None:
            value: Value = {"would_call": planned.words, "effect": planned.effect or "unknown"}
            return Result(server=server.name, value=value, status=ExitCode.CHANGES)
        dry = replace(planned, named={**planned.named, PARAMETER: True}, effect=READ)
        result = server.execute(dry, program.paging, program.progress)
        return replace(result, status=ExitCode.CHANGES if _changes(result.value) else ExitCode.OK)

    return program.show(program.each(work), planned.method)


def _changes(value: Value) -> bool:
    """Does the answer to a dry run tell of a change? One that says nothing of it may well have some."""
    if isinstance(value, Mapping):
        for name in ("changes", "changed", "diff"):
            if name in value:
                return bool(value[name])
        if {"old", "new"} <= value.keys():
            return value["old"] != value["new"]
    return not (isinstance(value, list | tuple) and not value)
