"""What a check found, as programs read it: JSON, and SARIF 2.1.0 for code hosting sites and editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sertwist
from sertwist.script.codes import codes
from sertwist.script.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sertwist.server.examination import Examined
    from sertwist.server.finding import Finding

__all__ = ["as_json", "as_sarif"]

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(checked: Iterable[tuple[str, Examined]]) -> str:
    """An object with one row a script."""
    return json.dumps({"scripts": [_row(name, examined) for name, examined in checked]}, indent=2)


def _row(name: str, examined: Examined) -> dict[str, Any]:
    told = examined.told
    counts = {
        f"{severity.value}s": sum(each.severity is severity for each in examined.findings) for severity in Severity
    }
    return {
        "script": name,
        "dialect": {"name": told.dialect.value, "certain": told.certain, "reason": told.reason},
        "modules": [module.name for module in examined.loaded.modules],
        **counts,
        "findings": [each.as_json() for each in examined.findings],
    }


def as_sarif(checked: Sequence[tuple[str, Examined]]) -> str:
    """One run; a rule for each kind of finding that there is."""
    findings = [each for _, examined in checked for each in examined.findings]
    rules = sorted({each.code for each in findings})
    index = {code: at for at, code in enumerate(rules)}
    driver = {
        "name": "sertwist",
        "version": sertwist.__version__,
        "rules": [_rule(code) for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index[each.code]) for each in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str) -> dict[str, Any]:
    code = codes()[name]
    return {
        "id": name,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.text},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    text = finding.message + (f" ({finding.fix})" if finding.fix else "")
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}},
        ],
    }


def _uri(file: str) -> str:
    """A reference as RFC 3986 has it: relative paths stay relative."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else path.as_posix().replace("%", "%25").replace(" ", "%20")
