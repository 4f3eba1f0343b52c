"""The Markdown files of the project and what stands in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of `page` in `language`."""
    return [body for word, body in _FENCE.findall(page.read_text()) if word == language]


def prose(page: Path) -> str:
    """`page` without its code blocks."""
    return _FENCE.sub("", page.read_text())
