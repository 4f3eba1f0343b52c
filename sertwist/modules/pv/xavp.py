"""`$xavp`, `$xavu`, `$xavi`, and the functions that take them apart and put them together (reference language 8.2)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import Module, function
from sertwist.modules.pv.extended import Family, Lists, Path, read_path
from sertwist.script.declare import Argument, Kind, RouteKind, Variable
from sertwist.script.own_variables import cell_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Extended", "children_of"]

_XAVP: Final = Family("xavp")
_XAVU: Final = Family("xavu", single=True)
_XAVI: Final = Family("xavi", any_case=True)
_NAME: Final = Argument(name="name", prepare=read_path)
_NAME_ANY_CASE: Final = Argument(name="name", prepare=partial(read_path, any_case=True))
_CHILD: Final = Argument(name="child")
_TEXT: Final = Argument(name="text")
_NUMBER: Final = Argument(name="value", kind=Kind.NUMBER)
_INDEX: Final = Argument(name="index", kind=Kind.NUMBER)
_VARIABLE_NAME: Final = Argument(name="variable", expands=False)
_TARGET: Final = Argument(name="variable", kind=Kind.VARIABLE)
_PARAMETER: Final = re.compile(r'\s*([^=;\s"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;]*))?\s*(?:;|\Z)')


def _lists(ctx: RouteContext, family: Family) -> Lists:
    return ctx.note(family, partial(Lists, family))


def _get(ctx: RouteContext, path: Path, *, family: Family) -> str | int | None:
    return None if ctx.notes is None else _lists(ctx, family).get(path)


def _put(ctx: RouteContext, path: Path, value: str | int | None, *, family: Family) -> None:
    _lists(ctx, family).put(path, value)


def children_of(ctx: RouteContext, name: str) -> dict[str, str | int]:
    """The children of `$xavp(name)`, the newest value of each, in the order that they were first written."""
    children = None if ctx.notes is None else _lists(ctx, _XAVP).children(read_path(name))
    return {} if children is None else {child: values[0] for child, values in children.items()}


class Extended(Module):
    """Extended attributes live as long as their message."""

    host: Host

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        super().start(host)
        self.host = host

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        texts = {
            _XAVP: "An extended attribute: `$xavp(root[0]=>child[0])`; the newest value is 0, without index a new one.",
            _XAVU: "The same with one value for each name.",
            _XAVI: "As `$xavp`; names are the same in any case.",
        }
        return [
            *super().variables(),
            *(
                Variable(
                    variable=family.name,
                    get=partial(_get, family=family),
                    put=partial(_put, family=family),
                    kind=Kind.ANY,
                    argument=partial(read_path, any_case=family.any_case),
                    module="pv",
                    help=text,
                )
                for family, text in texts.items()
            ),
        ]

    # -- parameter lists ----------------------------------------------------------------------------------------------

    @function("xavp_params_explode", _TEXT, _NAME, routes=RouteKind.ANY)
    def explode(self, ctx: RouteContext, text: str, path: Path) -> int:
        """Make `a=1;b=2` the children `a` and `b` of a new `$xavp(name)`. Returns -1 when `text` has no parameters."""
        return _explode(_lists(ctx, _XAVP), text, path)

    @function("xavu_params_explode", _TEXT, _NAME, routes=RouteKind.ANY)
    def explode_single(self, ctx: RouteContext, text: str, path: Path) -> int:
        """The same for `$xavu(name)`."""
        return _explode(_lists(ctx, _XAVU), text, path)

    @function("xavp_params_implode", _NAME, _TARGET, routes=RouteKind.ANY)
    def implode(self, ctx: RouteContext, path: Path, target: Reference) -> int:
        """Write the children of `$xavp(name)` to `variable` as `a=1;b=2;`. Returns -1 when it has none."""
        return _implode(_lists(ctx, _XAVP), path, target, ctx, str)

    @function("xavp_params_implode_qval", _NAME, _TARGET, routes=RouteKind.ANY)
    def implode_quoted(self, ctx: RouteContext, path: Path, target: Reference) -> int:
        """The same with values in quotes."""
        return _implode(_lists(ctx, _XAVP), path, target, ctx, _quoted)

    @function("xavu_params_implode", _NAME, _TARGET, routes=RouteKind.ANY)
    def implode_single(self, ctx: RouteContext, path: Path, target: Reference) -> int:
        """The same for `$xavu(name)`."""
        return _implode(_lists(ctx, _XAVU), path, target, ctx, str)

    @function(
        "xavp_slist_explode",
        _TEXT,
        Argument(name="separator"),
        Argument(name="mode", words=("", "t")),
        _NAME,
        routes=RouteKind.ANY,
    )
    def explode_list(self, ctx: RouteContext, text: str, separator: str, mode: str, path: Path) -> int:
        """Make every item of a list a value of `$xavp(name)`, the first one newest; mode `t` leaves blanks out."""
        if not separator:
            return -1
        lists = _lists(ctx, _XAVP)
        for item in reversed(text.split(separator[0])):
            lists.put(Path(path.root), item.strip() if mode == "t" else item)
        return 1

    # -- one value ----------------------------------------------------------------------------------------------------

    @function("xavp_rm", _NAME, routes=RouteKind.ANY)
    def remove(self, ctx: RouteContext, path: Path) -> int:
        """Take all values of `$xavp(name)` away. Returns -1 when there were none."""
        return _remove(ctx, _XAVP, Path(path.root, "*"))

    @function("xavi_rm", _NAME_ANY_CASE, routes=RouteKind.ANY)
    def remove_any_case(self, ctx: RouteContext, path: Path) -> int:
        """The same for `$xavi(name)`."""
        return _remove(ctx, _XAVI, Path(path.root, "*"))

    @function("xavp_rm_by_index", _NAME, _INDEX, routes=RouteKind.ANY)
    def remove_at(self, ctx: RouteContext, path: Path, index: int) -> int:
        """Take `$xavp(name[index])` away. Returns -1 when there was none."""
        return _remove(ctx, _XAVP, Path(path.root, index))

    @function("xavp_lshift", _NAME, _INDEX, routes=RouteKind.ANY)
    def rotate(self, ctx: RouteContext, path: Path, index: int) -> int:
        """Let `$xavp(name[index])` be the first, those before it the last. Returns -1 when there are none."""
        return 1 if _lists(ctx, _XAVP).rotate(path.root, index) else -1

    @function("xavp_child_rm", _NAME, _CHILD, routes=RouteKind.ANY)
    def remove_child(self, ctx: RouteContext, path: Path, child: str) -> int:
        """Take all values of `$xavp(name=>child)` away. Returns -1 when there were none."""
        return _remove(ctx, _XAVP, Path(path.root, 0, child, "*"))

    @function("xavi_child_rm", _NAME_ANY_CASE, _CHILD, routes=RouteKind.ANY)
    def remove_child_any_case(self, ctx: RouteContext, path: Path, child: str) -> int:
        """The same for `$xavi(name=>child)`."""
        return _remove(ctx, _XAVI, Path(path.root, 0, child.lower(), "*"))

    @function("xavp_child_seti", _NAME, _CHILD, _NUMBER, routes=RouteKind.ANY)
    def set_child_number(self, ctx: RouteContext, path: Path, child: str, value: int) -> int:
        """Let `$xavp(name[0]=>child)` be the number `value` alone."""
        return _set_child(ctx, _XAVP, path, child, value)

    @function("xavp_child_sets", _NAME, _CHILD, Argument(name="value"), routes=RouteKind.ANY)
    def set_child_text(self, ctx: RouteContext, path: Path, child: str, value: str) -> int:
        """Let `$xavp(name[0]=>child)` be the text `value` alone."""
        return _set_child(ctx, _XAVP, path, child, value)

    @function("xavi_child_seti", _NAME_ANY_CASE, _CHILD, _NUMBER, routes=RouteKind.ANY)
    def set_child_number_any_case(self, ctx: RouteContext, path: Path, child: str, value: int) -> int:
        """Let `$xavi(name[0]=>child)` be the number `value` alone."""
        return _set_child(ctx, _XAVI, path, child.lower(), value)

    @function("xavi_child_sets", _NAME_ANY_CASE, _CHILD, Argument(name="value"), routes=RouteKind.ANY)
    def set_child_text_any_case(self, ctx: RouteContext, path: Path, child: str, value: str) -> int:
        """Let `$xavi(name[0]=>child)` be the text `value` alone."""
        return _set_child(ctx, _XAVI, path, child.lower(), value)

    @function(
        "xavp_copy",
        _NAME,
        _INDEX,
        Argument(name="new_name", prepare=read_path),
        Argument(name="new_index", kind=Kind.NUMBER, optional=True),
        aliases=("xavp_copy_dst",),
        routes=RouteKind.ANY,
    )
    def copy(self, ctx: RouteContext, path: Path, index: int, target: Path, new_index: int | None = None) -> int:
        """Copy `$xavp(name[index])` with its children to a new `$xavp(new_name)`, or in the place of `new_index`."""
        lists = _lists(ctx, _XAVP)
        children = lists.children(Path(path.root, index))
        if children is None:
            return -1
        copied = {name: list(values) for name, values in children.items()}
        if new_index is not None:
            return 1 if lists.replace(Path(target.root, new_index), copied) else -1
        lists.push(target.root, copied)
        return 1

    @function("pv_var_to_xavp", _VARIABLE_NAME, _NAME, routes=RouteKind.ANY)
    def keep_variables(self, ctx: RouteContext, variable: str, path: Path) -> int:
        """Make `$var(variable)`, for `*` all of them, children of a new `$xavp(name)`; -1 when there are none."""
        notes = ctx.notes or {}
        cells = {str(key)[5:-1]: value for key, value in notes.items() if str(key).startswith("$var(")}
        chosen = {name: [value] for name, value in cells.items() if variable in ("*", name)}
        if not chosen:
            return -1
        _lists(ctx, _XAVP).push(path.root, chosen)
        return 1

    @function("pv_xavp_to_var", _NAME, routes=RouteKind.ANY)
    def take_variables(self, ctx: RouteContext, path: Path) -> int:
        """Write the children of `$xavp(name)` to `$var(child)` each. Returns -1 when it has none."""
        children = _lists(ctx, _XAVP).children(path)
        if not children or ctx.notes is None:
            return -1
        ctx.notes.update({cell_of("var", name): values[0] for name, values in children.items()})
        return 1

    @function("pv_xavp_print", routes=RouteKind.ANY)
    def show(self, ctx: RouteContext) -> int:
        """Write all `$xavp` to the log."""
        return self._show(ctx, _XAVP)

    @function("pv_xavu_print", routes=RouteKind.ANY)
    def show_single(self, ctx: RouteContext) -> int:
        """Write all `$xavu` to the log."""
        return self._show(ctx, _XAVU)

    @function("pv_xavi_print", routes=RouteKind.ANY)
    def show_any_case(self, ctx: RouteContext) -> int:
        """Write all `$xavi` to the log."""
        return self._show(ctx, _XAVI)

    def _show(self, ctx: RouteContext, family: Family) -> int:
        for line in _lists(ctx, family).lines():
            self.host.log("info", "{family}: {line}", family=family.name, line=line)
        return 1


def _explode(lists: Lists, text: str, path: Path) -> int:
    children: dict[str, list[Any]] = {}
    for name, value in _PARAMETER.findall(text):
        children.setdefault(name, []).insert(0, _unquoted(value.strip()))
    if not children:
        return -1
    lists.push(path.root, children)
    return 1


def _implode(lists: Lists, path: Path, target: Reference, ctx: RouteContext, shown: Callable[[Any], str]) -> int:
    children = lists.children(path)
    if not children or target.put is None:
        return -1
    target.put(ctx, "".join(f"{name}={shown(value)};" for name, values in children.items() for value in values[::-1]))
    return 1


def _quoted(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if len(text) > 1 and text[0] == '"' == text[-1] else text


def _remove(ctx: RouteContext, family: Family, path: Path) -> int:
    return 1 if _lists(ctx, family).remove(path) else -1


def _set_child(ctx: RouteContext, family: Family, path: Path, child: str, value: str | int) -> int:
    lists = _lists(ctx, family)
    lists.remove(Path(path.root, 0, child, "*"))
    lists.put(Path(path.root, 0, child), value)
    return 1
