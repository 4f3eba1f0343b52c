"""The manual pages: one for each command, in roff that its formatter takes without a word."""

from __future__ import annotations

import shutil
import subprocess

import click

from sertwist.serctl.cli import serctl
from sertwist.serctl.manual import manual_pages

PAGES = dict(manual_pages(serctl, "serctl"))


def commands(command: click.Command, path: str) -> list[str]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [path, *(name for word, each in below for name in commands(each, f"{path}-{word}"))]


def test_every_command_has_a_page() -> None:
    assert sorted(PAGES) == sorted(f"{name}.1" for name in commands(serctl, "serctl"))


def test_page_of_serctl_has_the_parts_that_people_look_for() -> None:
    page = PAGES["serctl.1"]
    headings = [line.removeprefix(".SH ") for line in page.splitlines() if line.startswith(".SH ")]
    assert headings[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert {"OUTPUT", "COMMANDS", "EXIT STATUS"} <= set(headings)
    for option in serctl.params:
        assert option.opts[-1].replace("-", "\\-") in page, option.opts


def test_pages_are_taken_by_the_formatter() -> None:
    groff = shutil.which("groff")
    assert groff, "groff is one of the packages of `make packages`"
    for name, text in PAGES.items():
        done = subprocess.run([groff, "-man", "-Tutf8", "-ww", "-K", "utf8"], input=text.encode(), capture_output=True,
                              timeout=60, check=True)  # fmt: skip
        assert done.stderr == b"", name


def test_words_of_help_are_not_taken_for_requests_of_roff() -> None:
    command = click.Command("x", help="First.\n\n'quoted at the start\n\n\b\n.request\n\\fBback")
    (_, page), *_ = manual_pages(command, "x")
    assert "\\&'quoted" in page
    assert "\\&.request\n\\efBback" in page
