"""docs/diagnostics.md, made of the table that the checker's findings come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.codes import FAMILIES, codes

if TYPE_CHECKING:
    from sertwist.script.codes import Code

__all__ = ["diagnostics_page"]

_HEAD = """# Findings of the checker

This page is generated from the checker's own table by `sertwist doc --diagnostics`. Do not edit it.

`sertwist check ser.cfg` prints all of them in one run, each with its file, line and column; `-o json` and `-o sarif`
name them by code, and `sertwist check --explain CODE` prints one entry of this page. An error keeps a script from being
used; a warning is written to the log at each start; a hint is shown by a check alone. At most 200 are shown.
"""


def diagnostics_page() -> str:
    """The page, as Markdown that ends with a newline."""
    parts = [_HEAD]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}\n")
        parts += [_entry(each) for each in codes().values() if each.family == family]
    return "\n".join(parts).rstrip("\n") + "\n"


def _entry(code: Code) -> str:
    lines = [f"### {code.name}\n", f"{code.severity.value.capitalize()}: {code.title}.\n", f"{code.text}\n"]
    for each in code.wrong:
        lines += ["Wrong:\n", "```", each, "```", ""]
    for each in code.right:
        lines += ["Right:\n", "```", each, "```", ""]
    return "\n".join(lines)
