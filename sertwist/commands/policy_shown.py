"""A policy's findings, table and explanations as text, JSON and Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sertwist.printable import escape_controls, escape_for_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sertwist.rpc.policy.explain import Considered, Explanation
    from sertwist.rpc.policy.finding import Finding
    from sertwist.rpc.policy.matrix import Cell, Row

__all__ = ["FORMS", "explanation_text", "findings_json", "shown_matrix"]

FORMS: Final = ("text", "json", "markdown")
_TRUTHS: Final = {True: "yes", False: "no", None: "can't be told"}


def findings_json(findings: Iterable[Finding]) -> str:
    """A list of findings."""
    rows = [
        {
            "file": each.file,
            "line": each.line,
            "severity": each.severity.value,
            "code": each.code,
            "message": each.message,
            "fix": each.fix,
        }
        for each in findings
    ]
    return _json(rows)


def shown_matrix(rows: Sequence[Row], roles: Sequence[str], form: str) -> str:
    """The table of `rows` with a column for each of `roles`."""
    if form == "json":
        return _json([_row_json(row, roles) for row in rows])
    notes: list[str] = []
    head = ["method", "effect", *roles]
    body = [
        [row.method.name, row.method.effect.name.lower(), *(_shown(row.cells[role], notes) for role in roles)]
        for row in rows
    ]
    lines = _markdown(head, body) if form == "markdown" else _columns(head, body)
    told = [f"{number}: {note}" for number, note in enumerate(notes, 1)]
    if form == "markdown":
        told = [f"- if {each}" for each in told]
    return escape_controls("\n".join([*lines, *([""] if told else []), *told]), keep_lines=True)


def _shown(cell: Cell, notes: list[str]) -> str:
    """One cell; a condition is told once, below the table."""
    if cell.answer == "no":
        return "-"
    confirmed = f" +{cell.confirmations}" if cell.confirmations else ""
    if not cell.conditions:
        return f"yes{confirmed}"
    note = "; ".join(cell.conditions)
    if note not in notes:
        notes.append(note)
    return f"if {notes.index(note) + 1}{confirmed}"


def _columns(head: list[str], body: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in [head, *body]
    ]


def _markdown(head: list[str], body: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body]]


def _row_json(row: Row, roles: Sequence[str]) -> dict[str, object]:
    return {
        "method": row.method.name,
        "effect": row.method.effect.name.lower(),
        "roles": {
            role: {
                "answer": cell.answer,
                "conditions": list(cell.conditions),
                "confirmations": cell.confirmations,
                "rules": list(cell.rules),
            }
            for role, cell in ((role, row.cells[role]) for role in roles)
        },
    }


def explanation_text(found: Explanation) -> str:
    """The verdict, and every rule that concerns the call with what it saw."""
    verdict = found.verdict
    answer = "allowed" if verdict.allowed else "denied"
    if verdict.confirm is not None:
        count = verdict.confirm.confirmations
        whom = (
            " or ".join(sorted(verdict.confirm.roles)) if verdict.confirm.roles is not None else "who may call it, too"
        )
        answer = f"allowed when {count} {'other confirms' if count == 1 else 'others confirm'} it: {whom}"
    place = f" ({verdict.file}:{verdict.line})" if verdict.line else ""
    lines = [
        f"{verdict.method}: {answer}",
        f"  {verdict.reason}{place}",
        f"  roles: {', '.join(found.roles) or 'none'}",
    ]
    for bound in verdict.bounds:
        parts = (
            f"{bound.rate:g} a second" if bound.rate else "",
            f"{bound.running} at a time" if bound.running else "",
        )
        lines.append(f"  at most {', '.join(filter(None, parts))}")
    lines += [line for each in found.considered for line in _considered(each)]
    return escape_controls("\n".join(lines), keep_lines=True)


def _considered(each: Considered) -> list[str]:
    whom = f"role {each.role}" if each.role else "everybody"
    head = f"  line {each.line}: rule {each.rule!r} ({each.kind}, {whom}) {'holds' if each.holds else 'does not hold'}"
    return [head, *(f"    {words}: {_TRUTHS[truth]}" for words, truth in each.conditions)]


def _json(value: object) -> str:
    return escape_for_json(json.dumps(value, indent=2, ensure_ascii=False))
