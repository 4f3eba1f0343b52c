"""What each kind of finding means: the one table behind `sertwist check --explain`, SARIF and docs/diagnostics.md.

The entries stand in the text files beside this file:

    [unknown-function] error: unknown function
    No module that is loaded has a function of this name.
    modules: tm
    wrong:
        t_rely();
    right:
        t_relay();

The severity is the usual one. `modules:` names what an example needs, `wrong:` and `right:` may come several times; the
lines of an example are indented by four. Every example is checked by a test: a wrong one has the finding, a right one
has not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data  # of importlib.resources a check would pay for temporary files
from typing import Final

from sertwist.script.diagnostic import Severity

__all__ = ["Code", "codes"]

_HEAD: Final = re.compile(r"\[([a-z0-9-]+)\] (error|warning|hint): (.+)")
_PART: Final = re.compile(r"(wrong|right):")
_INDENT: Final = "    "

#: The families in the order of the documentation, with their titles.
FAMILIES: Final = {
    "syntax": "How it is written",
    "preprocessor": "Preprocessor and files",
    "modules": "Modules and settings",
    "names": "Names, functions and their arguments",
    "routes": "Routes",
    "flow": "The way through a route",
    "values": "Comparisons and values",
    "messages": "What becomes of a message",
    "security": "Who is let in",
    "policy": "The policy of management calls",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding.

    Attributes:
        name: its stable name.
        severity: the usual one.
        title: what it is, in a few words.
        text: what it means and what to do, in sentences.
        family: of `FAMILIES`.
        modules: that its examples load.
        wrong: examples that have it.
        right: what to write instead.
    """

    name: str
    severity: Severity
    title: str
    text: str
    family: str
    modules: tuple[str, ...]
    wrong: tuple[str, ...]
    right: tuple[str, ...]

    def explained(self) -> str:
        """All of it for people at a terminal."""
        parts = [f"{self.name} ({self.severity.value}): {self.title}", self.text]
        parts += [f"wrong:\n{_indented(each)}" for each in self.wrong]
        parts += [f"right:\n{_indented(each)}" for each in self.right]
        return "\n\n".join(parts)


@cache
def codes() -> dict[str, Code]:
    """Every kind of finding by its name, in the order of the documentation."""
    found: dict[str, Code] = {}
    for family in FAMILIES:
        text = (get_data(__package__, f"{family}.txt") or b"").decode()
        for entry in re.split(r"\n+(?=\[)", text.strip()) if text.strip() else ():
            code = _read(entry, family)
            if code.name in found:
                raise ValueError(f"{code.name} is listed twice")
            found[code.name] = code
    return found


def _read(entry: str, family: str) -> Code:
    head, *lines = entry.splitlines()
    parsed = _HEAD.fullmatch(head)
    if parsed is None:
        raise ValueError(f"no head of an entry: {head!r}")
    words: list[str] = []
    modules: tuple[str, ...] = ()
    examples: dict[str, list[list[str]]] = {"wrong": [], "right": []}
    now: list[str] = words
    for line in lines:
        part = _PART.fullmatch(line)
        if part:
            now = []
            examples[part[1]].append(now)
        elif line.startswith("modules: "):
            modules = tuple(line.removeprefix("modules: ").split())
        else:
            now.append(line.removeprefix(_INDENT))
    return Code(
        name=parsed[1],
        severity=Severity(parsed[2]),
        title=parsed[3],
        text=" ".join(words),
        family=family,
        modules=modules,
        wrong=tuple("\n".join(each) for each in examples["wrong"]),
        right=tuple("\n".join(each) for each in examples["right"]),
    )


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in text.splitlines())
