"""The reference page: what the installed modules declare, as Markdown; nothing is written down a second time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.script.declare import ANY_NAME, Kind
from sertwist.server.documented_tls import SPELLINGS, tls_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sertwist.modules.declare import Module
    from sertwist.rpc.declare import Method, Param
    from sertwist.script.declare import Argument, Function, Operand, Parameter, Select, Variable

__all__ = ["argument_text", "default_text", "param_text", "reference", "type_text"]

_HEAD = """# Reference

This page is generated from the declarations in the code by `sertwist doc`. Do not edit it.
What the words of the language mean is in [script.md](script.md); the calls from a shell are in [serctl.md](serctl.md).
"""


def reference(classes: Iterable[type[Module]]) -> str:
    """The reference of `classes`, core first, then by name, as Markdown that ends with a newline."""
    modules = sorted((each() for each in classes), key=lambda module: (module.name != "core", module.name))
    parts = [_HEAD]
    for module in modules:
        parts += _module(module)
    parts += ["## system\n", "Introspection and multicall; always there.\n", *_methods(system_methods(Registry()))]
    return "\n".join(parts).rstrip("\n") + "\n"


def _module(module: Module) -> list[str]:
    text = module.help.rstrip(".")
    return [
        f"## {module.name}\n",
        f"{text[:1].upper()}{text[1:]}.\n",
        *_parameters(module),
        *_operands(module.operands()),
        *_functions(module.functions()),
        *_selects(module.selects()),
        *_variables(module.variables()),
        *_methods(module.methods()),
    ]


# -- parameters -----------------------------------------------------------------------------------------------------


def _parameters(module: Module) -> list[str]:
    if not module.parameters:
        return []
    title = "Global settings" if module.name == "core" else "Parameters"
    used = [each for each in module.parameters if not each.ignored and not each.refused]
    described = [(_names(each), type_text(each), default_text(each), _one_line(each.help)) for each in used]
    rows = [  # neighbours that are described alike share a row
        (", ".join(names for names, *_ in same), *rest) for rest, same in groupby(described, key=lambda row: row[1:])
    ]
    lines = [f"### {title} of {module.name}\n", *_table(("name", "type", "default", "meaning"), rows)]
    ignored = [each for each in module.parameters if each.ignored]
    if ignored:
        lines += ["Accepted without effect, with a hint where somebody could mean something by it:\n"]
        lines += [*_reasons((each.ignored, _names(each)) for each in ignored), ""]
    refused = [(each.refused, _names(each)) for each in module.parameters if each.refused]
    return [*lines, "Refused:\n", *_reasons(refused), ""] if refused else lines


def _reasons(parameters: Iterable[tuple[str, str]]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for why, names in parameters:
        by_reason.setdefault(why, []).append(names)
    return [f"- {', '.join(names)}: {why}" for why, names in by_reason.items()]


def _names(parameter: Parameter) -> str:
    return ", ".join(f"`{name}`" for name in (parameter.name, *parameter.aliases))


def type_text(parameter: Parameter) -> str:
    """The kind, its range and unit, and whether it may be given several times."""
    text = "yes or no" if parameter.kind is Kind.BOOLEAN else parameter.kind.value
    if parameter.minimum is not None and parameter.maximum is not None:
        text += f", {parameter.minimum} to {parameter.maximum}"
    elif parameter.minimum is not None:
        text += f", at least {parameter.minimum}"
    if parameter.unit not in ("", "port", "level"):
        text += f" {parameter.unit}"
    return f"{text}, repeatable" if parameter.accumulates else text


def default_text(parameter: Parameter) -> str:
    """A default as a script would write it, empty without one."""
    if parameter.default is None:
        return ""
    if parameter.kind is Kind.BOOLEAN:
        return "yes" if parameter.default else "no"
    return str(parameter.default)


# -- functions, operand words, selects ------------------------------------------------------------------------------


def _operands(operands: Sequence[Operand]) -> list[str]:
    if not operands:
        return []
    rows = [(f"`{each.name}`", each.kind.value, _one_line(each.help)) for each in operands]
    return ["### Operand words\n", *_table(("word", "kind", "value"), rows)]


def _functions(functions: Sequence[Function]) -> list[str]:
    if not functions:
        return []
    rows = []
    for _, same in groupby(functions, key=lambda each: each.call.__name__):
        first, *aliases = same
        signature = f"`{first.name}({', '.join(argument_text(each) for each in first.arguments)})`"
        rows.append((signature, _with_aliases(first.help, (each.name for each in aliases))))
    return [f"### Functions of {functions[0].module}\n", *_table(("function", "what it does"), rows)]


def argument_text(argument: Argument) -> str:
    """An argument as a signature shows it."""
    text = f"{argument.name}: {' or '.join(argument.words) or argument.kind.value}"
    if argument.minimum is not None:
        text += f" {argument.minimum} to {argument.maximum}"
    return f"[{text}]" if argument.optional else text


def _selects(selects: Sequence[Select]) -> list[str]:
    if not selects:
        return []
    title = f"### Selects of {selects[0].module}\n"
    if selects[0].module == "tls":
        return [title, *_tls_selects(selects)]
    rows = [(f"`{each.name}`", each.kind.value, _one_line(each.help) + _goes_on(each)) for each in selects]
    note = '`*` stands for any name: `.NAME`, or `["NAME"]` behind the part before it.\n'
    has_open = any(ANY_NAME in each.path for each in selects)
    return [title, *([note] if has_open else []), *_table(("select", "kind", "value"), rows)]


def _goes_on(select: Select) -> str:
    """What can follow a select, by the shape of its value."""
    if not select.tail:
        return ""
    return " Goes on with " + " ".join(f"`.{part}`" for part in select.tail) + "."


def _tls_selects(selects: Sequence[Select]) -> list[str]:
    rows = [(f"`{name}`", kind, text) for name, kind, text in tls_rows(selects)]
    spellings = [(f"`{part}`", ", ".join(f"`{each}`" for each in others)) for part, others in SPELLINGS.items()]
    return [
        "CERT is `peer` (the verified certificate of the peer; undefined when it is not verified at this moment),",
        "`peer.unverified` (whatever the peer sent) or `my` (ours).\n",
        *_table(("select", "kind", "value"), rows),
        "Case does not matter. Every part has the other spellings that scripts use:\n",
        *_table(("part", "also written"), spellings),
        "After CERT, `subject` may be left out: `@tls.peer.locality` is `@tls.peer.subject.locality`.\n",
    ]


def _variables(variables: Sequence[Variable]) -> list[str]:
    if not variables:
        return []
    rows = [(f"`{_variable(each)}`", each.kind.value, _one_line(each.help)) for each in variables]
    return [f"### Variables of {variables[0].module}\n", *_table(("variable", "kind", "value"), rows)]


def _variable(variable: Variable) -> str:
    """The variable with what may stand behind it."""
    words = f"({' or '.join(variable.words)})" if variable.words else ""
    return variable.name + words + "[n]" * len(variable.indexes)


# -- RPC methods ----------------------------------------------------------------------------------------------------


def _methods(methods: Sequence[Method]) -> list[str]:
    if not methods:
        return []
    rows = [
        (_signature(each), each.result.value, each.effect.name.lower(), _with_aliases(each.help, each.aliases))
        for each in methods
    ]
    return [f"### RPC methods of {methods[0].module}\n", *_table(("method", "result", "effect", "what it does"), rows)]


def _signature(method: Method) -> str:
    return f"`{method.name}({', '.join(param_text(each) for each in method.params)})`"


def param_text(param: Param) -> str:
    """An RPC parameter as a signature shows it."""
    name = "any" if param.type.value == "undef" else param.type.value
    text = f"{param.name}: {name}{' ...' if param.rest else ''}"
    return f"[{text}]" if param.optional else text


# -- Markdown -------------------------------------------------------------------------------------------------------


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table and the empty line after it."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [*(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines), ""]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _with_aliases(text: str, aliases: Iterable[str]) -> str:
    names = ", ".join(f"`{each}`" for each in aliases)
    return f"{_one_line(text)} Also written {names}." if names else _one_line(text)
