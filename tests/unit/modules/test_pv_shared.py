"""`$shv`: first values, what is refused, bounds; the RPC methods."""

from __future__ import annotations

import pytest

from sertwist.limits import MAX_SHARED_TEXT, MAX_SHARED_VARIABLES
from sertwist.modules.loader import load_modules
from sertwist.modules.pv import PvModule
from sertwist.modules.pv.shared import typed_value
from sertwist.rpc.fault import Fault
from sertwist.script.context import Environment, RouteContext
from sertwist.script.parser import parse
from sertwist.script.source import Source

CTX = RouteContext(Environment(wall_clock=lambda: 0.0), "OPTIONS", "UDP", ("192.0.2.9", 5070), ("192.0.2.1", 5060))


@pytest.mark.parametrize(
    ("text", "value"),
    [("debug=i:1", ("debug", 1)), ("x = s:a=b ", ("x", "a=b ")), ("n=i:-5", ("n", -5)), ("e=s:", ("e", ""))],
)
def test_first_value_has_a_type(text: str, value: object) -> None:
    assert typed_value(text) == value


@pytest.mark.parametrize("text", ["", "debug", "debug=1", "=i:1", "a b=i:1", "x=i:one", "x=i:", "x=f:1.5"])
def test_first_value_of_another_form_is_an_error_of_the_script(text: str) -> None:
    source = Source.from_text("ser.cfg", f'loadmodule "pv"\nmodparam("pv", "shvset", "{text}")\nroute {{ exit; }}')
    script, diagnostics = parse(source)
    load_modules(script, diagnostics)
    [finding] = diagnostics
    assert finding.code == "bad-setting"
    assert source.text[finding.span.start : finding.span.end] == f'"{text}"'


def test_number_and_size_of_shared_variables_are_bounded() -> None:
    module = PvModule()
    for number in range(MAX_SHARED_VARIABLES + 1):
        module._put(CTX, f"v{number}", number)
    assert module._get(CTX, f"v{MAX_SHARED_VARIABLES - 1}") == MAX_SHARED_VARIABLES - 1
    assert module._get(CTX, f"v{MAX_SHARED_VARIABLES}") == 0
    assert CTX.environment.counters["pv.shv_full"] == 1
    module._put(CTX, "v0", "x" * MAX_SHARED_TEXT)
    module._put(CTX, "v0", "x" * (MAX_SHARED_TEXT + 1))
    assert module._get(CTX, "v0") == "x" * MAX_SHARED_TEXT
    module._put(CTX, "v0", None)
    assert module._get(CTX, "v0") == 0


def test_operators_read_and_write_shared_variables() -> None:
    module = PvModule()
    assert module.set_shared(None, "limit", "int", "7").startswith("Ok")
    assert module.get_shared(None, "limit") == 7
    assert module.get_shared(None) == {"limit": 7}
    for name, kind, value in (("limit", "float", "1"), ("a b", "int", "1"), ("limit", "int", "many")):
        with pytest.raises(Fault):
            module.set_shared(None, name, kind, value)
    with pytest.raises(Fault):
        module.get_shared(None, "other")
