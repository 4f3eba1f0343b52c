"""`print_script`: a tree as text that is read to the same tree again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.literals import parse_address
from sertwist.script.nodes import (
    Assign,
    Block,
    Break,
    Call,
    Case,
    End,
    FlagNames,
    Global,
    GroupSetting,
    If,
    Item,
    Listen,
    LoadModule,
    ModParam,
    Return,
    Route,
    RouteCall,
    Script,
    Statement,
    Switch,
    While,
)
from sertwist.script.print_expression import print_condition, print_expression, print_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["print_script"]

_INDENT: Final = "    "
_WORD: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ROUTE_NAME: Final = re.compile(r"[A-Za-z_]\w*|0|[1-9]\d{0,17}", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z_]\w*(?:[.-]\w+)*|\d+(?:\.\d+){3}", re.ASCII)
#: Route blocks whose name is not written.
_NAMELESS: Final = frozenset({"local_route", "startup_route", "error_route"})


def print_script(script: Script) -> str:
    """The text of `script`, one item or statement a line."""
    lines: list[str] = []
    for item in script.items:
        if isinstance(item, Route) and lines:
            lines.append("")
        lines.extend(_item(item))
    return "".join(f"{line}\n" for line in lines)


def _item(item: Item) -> Iterator[str]:  # noqa: PLR0911 (one a kind of item)
    match item:
        case Route():
            return _braced(_head(item), item.body)
        case Listen():
            return iter([_listen(item)])
        case Global(is_word=True):
            return iter([f"{item.name} = {item.value}"])
        case Global():
            return iter([f"{item.name} = {_value(item.value)}"])
        case LoadModule():
            return iter([_loadmodule(item)])
        case ModParam():
            return iter([_modparam(item)])
        case FlagNames():
            return iter([_flags(item)])
        case GroupSetting():
            return iter([_group(item)])


def _value(value: int | str) -> str:
    return str(value) if isinstance(value, int) else print_text(value)


def _listen(item: Listen) -> str:
    line = f"listen = {_socket(item.protocol, item.host, item.port)}"
    if item.advertise is not None:
        line += f" advertise {_socket(*item.advertise)}"
    if item.name:
        line += f" name {print_text(item.name)}"
    return f"{line} virtual" if item.virtual else line


def _socket(protocol: str | None, host: str, port: int | None) -> str:
    is_v6 = ":" in host and parse_address(host) is not None
    shown = host if _HOST.fullmatch(host) else f"[{host}]" if is_v6 else print_text(host)
    return "".join((f"{protocol}:" if protocol else "", shown, "" if port is None else f":{port}"))


def _loadmodule(item: LoadModule) -> str:
    word, name = ("loadmodulex", item.written) if item.written else ("loadmodule", item.name)
    return f"{word}({print_text(name)}, {print_text(item.options)})" if item.options else f"{word} {print_text(name)}"


def _modparam(item: ModParam) -> str:
    word, value = ("modparamx", item.written) if item.expands else ("modparam", item.value)
    return f"{word}({print_text(item.module)}, {print_text(item.parameter)}, {_value(value)})"


def _flags(item: FlagNames) -> str:
    names = [
        (each.name if _WORD.fullmatch(each.name) else print_text(each.name))
        + ("" if each.number is None else f":{each.number}")
        for each in item.flags
    ]
    return f"{'avpflags' if item.of_attributes else 'flags'} {', '.join(names)}"


def _group(item: GroupSetting) -> str:
    instance = "" if item.instance is None else f"[{item.instance}]"
    line = f"{item.group}{instance}.{item.name} = {_value(item.value)}"
    return f"{line} desc {print_text(item.description)}" if item.description else line


def _head(route: Route) -> str:
    if route.name is None or route.word in _NAMELESS:
        return route.word
    if route.word == "event_route":
        return f"{route.word}[{route.name}]"
    seconds = f", {route.seconds}" if route.seconds else ""
    return f"{route.word}[{_route_name(route.name)}{seconds}]"


def _route_name(name: str) -> str:
    return name if _ROUTE_NAME.fullmatch(name) else print_text(name)


# -- statements -----------------------------------------------------------------------------------------------------


def _braced(head: str, block: Block) -> Iterator[str]:
    """`head { ... }`; a head that is empty is that of a block by itself."""
    yield f"{head} {{" if head else "{"
    yield from _indented(block.statements)
    yield "}"


def _indented(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        for line in _statement(statement):
            yield _INDENT + line


def _statement(statement: Statement) -> Iterator[str]:  # noqa: PLR0911 (one a kind of statement)
    match statement:
        case Block():
            return _braced("", statement)
        case If():
            return _if(statement)
        case While():
            return _braced(f"while {print_condition(statement.condition)}", statement.body)
        case Switch():
            return _switch(statement)
        case Assign():
            return iter([f"{statement.target.text} = {print_expression(statement.value)};"])
        case Return() | End():
            word = "return" if isinstance(statement, Return) else statement.word
            value = "" if statement.value is None else f" {print_expression(statement.value)}"
            return iter([f"{word}{value};"])
        case Break():
            return iter(["break;"])
        case Call(bare=True):
            return iter([f"{statement.name};"])
        case Call() | RouteCall():
            return iter([f"{print_expression(statement)};"])


def _if(statement: If) -> Iterator[str]:
    word = "if"
    for condition, body in statement.arms:
        yield f"{word} {print_condition(condition)} {{"
        yield from _indented(body.statements)
        word = "} else if"
    if statement.otherwise is not None:
        yield "} else {"
        yield from _indented(statement.otherwise.statements)
    yield "}"


def _switch(statement: Switch) -> Iterator[str]:
    yield f"switch {print_condition(statement.subject)} {{"
    for case in statement.cases:
        yield _INDENT + _label(case)
        for line in _indented(case.body.statements):
            yield _INDENT + line
    yield "}"


def _label(case: Case) -> str:
    if case.label is None:
        return "default:"
    return f"case {'/' if case.is_pattern else ''}{print_expression(case.label)}:"
