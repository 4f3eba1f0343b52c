"""Run a script on a message both ways: compiled, with the modules there are, and by the walker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.modules.loader import load_modules
from sertwist.script.attributes import avp_name, values_of
from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment
from sertwist.script.declare import Argument, Function
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.script.trace import Trace
from sertwist.server.sip_context import SipContext
from sertwist.sip.message import Request, parse_message
from tests.oracle.walker import Outcome, Value, Walker
from tests.script_run import LOCAL, make_request

if TYPE_CHECKING:
    from sertwist.script.nodes import Script

__all__ = ["FACTS", "RESULTS", "Message", "compiled", "read", "walked"]

#: Functions that only write down that they were called, and what they return.
RESULTS = {"yes": 1, "seven": 7, "no": -1, "minus": -3, "stop": 0}
CELLS = ("i", "j")
LISTS = {name: avp_name(name) for name in ("a", "b", "x", "y")}


@dataclass(frozen=True)
class Message:
    """What a request is made of."""

    method: str = "OPTIONS"
    user: str = "bob"
    host: str = "example.com"
    caller: str = "alice"
    header: str | None = None
    port: int = 5070

    def request(self) -> bytes:
        """Its bytes."""
        lines = [] if self.header is None else [f"X-A: {self.header}"]
        data = make_request(self.method, f"sip:{self.user}@{self.host}" if self.user else f"sip:{self.host}", *lines)
        return data.replace(b"alice@example.org", f"{self.caller}@example.org".encode())

    def facts(self) -> dict[str, Value]:
        """What the script's names for its parts are to give."""
        return {
            "method": self.method,
            "src_port": self.port,
            "$rm": self.method,
            "$rU": self.user or None,
            "$rd": self.host,
            "$fU": self.caller,
            "$si": "192.0.2.9",
            "$sp": self.port,
            "$hdr(X-A)": self.header,
            "@method": self.method,
            "@ruri.user": self.user or None,
            "@from.uri.user": self.caller,
            "@src.port": self.port,
        }


FACTS = tuple(Message().facts())


def read(text: str) -> tuple[Script, Any, list[str]]:
    """Tree, catalogue and errors of a script, which may call what `RESULTS` names."""
    script, diagnostics = parse(Source.from_text("ser.cfg", f'loadmodule "pv"\n{text}'))
    catalogue = load_modules(script, diagnostics).catalogue
    arguments = (Argument(name="one", optional=True), Argument(name="two", optional=True))
    catalogue.add(
        Function(name=name, call=_recorder(name, result), arguments=arguments, module="test")
        for name, result in RESULTS.items()
    )
    check(script, catalogue, diagnostics)
    return script, catalogue, [f"{each.code}: {each.message}" for each in diagnostics if each.severity.value == "error"]


def _recorder(name: str, result: int) -> Any:
    def call(ctx: Any, *arguments: str) -> int:
        ctx.note("calls", list).append((name, *arguments))
        return result

    return call


def walked(script: Script, message: Message) -> Outcome:
    """What the walker says comes of `message`."""
    return Walker(script, RESULTS, message.facts()).run()


def compiled(script: Script, catalogue: Any, message: Message, *, trace: bool = False) -> Outcome:
    """What the compiled script makes of it."""
    program = compile_script(script, catalogue, trace=trace)
    request = parse_message(message.request())
    assert isinstance(request, Request)
    ctx = SipContext(Environment(wall_clock=lambda: 0.0), request, "UDP", ("192.0.2.9", message.port), LOCAL)
    if trace:
        ctx.trace = Trace()
    out = Outcome()
    try:
        out.value = program.run(ctx)
    except ConfigError as error:
        if error.code != "route-depth":
            raise
        out.failed = True
    out.dropped, out.code = ctx.dropped, ctx.return_code
    notes = ctx.notes or {}
    out.calls = notes.get("calls", [])
    for kind in ("var", "vn"):
        out.cells |= {f"{kind}:{x}": notes[f"${kind}({x})"] for x in CELLS if f"${kind}({x})" in notes}
    for name, prepared in LISTS.items():
        values = values_of(ctx, prepared)
        if values:
            out.lists[name] = list(values)
    return out
