"""The target that reads routing scripts: whatever stands in them is told in words, and what has no error runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.codes import codes
from sertwist.script.compile import compile_script
from sertwist.script.diagnostic import Diagnostics, Severity, render
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.addresses import listen_addresses
from tests.scripts.corpus import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.modules.loader import Loaded
    from sertwist.script.nodes import Script

__all__ = ["corpus", "fuzz_script", "look_at"]

NAME = "/nonexistent/ser.cfg"


def corpus() -> list[Path]:
    """All scripts there are: more to change than the seeds of this target."""
    return sorted(FOLDER.rglob("*.cfg"))


def fuzz_script(data: bytes) -> None:
    """A script, read and checked as at a start, and as `--assume-modules` does; a good one is compiled too."""
    source = Source.from_bytes(NAME, data)
    script, loaded, diagnostics = look_at(source, assume_modules=False)
    _judge(source, diagnostics)
    if not diagnostics.errors:
        compile_script(script, loaded.catalogue)
    elif any(each.code == "module-not-available" for each in diagnostics):
        source = Source.from_bytes(NAME, data)
        _judge(source, look_at(source, assume_modules=True)[2])


def look_at(source: Source, *, assume_modules: bool) -> tuple[Script, Loaded, Diagnostics]:
    """What reading and checking `source` gives; files that it names are not looked for."""
    script, diagnostics = parse(source)
    loaded = load_modules(script, diagnostics, assume_modules=assume_modules)
    core = loaded.modules[0].settings
    listen_addresses(script, core, tls_loaded=loaded.named("tls") is not None, diagnostics=diagnostics)
    check(script, loaded.catalogue, diagnostics)
    return script, loaded, diagnostics


def _judge(source: Source, diagnostics: Diagnostics) -> None:
    """Each finding stands in the text, has a page of its own, and harms no terminal."""
    known = codes()
    for each in diagnostics:
        assert 0 <= each.span.start <= each.span.end <= len(source.text), each
        assert each.code in known, each
        assert isinstance(each.severity, Severity)
        shown = render(each, source)
        assert shown.replace("\n", "").replace("\t", "").isprintable(), each
