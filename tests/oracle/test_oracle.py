"""A script does the same compiled, compiled to be traced, printed and read again, and walked by the oracle."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from sertwist.script.printer import print_script
from tests.oracle.scripts import MESSAGES, SCRIPTS
from tests.oracle.world import Message, compiled, read, walked

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "25"))
MANY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # about the length of strategies

#: What was once done otherwise.
FOUND = [
    'route { switch ("1" mod $vn(i)) { case "bob": yes(); case /"^b": no(); default: seven(); } }',
    'route { if ($var(i) == "") { yes(); } if (src_port == "") { no(); } }',
    'route { while ($vn(j) == "") { $vn(j) = 0; yes(); } if ("" == $vn(j)) { no(); } }',
]


@MANY
@given(SCRIPTS, MESSAGES)
def test_compiled_script_does_what_the_walker_does(text: str, message: Message) -> None:
    _compare(text, message)


@pytest.mark.parametrize("text", FOUND)
def test_what_was_found_stays_right(text: str) -> None:
    _compare(f"{text}\n", Message())


def _compare(text: str, message: Message) -> None:
    script, catalogue, errors = read(text)
    # A comparison that can never hold is refused, and constants without a result; that is for other tests.
    assert all(each.startswith(("bad-comparison", "bad-operand")) for each in errors)
    if errors:
        return
    expected = walked(script, message)
    assert compiled(script, catalogue, message) == expected
    assert compiled(script, catalogue, message, trace=True) == expected
    again, catalogue, errors = read(print_script(script).replace('loadmodule "pv"', ""))
    assert not errors
    assert walked(again, message) == expected
