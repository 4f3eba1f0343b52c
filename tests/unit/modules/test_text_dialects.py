"""What stands in texts is decided by the dialect: `%` in header lines of SER 2, `$` in those of Kamailio."""

from __future__ import annotations

import pytest

from sertwist.script.dialect import Dialect
from tests.script_run import INVITE, ScriptRun

_ROUTE = r"""
loadmodule "textops" loadmodule "sl" loadmodule "pv"
route {
    $x = "val";
    append_to_reply("X-A: %ru %$x %@from.uri.host %{max-forwards} %%\r\n");
    append_to_reply("X-B: $rm $$\r\n");
    append_to_reply("X-C: 50%\r\n");
    sl_reply("404", "no");
}
"""


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        (Dialect.SER2, ["X-A: sip:bob@example.com val example.org 70 %", "X-B: $rm $$", "X-C: 50%"]),
        (Dialect.KAMAILIO, ["X-A: %ru %val %@from.uri.host %{max-forwards} %%", "X-B: INVITE $", "X-C: 50%"]),
    ],
)
def test_header_text(dialect: Dialect, lines: list[str]) -> None:
    sent = ScriptRun(_ROUTE, dialect=dialect).send(INVITE).sent[0].text.split("\r\n")
    assert [line for line in sent if line.startswith("X-")] == lines
