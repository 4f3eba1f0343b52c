"""Whether what came out of a rehearsal is what a case expects: every difference in words."""

from __future__ import annotations

import xmlrpc.client
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from sertwist.rehearsal.message import parse_address
from sertwist.sip.message import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sertwist.rehearsal.case import Expected
    from sertwist.rehearsal.played import Sent
    from sertwist.rehearsal.rehearsal import Happening

__all__ = ["differences"]


def differences(expected: Expected, happened: Happening) -> list[str]:
    """What is otherwise than expected, a line each; empty when all is as it should be."""
    if expected.nothing and happened.sent:
        return [f"nothing should be sent, but {_told(happened.sent)}"]
    return [
        *_reply(expected, happened),
        *_forward(expected, happened),
        *_call(expected, happened),
        *_log(expected, happened),
        *_lines(expected, happened),
    ]


def _reply(expected: Expected, happened: Happening) -> Iterator[str]:
    replies = [(each, each.message) for each in happened.sent if isinstance(each.message, Response)]
    sent, last = replies[-1] if replies else (None, None)
    status = last.status if isinstance(last, Response) else 0
    if expected.reply is not None and expected.reply != status:
        yield f"reply should be {expected.reply or 'none'}, but {_told(happened.sent)}"
    if expected.reason is not None and (not isinstance(last, Response) or last.reason.decode() != expected.reason):
        yield f"reason should be {expected.reason!r}, but {_told(happened.sent)}"
    yield from _texts("the reply", sent, expected.reply_has, expected.reply_lacks)


def _forward(expected: Expected, happened: Happening) -> Iterator[str]:
    forwards = [each for each in happened.sent if isinstance(each.message, Request)]
    last = forwards[-1] if forwards else None
    if expected.forward == "" and last is not None:
        yield f"nothing should be sent on, but {_told(happened.sent)}"
    elif expected.forward:
        protocol, host, port = parse_address(expected.forward)
        if last is None or (last.protocol, *last.target) != (protocol, host, port):
            yield f"should be sent on to {expected.forward}, but {_told(happened.sent)}"
    yield from _texts("what is sent on", last, expected.forward_has, expected.forward_lacks)


def _texts(what: str, sent: Sent | None, wanted: Sequence[str], unwanted: Sequence[str]) -> Iterator[str]:
    lines = sent.data.decode("utf-8", "replace").split("\r\n") if sent is not None else []
    for text in wanted:
        if not any(text in line for line in lines):
            yield f"{what} should have {text!r}" + (
                ":\n    " + "\n    ".join(lines) if lines else ", but there is none"
            )
    for text in unwanted:
        for line in lines:
            if text in line:
                yield f"{what} should not have {text!r}, but has {line!r}"


def _call(expected: Expected, happened: Happening) -> Iterator[str]:
    if expected.fault is None and expected.result is None and expected.http is None:
        return
    head, _, body = (happened.sent[-1].data if happened.sent else b"").partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if expected.http is not None and status != expected.http:
        yield f"HTTP status should be {expected.http}, is {status or 'none: no answer'}"
    fault, value = _answer(body)
    if expected.fault is not None and fault != expected.fault:
        yield f"should be refused with fault {expected.fault}, but " + (
            f"fault is {fault}" if fault else f"gives {value!r}"
        )
    if expected.result is not None and value != expected.result:
        yield f"result should be {expected.result!r}, but " + (
            f"fault is {fault}: {value}" if fault else f"is {value!r}"
        )


def _answer(body: bytes) -> tuple[int, Any]:
    """The fault code, 0 without one, and the value or the fault's text, of an XML-RPC answer."""
    try:
        (value,), _ = xmlrpc.client.loads(body)
    except xmlrpc.client.Fault as fault:
        return fault.faultCode, fault.faultString
    except (ExpatError, ValueError, xmlrpc.client.Error):
        return 0, None
    return 0, value


def _log(expected: Expected, happened: Happening) -> Iterator[str]:
    lines = [text for _, text in happened.lines]
    for text in expected.log:
        if not any(text in line for line in lines):
            yield f"the log should have {text!r}, but has {lines!r}"


def _lines(expected: Expected, happened: Happening) -> Iterator[str]:
    taken = iter([step.line for step in happened.trace.steps])
    for line in expected.route_lines:
        if line not in taken:
            yield f"line {line} should be taken; taken were {_numbers(step.line for step in happened.trace.steps)}"
            return
    if expected.closed is not None and expected.closed is not happened.closed:
        yield f"the connection should {'' if expected.closed else 'not '}be closed"


def _numbers(lines: Iterable[int]) -> str:
    return ", ".join(str(each) for each in dict.fromkeys(lines)) or "none"


def _told(sent: Sequence[Sent]) -> str:
    """What was sent, in words."""
    told = []
    for each in sent:
        host, port = each.target
        first = each.data.split(b"\r\n", 1)[0].decode("utf-8", "replace")
        told.append(f"{first!r} to {each.protocol.lower()}:{host}:{port}")
    return "sent: " + "; ".join(told) if told else "nothing is sent"
