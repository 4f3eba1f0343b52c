"""Header lines as arguments: their ends, and variables in them (reference language 12: 55, 56)."""

from __future__ import annotations

import pytest

from tests.script_run import ScriptRun


def findings(call: str) -> list[str]:
    run = ScriptRun(f'loadmodule "textops" loadmodule "pv" loadmodule "sl"\nroute {{ {call} sl_reply("200", "OK"); }}')
    return [each.partition("\n")[0].partition(": ")[2] for each in run.findings]


LINE_END = "warning: header text does not end with CRLF, which is added (write \\r\\n at its end)"


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (r'append_hf("X: 1\r\n");', []),
        ('append_hf("X: 1");', [LINE_END]),  # header-line-end
        ('insert_hf("X: 1", "To");', [LINE_END]),
        ('append_to_reply("X: 1");', [LINE_END]),
        (r'append_hf("X: $var(x)\r\n");', ["$var(x)"]),  # header-variable
        (r'append_hf("X: " + $var(x) + "\r\n");', ["$var(x)"]),
        ('append_hf("X: " + $var(x));', ["$var(x)"]),
        ('append_hf("$var(x)");', ["$var(x)"]),
        ('append_hf("X: $var(x)$var(y)");', [LINE_END, "$var(x)", "$var(y)"]),
        (r'append_hf("X: 1, $$5\r\n");', []),
        ('remove_hf("X");', []),
        (r'append_hf("X: $si $ru $fU $Ts\r\n");', []),
        (r'append_hf("X: $hdr(Y)\r\n");', ["$hdr(Y)"]),
        (r'append_hf("X: $rb\r\n");', ["$rb"]),
        (r'append_hf("X: $(ru{s.unescape.user})\r\n");', ["$(ru{s.unescape.user})"]),
    ],
)
def test_findings(call: str, found: list[str]) -> None:
    seen = findings("$var(x) = 1; $var(y) = 2; " + call)
    wanted = [
        each if " " in each else f"warning: {each} could begin further header lines; CR and LF in it are left out"
        for each in found
    ]
    assert seen == wanted
