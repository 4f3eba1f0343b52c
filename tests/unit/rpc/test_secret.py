"""Secrets in results: `***` for all but those whom the policy shows them to, and no way around."""

from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

import pytest

from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.declare import Method, Type
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.jsonrpc_writer import write_value
from sertwist.rpc.registry import Registry
from sertwist.rpc.secret import Secret, shown
from sertwist.rpc.xmlrpc_writer import write_response

ROW = {"user": "bob", "auth_password": Secret("hunter2"), "more": [Secret("hunter2"), 5]}
HIDDEN = {"user": "bob", "auth_password": "***", "more": ["***", 5]}
REVEALED = {"user": "bob", "auth_password": "hunter2", "more": ["hunter2", 5]}


def context(**changes: Any) -> CallContext:
    registry = Registry()

    async def later(_context: CallContext) -> Any:
        return ROW

    for name, run, has_secrets in (
        ("uac.now", lambda _context: ROW, True),
        ("uac.later", later, True),
        ("uac.undeclared", lambda _context: ROW, False),
    ):
        registry.add(Method(name=name, run=run, result=Type.STRUCT, has_secrets=has_secrets))
    for method in system_methods(registry):
        registry.add(method)
    return CallContext(registry=registry, report=lambda *_: None, **changes)


def run(call: Call, asked: CallContext) -> Any:
    result = run_call(call, asked)
    if isinstance(result, Awaitable):
        with pytest.raises(StopIteration) as ended:
            next(result.__await__())
        return ended.value.value
    return result


@pytest.mark.parametrize("name", ["uac.now", "uac.later"])
def test_secrets_are_stars_unless_the_policy_reveals_them(name: str) -> None:
    assert run(Call(name), context()) == HIDDEN
    assert run(Call(name), context(reveal=True)) == REVEALED


@pytest.mark.parametrize("name", ["uac.now", "uac.later"])
def test_each_member_of_a_multicall_has_its_own_right(name: str) -> None:
    members = tuple(Call(each) for each in (name, "uac.now", name))
    call = Call(MULTICALL, (), members)
    assert run(call, context(reveals=(False, True, False))) == [[HIDDEN], [REVEALED], [HIDDEN]]
    assert run(call, context(reveal=True)) == [[HIDDEN]] * 3


@pytest.mark.parametrize("write", [write_response, write_value])
def test_a_secret_that_no_declaration_speaks_of_is_a_fault_and_no_leak(write: Callable[[Any], object]) -> None:
    result = run(Call("uac.undeclared"), context(reveal=True))
    with pytest.raises((Fault, TypeError)) as refused:
        write(result)
    assert "hunter2" not in str(refused.value)


def test_a_secret_is_not_seen_in_logs_or_copies() -> None:
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    for copier in (pickle.dumps, deepcopy):
        with pytest.raises(TypeError, match="not copied"):
            copier(secret)
    assert shown(secret, reveal=False) == "***"
