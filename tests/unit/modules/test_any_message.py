"""No function of the modules about text raises, whatever message it is given, and what is sent stays a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.script.context import Environment, RouteContext
from sertwist.script.declare import Argument, Function, Kind
from sertwist.script.reference import Reference
from sertwist.script.substitution import parse_substitution
from sertwist.sip.header_text import header_lines
from sertwist.sip.header_values import parse_place
from sertwist.sip.message import Message, Request, parse_message
from sertwist.sip.sanity import check_request
from tests.script_run import INVITE, OPTIONS, ScriptRun, make_request

MODULES = "maxfwd siputils uri options textops textopsx sanity sl kex corex"
LOADED = ScriptRun("\n".join(f'loadmodule "{name}"' for name in MODULES.split()) + "\nroute { drop; }").loaded
FUNCTIONS = [
    function
    for module in LOADED.modules
    if module.name in MODULES.split()
    for function in module.functions()
    if not function.waits
]

VARIABLE = Reference(name="$x", get=lambda _ctx: "sip:a@b", put=lambda _ctx, _value: None)
TEXTS = (
    "",
    "x",
    "X-A: b\r\n",
    "Contact[2].x",
    "a/b",
    "INVITE|ACK",
    "L_INFO",
    "sip:a@b",
    "udp:192.0.2.1:5060",
    "192.0.2.1",
)


class Ctx(RouteContext):
    """A message that nobody answers."""

    def __init__(self, message: Message | None) -> None:
        environment = Environment(wall_clock=lambda: 0.0, to_tag_key=b"k")
        super().__init__(environment, "OPTIONS", "UDP", ("192.0.2.9", 5060), ("192.0.2.1", 5060))
        self.message = message

    def replace_message(self, message: Message) -> None:
        self.message = message

    @property
    def uri(self) -> str:
        return (self.wishes.uri if self.wishes else "") or "sip:bob@example.com"

    def reply(self, _status: int, _reason: str, _headers: Any = ()) -> bool:
        return True


def values(argument: Argument) -> list[object]:
    """What a function may receive for it."""
    by_kind: dict[Kind, list[object]] = {
        Kind.NUMBER: [argument.minimum or 0, argument.maximum or 7],
        Kind.VARIABLE: [VARIABLE],
        Kind.FORMAT: [lambda _ctx: "text"],
        Kind.SUBSTITUTION: [parse_substitution(r"/([a-z]+)/\1\r\n\1/g"), parse_substitution("/nothing/x/")],
    }
    if argument.kind in by_kind:
        return by_kind[argument.kind]
    if argument.words or argument.prepare is None:
        return list(argument.words or TEXTS)
    made: list[object] = []
    for text in TEXTS:
        try:
            made.append(argument.prepare(text))
        except ValueError:
            continue
    assert made, argument
    return made


MESSAGES = (
    None,
    OPTIONS,
    INVITE,
    make_request(
        "INVITE", "sip:bob@example.com", 'Content-Type: multipart/mixed;boundary="b"', body="--b\r\n\r\n--b--"
    ),
    make_request("INVITE", "sip:bob@example.com", "Contact: *", "Route: <", "Supported:", 'Authorization: "', "To: x"),
    b"OPTIONS x:y SIP/2.0\r\nA:\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: x\r\nRecord-Route: <\r\nCSeq: x\r\n\r\nbody",
    b"OPTIONS sip:\xff SIP/2.0\r\nFrom: \xff\r\nTo: ;tag=\r\nVia: \xfe\r\nCSeq: 1\r\nExpires: -1\r\n\r\n\xff\x00",
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_no_function_raises(function: Function) -> None:
    for data in MESSAGES:
        for form in (function.arguments, *function.forms):
            needed = sum(not each.optional for each in form)
            for count in range(needed, len(form) + 1):
                choices = [values(each) for each in form[:count]]
                for turn in range(max(map(len, choices), default=1)):
                    ctx = Ctx(None if data is None else parse_message(data))
                    result = function.call(ctx, *(each[turn % len(each)] for each in choices))
                    assert isinstance(result, int)
                    check_sent(ctx)


def check_sent(ctx: Ctx) -> None:
    """What would go on is a message with the body that its Content-Length says."""
    if ctx.message is None or ctx.wishes is None or ctx.wishes.edits is None:
        return
    sent = ctx.message.serialize(ctx.wishes.edits)
    parsed = parse_message(sent)
    assert sent == parsed.raw
    if "content-length" in parsed.first:
        assert parsed.content_length == parsed.body_length


_LINES = st.sampled_from(["X-A: 1", "X-A: a, b;c=d", "Route: <sip:a>, <sip:b>\r\n", "X-B: 1\r\n x\r\nX-C:"])
_PLACES = st.sampled_from(["X-A", "X-A[2]", "X-A[-1].c", "Route[*]", "X-A.c", "Via", "x-c"])
_TEXT = st.text(st.sampled_from('aX1:,; \r\n\0\u00e4"<>='), max_size=12)
_PATTERNS = st.sampled_from(
    [r"/a/\r\n\0/g", "/X-([A-Z])/Y-\\1/", "/: /:/g", "/^.*$/x/", r"/\r\n//", "/[0-9]/Z: 1/", "/,/;/g"]
)


@st.composite
def _edits(draw: st.DrawFn) -> list[tuple[str, tuple[object, ...]]]:
    one = st.one_of(
        st.tuples(st.sampled_from(["append_hf", "insert_hf"]), st.tuples(_LINES.map(header_lines))),
        st.tuples(st.sampled_from(["remove_hf"]), st.tuples(st.sampled_from(["x-a", "route", "content-length"]))),
        st.tuples(
            st.sampled_from(["append_hf_value", "insert_hf_value", "assign_hf_value", "assign_hf_value2"]),
            st.tuples(_PLACES.map(parse_place), _TEXT),
        ),
        st.tuples(st.sampled_from(["remove_hf_value", "remove_hf_value2"]), st.tuples(_PLACES.map(parse_place))),
        st.tuples(st.sampled_from(["include_hf_value", "exclude_hf_value"]), st.tuples(st.just("x-a"), _TEXT)),
        st.tuples(st.sampled_from(["subst", "subst_body"]), st.tuples(_PATTERNS.map(parse_substitution))),
        st.tuples(st.sampled_from(["set_body"]), st.tuples(_TEXT, st.sampled_from(["", "text/plain"]))),
        st.tuples(st.sampled_from(["msg_apply_changes"]), st.just(())),
    )
    return draw(st.lists(one, max_size=8))


@settings(max_examples=150, deadline=None)
@given(_edits())
def test_any_edits_leave_a_message(edits: list[tuple[str, tuple[object, ...]]]) -> None:
    named = {function.name: function.call for function in FUNCTIONS}
    ctx = Ctx(parse_message(make_request("INVITE", "sip:b@c", "X-A: 1, 2;c=3", "x-a: 4", body="a1\r\na2\r\n")))
    for name, arguments in edits:
        result = named[name](ctx, *arguments)
        assert result in {1, -1}
        check_sent(ctx)
    message = ctx.message
    assert isinstance(message, Request)
    assert check_request(message) is None
