"""What one name of the language means: the same declarations as the reference page, for a terminal or an editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.server.documentation import argument_text, default_text, param_text, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sertwist.modules.declare import Module
    from sertwist.script.declare import Function, Select, Variable

__all__ = ["describe"]


def describe(name: str, modules: Iterable[Module]) -> list[str]:
    """Everything that is called `name` in `modules`: each a title line, an empty line, and what it is.

    A function, `@select`, `$variable`, operand word, setting, `module.parameter`, RPC method, event or module.
    """
    return [text for module in modules for text in _in_module(name, module)]


def _in_module(name: str, module: Module) -> Iterator[str]:
    if name == module.name:
        yield _entry(f"module {name}", module.help, _contents(module))
    yield from _in_routes(name, module)
    yield from _settings(name, module)
    for method in module.methods():
        if name in {method.name, *method.aliases}:
            params = ", ".join(param_text(each) for each in method.params)
            about = f"RPC method of module {module.name}: gives {method.result.value}, {method.effect.name.lower()}."
            yield _entry(f"{name}({params})", method.help, about)


def _in_routes(name: str, module: Module) -> Iterator[str]:
    """What a route block may name, and what it may be entered by."""
    for function in module.functions():
        if function.name == name:
            yield _entry(_call(function), function.help, f"Module {module.name}.{_waits(function)}")
    readables: list[Select | Variable] = [*module.selects(), *module.variables()]
    for readable in readables:
        if readable.name.lower() == _without_index(name).lower():
            yield _entry(readable.name, readable.help, _about(readable, module))
    for operand in module.operands():
        if operand.name == name:
            yield _entry(name, operand.help, f"Operand word, {operand.kind.value}.")
    for event in module.events:
        if event.name == name:
            yield _entry(f"event_route[{name}]", event.help, f"Raised by module {module.name}.")


def _settings(name: str, module: Module) -> Iterator[str]:
    owner = "Global setting" if module.name == "core" else f"Parameter of module {module.name}"
    for parameter in module.parameters:
        for spelling in (parameter.name, *parameter.aliases):
            if name in {f"{module.name}.{spelling}", spelling}:
                text = f"No effect here: {parameter.ignored}." if parameter.ignored else parameter.help
                default = f" Default {default_text(parameter)}." if default_text(parameter) else ""
                yield _entry(spelling, text, f"{owner}: {type_text(parameter)}.{default}")


def _entry(title: str, text: str, about: str) -> str:
    return "\n".join((title, "", *([text, ""] if text else []), about))


def _call(function: Function) -> str:
    forms = function.forms or (function.arguments,)
    return "\n".join(f"{function.name}({', '.join(argument_text(each) for each in form)})" for form in forms)


def _waits(function: Function) -> str:
    kinds = [each.name.lower() for each in type(function.routes) if each in function.routes and each.name]
    return f" It may wait. In {', '.join(kinds)} routes." if function.waits else f" In {', '.join(kinds)} routes."


def _about(readable: Select | Variable, module: Module) -> str:
    written = ", may be written" if getattr(readable, "put", None) is not None else ""
    return f"{readable.kind.value}{written}; module {module.name}."


def _without_index(name: str) -> str:
    return name.partition("[")[0].partition("(")[0]


def _contents(module: Module) -> str:
    """The names of all that `module` adds, a line each kind."""
    kinds = {
        "Parameters": [each.name for each in module.parameters if not each.ignored],
        "Functions": [each.name for each in module.functions()],
        "Selects": [each.name for each in module.selects()],
        "Variables": [each.name for each in module.variables()],
        "Events": [each.name for each in module.events],
        "RPC methods": [each.name for each in module.methods()],
    }
    return "\n".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)
