"""The settings that operators have changed, as a piece of script that the script can import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.modules.groups import Groups, Value

__all__ = ["fragment_of"]

_HEAD = "# Settings that operators have changed while the server ran; written by cfg.persist.\n"


def fragment_of(groups: Groups, modules: frozenset[str]) -> tuple[str, int, list[str]]:
    """What differs now from what the script says.

    Args:
        groups: all settings.
        modules: names of groups that are loaded modules; core is none.

    Returns:
        The text; how many settings it has; those that a script can't say: texts with control characters, instances of
        a module's group.
    """
    lines: list[str] = []
    unsaid: list[str] = []
    for group, number, name, value in _changed(groups):
        place = f"{group}.{name}" if number is None else f"{group}[{number}].{name}"
        written = _written(value)
        if written is None or (number is not None and group in modules | {"core"}):
            unsaid.append(place)
        elif group == "core":
            lines.append(f"{name} = {written}")
        elif group in modules:
            lines.append(f'modparam("{group}", "{name}", {written})')
        else:
            lines.append(f"{place} = {written}")
    return _HEAD + "".join(f"{line}\n" for line in lines), len(lines), unsaid


def _changed(groups: Groups) -> Iterator[tuple[str, int | None, str, Value]]:
    for group in groups:
        places: list[tuple[int | None, str]] = [(None, name) for name, each in group.settings.items() if each.is_live]
        places += [(number, name) for number, values in group.instances.items() for name in values]
        for number, name in places:
            value = group.get(name, number)
            if value is not None and _plain(group.written.get((number, name))) != value:
                yield group.name, number, name, value


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _written(value: Value) -> str | None:
    if isinstance(value, int):
        return str(int(value))
    if not value.isprintable():
        return None
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
