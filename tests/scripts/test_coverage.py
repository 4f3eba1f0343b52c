"""Everything that the language and the modules have is in some script of the corpus, and its findings were reviewed."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.core.settings import SETTINGS
from sertwist.modules.index import installed_names, module_class
from sertwist.script import nodes
from sertwist.script.codes import codes
from sertwist.script.own_variables import OWN_VARIABLES
from sertwist.script.parse_expression import BINARY, UNARY
from sertwist.script.route_kind import RouteKind
from sertwist.script.transformations import TRANSFORMATIONS
from tests.scripts.coverage import used

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.declare import Module
    from sertwist.script.declare import Parameter

#: Findings that a script of the corpus can't have, with why.
ELSEWHERE: Final = {
    "function-not-available": "the corpus is checked as if everything were there",
    "module-not-available": "the corpus is checked as if everything were there",
    "tls": "certificates are not read for the corpus",
    "never-verified": "certificates are not read for the corpus",
    "script-too-large": "a script of megabytes",
    "expansion-too-large": "a script that becomes megabytes",
    "include-bound": "hundreds of files",
    "include-refused": "depends on who owns the file",
    "nesting": "thousands of brackets",
    "too-deep": "hundreds of blocks",
    "substitution-too-long": "a line of thousands of characters",
}


def modules() -> list[Module]:
    found = [module_class(name) for name in sorted(installed_names())]
    return [kind() for kind in found if kind is not None]


def same(of: Any) -> object:
    """What several spellings share: the method that is bound."""
    return getattr(of, "__func__", of)


def test_every_node() -> None:
    kinds = {each for each in vars(nodes).values() if inspect.isclass(each) and each.__module__ == nodes.__name__}
    assert {each.__name__ for each in kinds} - used().nodes == set()


def test_every_function() -> None:
    missing = []
    for module in modules():
        functions = module.functions()
        tried = {same(each.call) for each in functions if each.name in used().functions}
        missing += [f"{module.name}.{each.name}" for each in functions if same(each.call) not in tried]
    assert missing == []


def test_every_select_of_the_core() -> None:
    (core,) = (each for each in modules() if each.name == "core")
    selects = core.selects()
    tried = {same(each.get) for each in selects if any(_begins(path, each.path) for path in used().selects)}
    assert ["@" + ".".join(each.path) for each in selects if same(each.get) not in tried] == []


def _begins(written: tuple[str, ...], declared: tuple[str, ...]) -> bool:
    return len(written) >= len(declared) and all(b in (a, "*") for a, b in zip(written, declared, strict=False))


def test_every_variable() -> None:
    variables = [each.variable for module in modules() for each in module.variables()]
    variables += [each.variable for each in OWN_VARIABLES]
    assert set(variables) - used().variables == set()


def test_every_transformation() -> None:
    assert set(TRANSFORMATIONS) - used().transformations == set()


def test_every_operator() -> None:
    operators = {word for _, word in BINARY.values()} | set(UNARY.values()) | {"strlen", "strempty"}
    assert operators - used().operators == set()


def test_every_kind_of_route() -> None:
    assert {str(each.name) for each in RouteKind} - used().route_kinds == set()


def test_every_setting() -> None:
    assert missing_of(SETTINGS, used().settings) == []


def test_every_parameter_of_a_module() -> None:
    missing = []
    for module in modules():
        written = {name for of, name in used().parameters if of == module.name}
        if module.name != "core":
            missing += [f"{module.name}.{each}" for each in missing_of(module.parameters, written)]
    assert missing == []


def missing_of(declared: Iterable[Parameter], written: set[str]) -> list[str]:
    """Those that no script sets; of those that do nothing, one for each reason why is enough."""
    given = [each for each in declared if {each.name, *each.aliases} & written]
    reasons = {each.ignored for each in given if each.ignored}
    return [each.name for each in declared if each not in given and each.ignored not in reasons]


def test_every_finding() -> None:
    of_scripts = {name for name, code in codes().items() if code.family != "policy"}
    assert of_scripts - used().codes == set(ELSEWHERE)


def test_words_of_route_blocks() -> None:
    words = {"route", "request_route", "failure_route", "onreply_route", "reply_route", "branch_route", "onsend_route"}
    words |= {"event_route", "startup_route", "local_route", "error_route", "timer_route"}
    assert words - used().route_words == set()
