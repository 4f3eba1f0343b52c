"""The scripts of the corpus and what the checker says about each."""

from __future__ import annotations

from pathlib import Path

from sertwist.script.diagnostic import Severity
from sertwist.server.examination import examine, read_script
from sertwist.server.reading import Reading

__all__ = ["FOLDER", "findings", "golden", "has_errors", "scripts"]

FOLDER = Path(__file__).parent


def scripts() -> list[Path]:
    """Every script, without the parts that others include."""
    return sorted(path for path in FOLDER.rglob("*.cfg") if not path.name.endswith(".inc.cfg"))


def findings(path: Path) -> list[str]:
    """`line:column severity code: message (fix)` of each; TLS certificates that it names need not exist.

    In front stands the name of the file when it is one that the script includes.
    """
    source = read_script(path)
    lines = []
    for each in examine(source, Reading(assume_modules=True), with_tls=False).diagnostics:
        place = source.place(each.span)
        file = "" if place.file == str(path) else f"{place.file} "
        fix = f" ({each.fix})" if each.fix else ""
        line = f"{file}{place.line}:{place.column} {each.severity.value} {each.code}: {each.message}{fix}"
        lines.append(line.replace(f"{path.parent}/", ""))
    return lines


def has_errors(lines: list[str]) -> bool:
    """Whether one of `findings` keeps the script from being used."""
    return any(f" {Severity.ERROR.value} " in line.partition(": ")[0] for line in lines)


def golden(path: Path) -> list[str]:
    """What was reviewed."""
    return path.with_suffix(".txt").read_text("utf-8").splitlines()
