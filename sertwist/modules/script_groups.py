"""`group.name = value` of a script to groups of its own (reference language 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.groups import Group, GroupError, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.groups import Groups
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import GroupSetting

__all__ = ["add_script_groups"]


def add_script_groups(nodes: Iterable[GroupSetting], groups: Groups, diagnostics: Diagnostics) -> None:
    """Add the groups that a script declares to those of its modules, in the order written."""
    of_modules = {group.name for group in groups}
    for node in nodes:
        written = f"{node.group}.{node.name}"
        if node.group in of_modules:
            owner = "the global settings" if node.group == "core" else f"module {node.group!r}"
            fix = f"write {node.name} = ..." if node.group == "core" else f'use modparam("{node.group}", ...)'
            text = f"{written!r}: the group {node.group!r} is that of {owner}"
            diagnostics.error("group-of-module", node.name_span, text, fix)
        elif node.instance is None:
            _declare(node, groups, diagnostics)
        else:
            _set_in_instance(node, groups, diagnostics)


def _declare(node: GroupSetting, groups: Groups, diagnostics: Diagnostics) -> None:
    if node.group not in groups:
        groups.add(Group(node.group, {}, {}))
    group = groups.group(node.group)
    if node.name.lower() in {name.lower() for name in group.settings}:
        text = f"'{node.group}.{node.name}' is declared twice"
        diagnostics.error("group-setting-twice", node.name_span, text)
        return
    is_number = not isinstance(node.value, str)
    group.settings[node.name] = Setting(
        name=node.name, is_number=is_number, default=node.value, help=node.description, is_live=True
    )
    group.values[node.name] = node.value


def _set_in_instance(node: GroupSetting, groups: Groups, diagnostics: Diagnostics) -> None:
    try:
        groups.group(node.group).set(node.name, node.value, node.instance)
    except GroupError as error:
        fix = f"declare {node.group}.{node.name} = ... first"
        diagnostics.error("bad-group-setting", node.name_span, str(error), fix)
