"""A small catalogue of functions and selects that record what they are asked, and a way to run scripts on it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from sertwist.script import Diagnostics, Program, Source, check, compile_script, parse, render
from sertwist.script.context import Environment
from sertwist.script.declare import (
    Argument,
    Catalogue,
    Function,
    Index,
    Kind,
    Operand,
    Proof,
    RouteKind,
    Select,
    Step,
    Variable,
)
from sertwist.script.own_variables import OWN_VARIABLES
from sertwist.script.show import show_script


@dataclass
class Ctx:
    """What generated code touches of a route context."""

    method: str = "OPTIONS"
    protocol: str = "UDP"
    source_ip: str = "192.0.2.1"
    source_port: int = 5060
    uri: str | None = "sip:Alice@example.org"
    return_code: int = 0
    ended: bool = False
    dropped: bool = False
    mine: tuple[str, ...] = ()
    notes: dict[object, Any] | None = None
    trace: Any = None
    at_end: Any = None
    environment: Environment = field(default_factory=lambda: Environment(wall_clock=lambda: 0.0))
    selects: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def note(self, key: object, make: Any) -> Any:
        self.notes = {} if self.notes is None else self.notes
        return self.notes.setdefault(key, make())

    def is_myself(self, value: str) -> bool:
        return value in self.mine


def record(name: str, result: int = 1) -> Any:
    def call(ctx: Ctx, *arguments: Any) -> int:
        ctx.calls.append((name, *arguments))
        return result

    return call


async def wait(ctx: Ctx, *arguments: Any) -> int:
    await asyncio.sleep(0)
    ctx.calls.append(("wait", *arguments))
    return 1


def fail(ctx: Ctx) -> int:
    raise LookupError("the database is gone")


CODE = Argument(name="code", kind=Kind.NUMBER, minimum=100, maximum=699)
REASON = Argument(name="reason")
TEXT = Argument(name="text", kind=Kind.FORMAT)
LEVEL = Argument(name="level", words=("l_info", "l_err"))


def only_even(text: str) -> list[str]:
    """Stands for what functions make of a text: here its two halves."""
    if len(text) % 2:
        raise ValueError("it must have an even number of characters")
    return [text[: len(text) // 2], text[len(text) // 2 :]]


FUNCTIONS = [
    Function(name="yes", call=record("yes")),
    Function(name="gone", call=record("gone"), refused="use yes"),
    Function(name="no", call=record("no", -1)),
    Function(name="stop", call=record("stop", 0)),
    Function(name="say", call=record("say"), arguments=(Argument(name="text"),)),
    Function(name="count", call=record("count", 7), arguments=(Argument(name="n", kind=Kind.NUMBER),)),
    Function(name="sl_reply", call=record("sl_reply"), arguments=(CODE, REASON), module="sl"),
    Function(name="option", call=record("option"), arguments=(Argument(name="text", optional=True),)),
    Function(name="touch", call=record("touch"), bare=True),
    Function(name="is_peer", call=record("is_peer"), proof=Proof.VERIFIED),
    Function(name="choose", call=record("choose"), arguments=(Argument(name="kind", words=("dns", "uri")),)),
    Function(name="dispatch_rpc", call=record("dispatch_rpc"), module="xmlrpc", guarded=True),
    Function(name="flag", call=record("flag"), arguments=(Argument(name="flag", kind=Kind.FLAG),)),
    Function(
        name="arm",
        call=record("arm"),
        arguments=(Argument(name="route", kind=Kind.ROUTE, route=RouteKind.FAILURE),),
    ),
    Function(name="log", call=record("log"), arguments=(TEXT,), forms=((LEVEL, TEXT),)),
    Function(name="keep", call=record("keep"), arguments=(Argument(name="variable", kind=Kind.VARIABLE),)),
    Function(name="even", call=record("even"), arguments=(Argument(name="text", prepare=only_even),)),
    Function(name="raw", call=record("raw"), arguments=(Argument(name="text", expands=False),)),
    Function(name="wait", call=wait, waits=True),
    Function(name="fail", call=fail),
]
OPERANDS = [
    Operand(name="method", attribute="method", kind=Kind.TEXT),
    Operand(name="proto", attribute="protocol", kind=Kind.PROTOCOL),
    Operand(name="src_ip", attribute="source_ip", kind=Kind.ADDRESS),
    Operand(name="src_port", attribute="source_port", kind=Kind.NUMBER),
    Operand(name="uri", attribute="uri", kind=Kind.URI),
]
SELECTS = {
    "a": Kind.TEXT,
    "b": Kind.TEXT,
    "n": Kind.NUMBER,
    "tls.peer.verified": Kind.BOOLEAN,
    "tls.peer.subject.cn": Kind.TEXT,
    "tls.peer.reason": Kind.TEXT,
}


#: What a name says about who the peer is.
PROOFS = {"tls.peer.verified": Proof.VERIFIED, "tls.peer.subject.cn": Proof.IDENTITY, "tls.peer.reason": Proof.ASKED}


def echo(ctx: Ctx, *given: Any) -> str:
    """What a select or a variable received, joined."""
    return "/".join(map(str, given))


def prepare_pair(group: str, name: str) -> tuple[str, str]:
    """What stands for the open parts of `@pair.GROUP.NAME`, as one thing."""
    if name == "nothing":
        raise ValueError("there is no such name")
    return group, name


#: What can follow `@open.NAME[n]`: `.first`, `.first.all`, `.of.NAME`.
TAIL = {
    "first": Step(get=lambda value: value and value[0], tail={"all": Step(get=lambda value: value, kind=Kind.NUMBER)}),
    "of": Step(get=lambda value: value, tail={"*": Step(get=lambda value, name: f"{value}:{name}")}),
}

#: Names with indexes and arguments.
INDEXED = [
    Select(path=("first",), get=echo, indexes=(Index(after=1, default=0),)),
    Select(path=("must",), get=echo, indexes=(Index(after=1),)),
    Select(path=("via", "params"), get=echo, indexes=(Index(after=1, default=1), Index(after=2, kind=Kind.TEXT))),
    Select(path=("open", "*"), get=echo, indexes=(Index(after=2, default=1, takes_all=True),), tail=TAIL),
    Select(path=("open", "closed"), get=lambda ctx: "closed"),
    Select(path=("open", "*", "first", "own"), get=echo, tail=TAIL),
    Select(path=("pair", "*", "*"), get=lambda ctx, pair: "+".join(pair), prepare=prepare_pair),
    Select(path=("kind",), get=lambda ctx: "red", values=("red", "green"), values_help="by day"),
    Select(path=("many",), get=lambda ctx: "one", several="use all()"),
]
VARIABLES = [
    Variable(variable="v", get=lambda ctx: ctx.selects.get("v")),
    Variable(variable="none", get=lambda ctx: None),
    Variable(variable="flag", get=lambda ctx: ctx.selects.get("flag", False), kind=Kind.BOOLEAN),
    Variable(variable="v_list", get=echo, indexes=(Index(default=0),)),
    Variable(variable="v_count", get=echo, words=("DNS", "IP"), indexes=(Index(default=0),)),
    Variable(variable="v_peer", get=lambda ctx: ctx.selects.get("tls.peer"), proof=Proof.IDENTITY),
]


def make_catalogue(*, return_code: bool = False) -> Catalogue:
    def get(name: str) -> Any:
        return lambda ctx: ctx.selects.get(name)

    catalogue = Catalogue(elsewhere={"t_relay": "tm", "@xmlrpc.method": "xmlrpc", "$xrpc_all": "xmlrpc"})
    plain = [
        Select(path=tuple(n.split(".")), get=get(n), kind=k, proof=PROOFS.get(n, Proof.NOTHING))
        for n, k in SELECTS.items()
    ]
    peer = Select(path=("tls", "peer"), get=get("tls.peer"), compare=get("tls.peer compared"), proof=Proof.IDENTITY)
    catalogue.add(FUNCTIONS, [*plain, *INDEXED, peer], OPERANDS, [*VARIABLES, *OWN_VARIABLES])
    if return_code:
        catalogue.add(operands=[Operand(name="retcode", attribute="return_code", kind=Kind.NUMBER)])
    return catalogue


class Bench:
    """Compiles and runs scripts on the small catalogue."""

    catalogue = make_catalogue()
    with_return_code = make_catalogue(return_code=True)
    Ctx = Ctx

    def check(self, text: str, catalogue: Catalogue | None = None) -> tuple[Diagnostics, Source]:
        source = Source.from_text("ser.cfg", text)
        script, diagnostics = parse(source)
        check(script, catalogue or self.catalogue, diagnostics)
        return diagnostics, source

    def findings(self, text: str) -> list[str]:
        """Code and place of each finding, without the hints and warnings that most tests don't mean."""
        diagnostics, source = self.check(text)
        return [f"{d.code} {':'.join(map(str, source.position(d.span.start)))}" for d in diagnostics]

    def rendered(self, text: str) -> str:
        diagnostics, source = self.check(text)
        return "\n".join(render(each, source) for each in diagnostics)

    def compile(self, text: str, *, return_code: bool = False, name: str = "ser.cfg", **options: Any) -> Program:
        catalogue = self.with_return_code if return_code else self.catalogue
        script, diagnostics = parse(Source.from_text(name, text))
        check(script, catalogue, diagnostics)
        assert not diagnostics.errors, [each.message for each in diagnostics]
        return compile_script(script, catalogue, **options)

    def python(self, text: str) -> str:
        """What a script becomes."""
        script, _ = parse(Source.from_text("ser.cfg", text))
        return show_script(script, self.catalogue, notes=False)

    def run(self, text: str, ctx: Ctx | None = None, *, return_code: bool = False) -> tuple[int, list[Any]]:
        """The value of the script, and the calls it made."""
        program = self.compile(text, return_code=return_code)
        ctx = ctx or Ctx()
        result = program.run(ctx)
        value = asyncio.run(_finish(result)) if program.waits else result
        return value, ctx.calls

    def holds(self, condition: str, /, **given: Any) -> bool:
        """Whether `condition` is true; attributes of the context by name, selects with `__` for the dots."""
        ctx = Ctx()
        for name, value in given.items():
            if hasattr(ctx, name):
                setattr(ctx, name, value)
            else:
                ctx.selects[name.replace("__", ".").replace("_compared", " compared")] = value
        _, calls = self.run("route { if (" + condition + ') say("T"); else say("F"); }', ctx)
        return calls[-1] == ("say", "T")


async def _finish(awaitable: Any) -> int:
    return await awaitable


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
