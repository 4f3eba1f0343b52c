"""`group.name = value` of a script to groups of its own (reference language 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.groups import Group, GroupError, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.modules.groups import Groups
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import GroupSetting
    from sertwist.script.source import Span

__all__ = ["add_script_groups"]


def add_script_groups(
    nodes: Iterable[GroupSetting], groups: Groups, diagnostics: Diagnostics, file_of: Callable[[Span], str]
) -> None:
    """Add the groups that a script declares to those of its modules, in the order written.

    Another file (`file_of` tells which a place is in) may give a variable another value: that is how a script has the
    settings that `cfg.persist` wrote.
    """
    declared: dict[tuple[str, str], str] = {}
    of_modules = {group.name for group in groups}
    for node in nodes:
        written = f"{node.group}.{node.name}"
        if node.group in of_modules:
            owner = "the global settings" if node.group == "core" else f"module {node.group!r}"
            fix = f"write {node.name} = ..." if node.group == "core" else f'use modparam("{node.group}", ...)'
            text = f"{written!r}: the group {node.group!r} is that of {owner}"
            diagnostics.error("group-of-module", node.name_span, text, fix)
        elif node.instance is None:
            file = file_of(node.name_span)
            first = declared.setdefault((node.group, node.name), file)
            _declare(node, groups, diagnostics, is_elsewhere=first != file)
        else:
            _set(node, groups, diagnostics)


def _declare(node: GroupSetting, groups: Groups, diagnostics: Diagnostics, *, is_elsewhere: bool) -> None:
    if node.group not in groups:
        groups.add(Group(node.group, {}, {}))
    group = groups.group(node.group)
    if is_elsewhere and node.name in group.settings:
        _set(node, groups, diagnostics)
        return
    if node.name.lower() in {name.lower() for name in group.settings}:
        text = f"'{node.group}.{node.name}' is declared twice"
        diagnostics.error("group-setting-twice", node.name_span, text)
        return
    is_number = not isinstance(node.value, str)
    group.settings[node.name] = Setting(
        name=node.name, is_number=is_number, default=node.value, help=node.description, is_live=True
    )
    group.values[node.name] = node.value


def _set(node: GroupSetting, groups: Groups, diagnostics: Diagnostics) -> None:
    try:
        groups.group(node.group).set(node.name, node.value, node.instance)
    except GroupError as error:
        fix = f"declare {node.group}.{node.name} = ... first"
        diagnostics.error("bad-group-setting", node.name_span, str(error), fix)
