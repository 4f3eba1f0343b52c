"""What `tls.reload` answers: the line that old tools look for, a struct, or a fault with every reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.tls.reload import ReloadOutcome
    from sertwist.tls.loading.problem import Problem

__all__ = ["problem_line", "reload_answer"]

DONE: Final = "Ok. TLS configuration reloaded."
MOST_REASONS: Final = 50  # in one fault


def reload_answer(outcome: ReloadOutcome, locate: Callable[[object], str], *, as_struct: bool) -> object:
    """The value for `outcome`.

    Raises:
        Fault: nothing was changed; its text has a line a reason (500).
    """
    errors = [problem_line(each, locate) for each in outcome.problems if each.severity == "error"]
    warnings = [problem_line(each, locate) for each in outcome.problems if each.severity == "warning"]
    if not outcome.taken:
        more = [f"and {len(errors) - MOST_REASONS} more"] if len(errors) > MOST_REASONS else []
        reasons = "\n".join([*errors[:MOST_REASONS], *more])
        raise Fault(500, f"TLS configuration not reloaded, generation {outcome.generation} stays:\n{reasons}")
    if not as_struct:
        return DONE
    return {"generation": outcome.generation, "domains": outcome.domains, "warnings": warnings}


def problem_line(problem: Problem, locate: Callable[[object], str]) -> str:
    """One problem with its place and what to do, on one line."""
    place = f"{locate(problem.where)}: " if problem.where is not None else ""
    fix = f" ({problem.fix})" if problem.fix else ""
    return f"{place}{problem.text}{fix}"
