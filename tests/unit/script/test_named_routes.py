"""Functions that run a block by name, and functions that are not to be had."""

from __future__ import annotations

import pytest

from sertwist.script.check import check
from sertwist.script.declare import Argument, Catalogue, Function, Kind
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.parser import parse
from sertwist.script.source import Source

CATALOGUE = Catalogue()
CATALOGUE.add(
    functions=[
        Function(name="must", call=lambda _ctx, _name: 1, arguments=(Argument(name="route", kind=Kind.ROUTE),)),
        Function(
            name="may", call=lambda _ctx, _name: 1, arguments=(Argument(name="route", kind=Kind.ROUTE, may_miss=True),)
        ),
        Function(name="gone", call=lambda _ctx: 1, refused="nobody needs it"),
    ]
)


def findings(body: str) -> list[str]:
    script, diagnostics = parse(Source.from_text("ser.cfg", f"route {{ {body} }}\nroute[A] {{ return; }}"))
    assert isinstance(diagnostics, Diagnostics)
    check(script, CATALOGUE, diagnostics)
    return [f"{each.code}: {each.message}" for each in diagnostics]


@pytest.mark.parametrize("body", ['must("A");', "may(A);", 'may("A"); may("B");', "may($rc);"])
def test_block_that_a_function_runs_is_called(body: str) -> None:
    assert findings(body) == []


def test_block_that_a_function_needs_must_exist() -> None:
    assert findings('must("B");') == ["unknown-route: undefined route 'B'", "unused-route: route 'A' is never called"]


def test_function_that_is_not_to_be_had_is_an_error_with_the_reason() -> None:
    assert "refused-function: 'gone' is refused: nobody needs it" in findings("gone(); may(A);")
