"""The table of findings: every code that is used is in it, and every example in it says what it shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import sertwist
from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.codes import Code, codes
from sertwist.script.diagnostic import Severity
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.addresses import listen_addresses
from sertwist.server.diagnostics_page import diagnostics_page

PACKAGE = Path(sertwist.__file__).parent
_REPORTING = frozenset({"error", "warning", "hint", "add"})
_CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
_TOP_LEVEL = re.compile(
    r"^(route *[\[{]|\w+_route *[\[{]|listen|loadmodule|modparam|flags|avpflags|#!|import_file|include_file"
    r"|[\w.\[\]]+ *= *[\w\"])",
    re.MULTILINE,
)


def _codes_used() -> dict[str, str]:
    """Code to the file that reports it: what is written as the first argument of a report."""
    used: dict[str, str] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REPORTING:
                for code in _constants(node.args[:1]):
                    if len(node.args) >= 3 and _CODE.fullmatch(code):
                        used[code] = path.name
    return used


def _constants(arguments: list[ast.expr]) -> list[str]:
    return [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _findings(code: Code, example: str) -> list[str]:
    """Codes found in an example: statements are put into a main route, and what it loads is loaded."""
    text = example if _TOP_LEVEL.search(example) else f"route {{\n{example}\n}}\n"
    if not re.search(r"^(route|request_route)", text, re.MULTILINE):
        text += "\nroute { force_rport(); }\n"
    loads = "".join(f'loadmodule "{name}"\n' for name in code.modules)
    script, diagnostics = parse(Source.from_text("ser.cfg", loads + text + "\n"))
    loaded = load_modules(script, diagnostics, assume_modules=True)
    tls = loaded.named("tls") is not None
    listen_addresses(script, loaded.modules[0].settings, tls_loaded=tls, diagnostics=diagnostics)
    check(script, loaded.catalogue, diagnostics)
    return [each.code for each in diagnostics]


def test_every_code_that_is_reported_is_in_the_table() -> None:
    missing = {code: where for code, where in _codes_used().items() if code not in codes()}
    assert not missing


def test_severities_and_texts_are_there() -> None:
    for code in codes().values():
        assert isinstance(code.severity, Severity)
        assert code.title
        assert code.text.endswith(".") or code.wrong, code.name


_WRONG = [(code, example) for code in codes().values() for example in code.wrong]
_RIGHT = [(code, example) for code in codes().values() for example in code.right]


@pytest.mark.parametrize(("code", "example"), _WRONG, ids=[code.name for code, _ in _WRONG])
def test_a_wrong_example_has_the_finding(code: Code, example: str) -> None:
    assert code.name in _findings(code, example)


@pytest.mark.parametrize(("code", "example"), _RIGHT, ids=[code.name for code, _ in _RIGHT])
def test_a_right_example_has_not_got_it(code: Code, example: str) -> None:
    assert code.name not in _findings(code, example)


def test_the_page_is_up_to_date() -> None:
    page = PACKAGE.parent / "docs" / "diagnostics.md"
    assert page.read_text(encoding="utf-8") == diagnostics_page(), "sertwist doc --diagnostics > docs/diagnostics.md"
