"""The tutorial and the guides show what happens: each is followed, command by command, in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.pages_run import Reader, masked, steps

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLLOWED = [page for page in sorted([DOCS / "tutorial.md", *(DOCS / "guides").glob("*.md")]) if steps(page.read_text())]


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_reader_who_follows_the_page_sees_what_it_shows(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    try:
        for step in steps(page.read_text()):
            if step.file:
                reader.save(step.file, step.text)
            else:
                assert masked(reader.type(step.command)) == masked(step.text), step.command
        assert reader.ended(), "the page leaves a server running"
    finally:
        reader.stop()


def test_tutorial_is_followed_and_whole() -> None:
    commands = [step.command for step in steps((DOCS / "tutorial.md").read_text()) if step.command]
    assert len(commands) >= 20
    for word in (
        "pki ca new",
        "sertwist check",
        "twistd",
        "ctx set",
        "explain",
        "script reload",
        "audit verify",
        "pki revoke",
    ):
        assert any(word in command for command in commands), word


def test_no_command_of_a_page_stands_where_nobody_runs_it() -> None:
    for page in FOLLOWED:
        text = page.read_text()
        typed = sum(1 for line in text.splitlines() if line.startswith("$ "))
        assert typed == sum(1 for step in steps(text) if step.command), page.name
