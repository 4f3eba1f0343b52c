"""`run_call`: values, faults, incidents, multicall, and methods that wait."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Generator
from typing import Any

import pytest

from sertwist.rpc.call import Call, Value
from sertwist.rpc.declare import Method, Param, Type
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry


class Pause:
    """Something to wait for that the test ends."""

    def __await__(self) -> Generator[None, Any, Any]:
        return (yield)


async def wait(context: CallContext) -> Value:
    return await Pause()


async def wait_and_fail(context: CallContext) -> Value:
    await Pause()
    raise KeyError("secret")


async def wait_and_fault(context: CallContext) -> Value:
    await Pause()
    raise Fault(404, "gone")


def fault(context: CallContext) -> Value:
    raise Fault(403, "no")


def fail(context: CallContext) -> Value:
    raise ValueError("/secret/path")


def kill(context: CallContext) -> None:
    context.after_reply.append(lambda: context.server.append("killed"))


INCIDENTS: list[tuple[str, BaseException]] = []


@pytest.fixture
def context() -> CallContext:
    INCIDENTS.clear()
    registry = Registry()
    methods = {
        "echo": lambda context, *v: list(v),
        "wait": wait,
        "fault": fault,
        "fail": fail,
        "kill": kill,
        "wfail": wait_and_fail,
        "wfault": wait_and_fault,
    }
    for name, run in methods.items():
        registry.add(
            Method(name=name, run=run, params=(Param(name="v", type=Type.ANY, rest=True),) if name == "echo" else ())
        )
    for method in system_methods(registry):
        registry.add(method)
    return CallContext(registry=registry, report=lambda incident, error: INCIDENTS.append((incident, error)), server=[])


def finish(waiting: Value | Awaitable[Value], *answers: Value) -> Value:
    """Run a coroutine, giving `answers` to what it waits for."""
    assert isinstance(waiting, Awaitable)
    steps = waiting.__await__()
    try:
        next(steps)
        for answer in answers:
            steps.send(answer)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("still waiting")


def failure(call: Call, context: CallContext, *answers: Value) -> Fault:
    with pytest.raises(Fault) as caught:
        finish(run_call(call, context), *answers)
    return caught.value


def test_a_methods_value_is_the_result(context: CallContext) -> None:
    assert run_call(Call("echo", (1, "a")), context) == [1, "a"]


def test_no_result_is_true_and_what_follows_the_reply_is_left_to_the_caller(context: CallContext) -> None:
    assert run_call(Call("kill"), context) is True
    assert context.server == []
    for each in context.after_reply:
        each()
    assert context.server == ["killed"]


def test_an_unknown_method_is_a_fault(context: CallContext) -> None:
    with pytest.raises(Fault) as caught:
        run_call(Call("nothing"), context)
    assert (caught.value.code, caught.value.text) == (500, "Method Not Found")


def test_wrong_parameters_are_a_fault_before_the_method_runs(context: CallContext) -> None:
    with pytest.raises(Fault) as caught:
        run_call(Call("kill", (1,)), context)
    assert caught.value.code == 400
    assert context.after_reply == []


def test_a_defect_is_a_number_to_the_client_and_an_exception_to_the_log(context: CallContext) -> None:
    with pytest.raises(Fault) as caught:
        run_call(Call("fail"), context)
    match = re.fullmatch(r"Internal Server Error \(incident ([0-9a-f]{8})\)", caught.value.text)
    assert match is not None
    assert caught.value.code == 500
    assert caught.value.__cause__ is None
    ((incident, error),) = INCIDENTS
    assert incident == match[1]
    assert str(error) == "/secret/path"


def test_a_method_that_waits_gives_its_value_later(context: CallContext) -> None:
    assert finish(run_call(Call("wait"), context), "done") == "done"
    assert finish(run_call(Call("wait"), context), None) is True


def test_faults_and_defects_after_a_wait_are_the_same(context: CallContext) -> None:
    assert failure(Call("wfault"), context, None).text == "gone"
    assert failure(Call("wfail"), context, None).text.startswith("Internal Server Error (incident ")
    assert [type(error) for _, error in INCIDENTS] == [KeyError]


def test_a_multicalls_members_run_in_order_each_with_its_own_outcome(context: CallContext) -> None:
    members = (Call("echo", (1,)), Call("fault"), Call("nothing"), Call("kill"), Call("fail"))
    results = run_call(Call("system.multicall", (), members), context)
    assert isinstance(results, list)
    assert results[:4] == [
        [[1]],
        {"faultCode": 403, "faultString": "no"},
        {"faultCode": 500, "faultString": "Method Not Found"},
        [True],
    ]
    assert results[4]["faultString"].startswith("Internal Server Error")  # type: ignore[index, call-overload, union-attr]
    assert run_call(Call("system.multicall"), context) == []


def test_a_multicall_waits_for_its_members_in_turn(context: CallContext) -> None:
    members = (Call("echo"), Call("wait"), Call("kill"), Call("wfault"), Call("wait"), Call("echo", (2,)))
    waiting = run_call(Call("system.multicall", (), members), context)
    assert context.after_reply == []  # the third member waits for the second
    assert finish(waiting, "a", None, "b") == [
        [[]],
        ["a"],
        [True],
        {"faultCode": 404, "faultString": "gone"},
        ["b"],
        [[2]],
    ]
    assert len(context.after_reply) == 1


def test_a_multicall_inside_of_one_is_that_members_fault(context: CallContext) -> None:
    nested = Call("system.multicall", ((),), (Call("kill"),))
    results = run_call(Call("system.multicall", (), (nested,)), context)
    assert results == [{"faultCode": 400, "faultString": "Invalid Multicall: a call is system.multicall itself"}]
    assert context.after_reply == []


def test_a_multicall_is_unknown_where_it_is_not_registered() -> None:
    context = CallContext(registry=Registry(), report=lambda *_: None)
    with pytest.raises(Fault, match="Method Not Found"):
        run_call(Call("system.multicall", (), (Call("kill"),)), context)
