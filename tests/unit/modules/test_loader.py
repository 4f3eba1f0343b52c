"""loadmodule, modparam and global settings: what is taken, what is refused and with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.modules.loader import Loaded, load_modules
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source

if TYPE_CHECKING:
    from sertwist.script.diagnostic import Diagnostics

ROUTE = "route { force_rport(); }\n"


def _load(text: str) -> tuple[Loaded, Diagnostics]:
    script, diagnostics = parse(Source.from_text("ser.cfg", text + ROUTE))
    loaded = load_modules(script, diagnostics)
    check(script, loaded.catalogue, diagnostics)
    return loaded, diagnostics


def _messages(text: str) -> list[str]:
    return [f"{each.code}: {each.message} ({each.fix})" for each in _load(text)[1]]


@pytest.mark.parametrize(
    "name",
    [
        "sl",
        "sl.so",
        "modules/sl/sl.so",
        "./modules/sl/",
        "/usr/lib/ser/modules/sl.so",
        "/usr/lib64/kamailio/modules/sl.so",
    ],
)
def test_module_is_known_by_its_stem_whatever_the_path(name: str) -> None:
    loaded, diagnostics = _load(f'loadmodule "{name}"\n')
    assert [m.name for m in loaded.modules] == ["core", "sl"]
    assert not len(diagnostics)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('loadmodule "xmlrcp"\n', "unknown-module: unknown module 'xmlrcp' (did you mean 'xmlrpc'?)"),
        ('loadmodule "sl"\nloadmodule "sl.so"\n', "module-twice: module 'sl' is loaded twice ()"),
        ("lisen = 5\n", "unknown-setting: unknown setting 'lisen' (did you mean 'listen'?)"),
        ("debug = 10\n", "out-of-range: 'debug' must be -5 to 9 level, not 10 ()"),
        ("debug = loud\n", "number-expected: 'debug' takes a number, not 'loud' ()"),
        (
            'modparam("xmlrpc", "route", "R")\n',
            "module-not-loaded: no loaded module matches 'xmlrpc' (add loadmodule \"xmlrpc\")",
        ),
        ('modparam("(", "route", "R")\n', "bad-pattern: '(' is no pattern for module names: "),
        (
            'loadmodule "xmlrpc"\nmodparam("xmlrpc", "escape_rc", 1)\n',
            "unknown-parameter: module xmlrpc has no parameter 'escape_rc' (did you mean 'escape_cr'?)",
        ),
        (
            'loadmodule "xmlrpc"\nmodparam("xmlrpc", "max_depth", 0)\n',
            "out-of-range: 'max_depth' must be 1 to 200, not 0 ()",
        ),
        ("children = 8\n", "setting-ignored: 'children' has no effect here: one process serves all sockets ()"),
        (
            'loadmodule "xmlrpc"\nmodparam("xmlrpc", "route", "RPC")\n',
            "unknown-route: undefined route 'RPC' ()",
        ),
    ],
)
def test_problem_is_reported_with_what_to_write(text: str, message: str) -> None:
    assert any(each.startswith(message) for each in _messages(text)), _messages(text)


@pytest.mark.parametrize(("written", "value"), [("1", True), ('"0"', False), ('"yes"', True), ('"Off"', False)])
def test_switch_takes_numbers_numeric_text_and_words(written: str, value: bool) -> None:
    loaded, diagnostics = _load(f'loadmodule "xmlrpc"\nmodparam("xmlrpc", "allow_get", {written})\n')
    assert loaded.modules[1].settings["allow_get"] is value
    assert not diagnostics.errors


def test_modparam_reaches_every_module_that_its_pattern_matches_whole() -> None:
    _, diagnostics = _load('loadmodule "tls"\nloadmodule "xmlrpc"\nmodparam("TLS|x", "method", "TLSv1.3")\n')
    assert not diagnostics.errors
    assert any("sl|xmlrpc" in each for each in _messages('modparam("sl|xmlrpc", "route", "R")\n'))


def test_route_that_a_module_enters_is_neither_unknown_nor_unused() -> None:
    text = 'loadmodule "xmlrpc"\nmodparam("xmlrpc", "route", "RPC")\n'
    text += "route[RPC] { dispatch_rpc(); }\nroute[OTHER] { force_rport(); }\n"
    messages = _messages(text)
    assert not any("'RPC'" in each for each in messages)
    assert any("route 'OTHER' is never called" in each for each in messages)
    assert any(each.startswith("unguarded-rpc") for each in messages)


def test_function_of_a_module_that_is_not_loaded_says_which_to_load() -> None:
    script, diagnostics = parse(Source.from_text("ser.cfg", 'route { sl_reply("200", "OK"); }\n'))
    check(script, load_modules(script, diagnostics).catalogue, diagnostics)
    assert [each.fix for each in diagnostics] == ['add loadmodule "sl"']
