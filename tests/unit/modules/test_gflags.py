"""gflags: flags that all messages share, by scripts and operators."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.modules.gflags import GflagsModule
from sertwist.rpc.fault import Fault
from tests.script_run import ScriptRun

HEAD = 'loadmodule "sl"\nloadmodule "gflags"\nmodparam("gflags", "initial", 5)\n'
ASK = 'if (is_gflag("{n}")) {{ sl_reply("200", "on"); exit; }} sl_reply("404", "off");'


def run(body: str) -> ScriptRun:
    return ScriptRun(HEAD + "route { " + body + " }")


def module_of(script: ScriptRun) -> GflagsModule:
    module = script.loaded.named("gflags")
    assert isinstance(module, GflagsModule)
    return module


@pytest.mark.parametrize(("number", "status"), [(0, 200), (1, 404), (2, 200), (31, 404)])
def test_flags_begin_as_the_script_sets_them(number: int, status: int) -> None:
    assert run(ASK.format(n=number)).send().status == status


def test_message_sets_a_flag_for_the_next() -> None:
    script = run('if (src_port == 1) { set_gflag("7"); } if (src_port == 2) { reset_gflag(7); } ' + ASK.format(n=7))
    assert [script.send(source=("192.0.2.9", port)).status for port in (9, 1, 9, 2, 9)] == [404, 200, 200, 404, 404]


def test_operators_set_flags_that_scripts_see() -> None:
    script = run(ASK.format(n=4))
    module = module_of(script)
    assert module.set_from_outside(None, 4)
    assert module.is_set_outside(None, 4)
    assert script.send().status == 200
    assert [number for number, on in enumerate(module.dump(None)) if on] == [0, 2, 4]
    assert module.reset_from_outside(None, 4)
    assert script.send().status == 404


@pytest.mark.parametrize("call", ["set_from_outside", "reset_from_outside", "is_set_outside"])
def test_there_are_thirty_two(call: str) -> None:
    method: Any = getattr(GflagsModule(), call)
    method(None, 31)
    for number in (-1, 32):
        with pytest.raises(Fault) as raised:
            method(None, number)
        assert raised.value.code == 400


def test_both_modules_that_have_flags_can_be_loaded() -> None:
    text = HEAD + 'loadmodule "cfgutils"\nroute { set_gflag(9); ' + ASK.format(n=9) + " }"
    assert ScriptRun(text).send().status == 200


@pytest.mark.parametrize(
    ("body", "words"), [("set_gflag(32);", "from 0 to 31"), ("flush_gflags();", "databases are not available yet")]
)
def test_mistake_is_found_when_the_script_is_loaded(body: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        run(body)
