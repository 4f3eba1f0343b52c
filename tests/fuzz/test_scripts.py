"""Scripts that nest or repeat one thing 10,000 times: refused politely or read, never a crash."""

from __future__ import annotations

import pytest

from tests.fuzz.scripts import fuzz_script

N = 10_000
QUOTED = '"a" '
SHAPES = {
    "parentheses": f"route {{ if ({'(' * N}1{')' * N}) exit; }}",
    "open parentheses": f"route {{ if {'(' * N}",
    "blocks": f"route {{ {'{' * N}exit;{'}' * N} }}",
    "open blocks": f"route {'{' * N}",
    "ifs": f"route {{ {'if (yes == 1) ' * N} exit; }}",
    "else ifs": f"route {{ {'if (method == 1) exit; else ' * N} exit; }}",
    "whiles": f"route {{ {'while (method == 1) {' * N}exit;{'}' * N} }}",
    "switches": f"route {{ {'switch (method) { case 1: ' * N}exit;{'}' * N} }}",
    "nots": f"route {{ if ({'!' * N}method) exit; }}",
    "minuses": f"route {{ if (1 == {'-' * N}1) exit; }}",
    "sums": f"route {{ $var(x) = 1{' + 1' * N}; }}",
    "ors": f"route {{ if (method == 1{' || method == 1' * N}) exit; }}",
    "variables": f"route {{ $var(x) = {'$avp(' * N}x{')' * N}; }}",
    "transformations": f"route {{ $var(x) = $(ru{'{s.len}' * N}); }}",
    "select parts": f"route {{ if (@a{'.a' * N} == 1) exit; }}",
    "comments": f"{'/*' * N}{'*/' * N} route {{ exit; }}",
    "conditions": "#!ifdef A\n" * N + "#!endif\n" * N + "route { exit; }",
    "definitions": "".join(f"#!define A{at} A{at + 1}\n" for at in range(N)) + "route { route(A0); }",
    "routes": "route { route(0x); }" + "".join(f"route[R{at}] {{ route(R{at + 1}); }}\n" for at in range(N // 4)),
    "cases": f"route {{ switch (1) {{ {''.join(f'case {at}: exit; ' for at in range(N // 4))} }} }}",
    "strings": f"route {{ log({QUOTED * N}); }}",
    "arguments": f"route {{ log({'1, ' * N}1); }}",
    "modules": 'loadmodule "sl"\n' * N + "route { exit; }",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_is_read_or_refused(text: str) -> None:
    fuzz_script(text.encode())
