"""`Registry` and introspection: names, aliases, and what a caller may see."""

from __future__ import annotations

import pytest

from sertwist.rpc.call import Call, Value
from sertwist.rpc.declare import Effect, Error, Method, Param, Type
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry

KILL = Method(
    name="core.kill",
    run=lambda context, signal=15: signal,
    aliases=("kill",),
    effect=Effect.DESTRUCTIVE,
    idempotent=False,
    errors=(Error(400, "Unsupported signal"),),
    has_secrets=True,
    module="core",
    params=(Param(name="signal", type=Type.INT, optional=True, minimum=1, maximum=64, help="number"),),
    result=Type.INT,
    help="Stop.",
)
ECHO = Method(
    name="core.echo",
    run=lambda context, *values: list(values),
    params=(Param(name="value", type=Type.ANY, rest=True),),
    result=Type.ARRAY,
)


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    for method in (KILL, ECHO, *system_methods(registry)):
        registry.add(method)
    return registry


class Visible:
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def may_call(self, name: str) -> bool:
        return name in self._names

    def may_list(self) -> bool:
        return False


def ask(registry: Registry, method: str, *params: Value, allowed: set[str] | None = None) -> Value:
    def report(_incident: str, error: BaseException) -> None:
        raise error

    context = CallContext(registry=registry, report=report, visible=None if allowed is None else Visible(allowed))
    return run_call(Call(method, params), context)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "taken",
    [
        Method(name="core.kill", run=print),
        Method(name="kill", run=print),
        Method(name="x", run=print, aliases=("kill",)),
        Method(name="x", run=print, aliases=("x",)),
        Method(name="x", run=print, aliases=("y", "y")),
    ],
)
def test_a_name_is_used_once_and_a_refused_method_leaves_nothing(registry: Registry, taken: Method) -> None:
    before = registry.names()
    with pytest.raises(ValueError, match="already used"):
        registry.add(taken)
    assert registry.names() == before
    assert registry.resolve("y") is None
    assert registry.resolve("x") is None


def test_methods_are_found_by_name_and_alias_only_exactly(registry: Registry) -> None:
    assert registry.resolve("kill") is registry.resolve("core.kill") is KILL
    assert [registry.resolve(name) for name in ("Core.kill", "core.kill ", "", "__class__")] == [None] * 4


def test_aliases_are_resolved_in_a_call_and_in_its_members(registry: Registry) -> None:
    call = Call("system.multicall", (), (Call("kill", (9,)), Call("nothing"), Call("core.echo")))
    assert registry.canonical(call).methods == ("core.kill", "nothing", "core.echo")
    assert registry.canonical(call).members[0].params == (9,)
    assert registry.canonical(Call("kill")) == Call("core.kill")
    plain = Call("core.echo")
    assert registry.canonical(plain) is plain


def test_methods_are_listed_sorted_by_canonical_name(registry: Registry) -> None:
    names = ask(registry, "system.listMethods")
    assert names == sorted(registry.names())
    assert [method.name for method in registry] == names
    assert len(registry) == 10
    assert "kill" not in registry.names()


def test_only_what_the_caller_may_call_is_listed(registry: Registry) -> None:
    assert ask(registry, "system.listMethods", allowed={"core.echo"}) == ["core.echo"]


@pytest.mark.parametrize("method", ["system.methodHelp", "system.methodSignature", "system.methodInfo"])
def test_a_hidden_method_answers_as_an_unknown_one(registry: Registry, method: str) -> None:
    faults = []
    for name in ("core.kill", "kill", "nothing"):
        with pytest.raises(Fault) as caught:
            ask(registry, method, name, allowed={"core.echo"})
        faults.append((caught.value.code, caught.value.text))
    assert faults == [(400, "command not found")] * 3


def test_help_signature_and_info_come_from_the_declaration(registry: Registry) -> None:
    assert ask(registry, "system.methodHelp", "kill") == "Stop."
    assert ask(registry, "system.methodHelp", "core.echo") == "undocumented"
    assert ask(registry, "system.methodSignature", "core.kill") == [["int"], ["int", "int"]]
    assert ask(registry, "system.methodSignature", "core.echo") == [["array"], ["array", "undef"]]
    assert ask(registry, "system.methodInfo", "core.kill") == {
        "name": "core.kill",
        "module": "core",
        "help": "Stop.",
        "result": "int",
        "effect": "destructive",
        "idempotent": False,
        "aliases": ["kill"],
        "async": False,
        "cost": "cheap",
        "faults": [{"code": 400, "text": "Unsupported signal"}],
        "since": "0.1",
        "rights": ["destructive", "reveal"],
        "params": [
            {
                "name": "signal",
                "type": "int",
                "optional": True,
                "repeated": False,
                "description": "number",
                "minimum": 1,
                "maximum": 64,
            }
        ],
    }


def test_capabilities_have_versions_and_nobody_has_keys_remembered(registry: Registry) -> None:
    capabilities = ask(registry, "system.getCapabilities")
    assert capabilities["multicall"] == {"specVersion": 1}  # type: ignore[index, call-overload]
    assert "idempotency" not in capabilities  # type: ignore[operator]
