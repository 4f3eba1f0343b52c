"""`system.*`: what a client can ask about the methods; it sees those that it may call (reference rpc 9, 14.12).

A method that the caller may not call and one that does not exist get the same answer: nobody can list by
guessing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.rpc import fault
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.declare import Method, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.rpc.openrpc import openrpc_document

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.rpc.dispatch import CallContext
    from sertwist.rpc.registry import Registry

__all__ = ["system_methods"]

_CAPABILITIES: Final = {
    "introspection": 1,
    "multicall": 1,
    "nil": 1,
    "i8": 1,
    "jsonrpc": 1,
    "paging": 1,
    "openrpc": 1,
}  # names and versions


def system_methods(registry: Registry) -> list[Method]:
    """Return the `system.*` methods, which speak about `registry`; adding them to it is the caller's part."""
    view = _Introspection(registry)
    name = (Param(name="name", type=Type.STRING, help="a method's name or alias"),)
    calls = (Param(name="calls", type=Type.ARRAY, help="structs of methodName and params"),)
    every = (Param(name="all", type=Type.BOOLEAN, optional=True, help="also those that it may not call"),)
    asked = (*name, Param(name="params", type=Type.ANY, rest=True, help="what it would be called with"))
    rows = (
        ("listMethods", view.list_methods, every, Type.ARRAY, "The methods that the caller may call, as far as known."),
        ("can", view.can, asked, Type.STRUCT, "Whether the caller could make a call: allowed, reason, script, policy."),
        ("methodHelp", view.method_help, name, Type.STRING, "What a method does."),
        ("methodSignature", view.method_signature, name, Type.ARRAY, "Its result and parameter types."),
        ("methodInfo", view.method_info, name, Type.STRUCT, "All that is declared of a method."),
        ("describe", view.describe, (), Type.STRUCT, "What the caller may call, as an OpenRPC 1.3 document."),
        ("getCapabilities", view.get_capabilities, (), Type.STRUCT, "Extensions of XML-RPC in use."),
        ("multicall", _refuse_nested, calls, Type.ARRAY, "Run calls in order."),
    )  # fmt: skip
    return [
        Method(name=f"system.{word}", run=run, params=params, result=result, module="system", help=help_)
        for word, run, params, result, help_ in rows
    ]


def _refuse_nested(_context: CallContext, _calls: Value) -> Value:
    """`run_call` runs a call's members itself: what comes here is a multicall inside of one."""
    raise Fault(400, f"Invalid Multicall: a call is {MULTICALL} itself")


class _Introspection:
    """The methods' bodies."""

    __slots__ = ("_registry",)

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def list_methods(self, context: CallContext, all_: Value = None) -> Value:
        visible, names = context.visible, self._registry.names()
        if visible is None or (all_ and visible.may_list()):
            return list(names)
        return [name for name in names if visible.may_call(name)]

    async def can(self, context: CallContext, name: str, *params: Value) -> Value:
        if context.judge is None:
            raise Fault(500, "Nobody Can Be Asked")
        if name == MULTICALL:
            raise Fault(400, f"Invalid Parameter Value: ask for the calls inside of {MULTICALL}")
        method = self._registry.resolve(name)
        opinion = await context.judge(Call(name if method is None else method.name, params))
        if opinion.allowed and method is None:
            return {"allowed": False, "reason": fault.METHOD_NOT_FOUND, "script": opinion.script, "policy": ""}
        return {
            "allowed": opinion.allowed,
            "reason": opinion.reason,
            "script": opinion.script,
            "policy": opinion.policy,
        }

    def method_help(self, context: CallContext, name: str) -> Value:
        return self._find(context, name).help or "undocumented"

    def method_signature(self, context: CallContext, name: str) -> Value:
        return _signatures(self._find(context, name))

    def method_info(self, context: CallContext, name: str) -> Value:
        method = self._find(context, name)
        return {
            "name": method.name,
            "module": method.module,
            "help": method.help,
            "params": [_describe_param(param) for param in method.params],
            "result": method.result.value,
            "effect": method.effect.name.lower(),
            "idempotent": method.idempotent,
            "aliases": list(method.aliases),
            "async": method.waits,
            "cost": method.cost.value,
            "faults": [{"code": each.code, "text": each.text} for each in method.errors],
            "since": method.since,
            "rights": [method.effect.name.lower(), *(["reveal"] if method.has_secrets else [])],
        }

    def describe(self, context: CallContext) -> Value:
        visible = context.visible
        methods = [each for each in self._registry if visible is None or visible.may_call(each.name)]
        return openrpc_document(methods)

    def get_capabilities(self, context: CallContext) -> Value:
        """The names, with versions.

        Nobody's keys are remembered (`sertwist.rpc.repeats`). Others are told the name of the memory, by which they
        know when it has become another.
        """
        said: dict[str, Value] = {name: {"specVersion": version} for name, version in _CAPABILITIES.items()}
        if context.caller.key:
            # Numbers of calls begin with it, and last as long.
            said["idempotency"] = {"specVersion": 1, "memory": context.call_id.partition("-")[0]}
        return said

    def _find(self, context: CallContext, name: str) -> Method:
        method = self._registry.resolve(name)
        visible = context.visible
        if method is None or not (visible is None or visible.may_call(method.name) or visible.may_list()):
            raise Fault(400, fault.UNKNOWN_COMMAND)
        return method


def _signatures(method: Method) -> list[Value]:
    """One array for each number of parameters that is possible; one that may be repeated is shown once."""
    types = [method.result.value, *(param.type.value for param in method.params)]
    fewest = sum(not (param.optional or param.rest) for param in method.params)
    return [list(types[: count + 1]) for count in range(fewest, len(method.params) + 1)]


def _describe_param(param: Param) -> Value:
    bounds = {"minimum": param.minimum, "maximum": param.maximum}
    return {
        "name": param.name,
        "type": param.type.value,
        "optional": param.optional or param.rest,
        "repeated": param.rest,
        "description": param.help,
        **{word: bound for word, bound in bounds.items() if bound is not None},
    }
