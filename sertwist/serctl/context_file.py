"""Write `serctl.toml`: contexts set, chosen and removed; what a person wrote beside them stays as it is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.failure import UsageError
from sertwist.serctl.context import FLAGS, LISTS, NUMBERS, Setting, check_setting, default_files, read_contexts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tomlkit import TOMLDocument

__all__ = ["parse_pairs", "remove_context", "set_context", "use_context", "writable_file"]

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def writable_file(config: str | None) -> Path:
    """The file that is changed: the one that was named, else the user's own."""
    return Path(config).expanduser() if config else default_files()[-1]


def parse_pairs(pairs: tuple[str, ...]) -> dict[str, Setting | None]:
    """Settings of a context from `NAME=VALUE`; None for `NAME=`, which takes the setting away.

    Raises:
        UsageError: it is not of that form, or the context cannot have it.
    """
    found: dict[str, Setting | None] = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        if not mark:
            raise UsageError(f"{pair!r} is not NAME=VALUE", code="bad-setting")
        name = name.replace("-", "_")
        found[name] = check_setting(name, _typed(name, text), "ctx set") if text else None
    return found


def _typed(name: str, text: str) -> object:
    if name in LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in NUMBERS and text.isascii() and text.isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if name in FLAGS else text


def set_context(path: Path, name: str, settings: Mapping[str, Setting | None]) -> None:
    """Give the context `name` these settings; it is made if it is not there, and is the current one if it is the first.

    Raises:
        UsageError: the name is none, or the file cannot be read or written.
    """
    if not NAME.fullmatch(name):
        message = f"{name!r} is no name for a context: letters, digits, dot, hyphen, underscore"
        raise UsageError(message, code="bad-context-name")
    document = _read(path)
    contexts = document.setdefault("context", _table(is_super=True))
    entry = contexts.setdefault(name, _table())
    for key, value in settings.items():
        if value is None:
            entry.pop(key, None)
        else:
            entry[key] = value
    _write(path, document if "current" in document else _with_current(document, name))


def use_context(path: Path, name: str) -> None:
    """Make `name` the current context.

    Raises:
        UsageError: no file has it, or the file cannot be read or written.
    """
    files = [*default_files(), path] if path not in default_files() else default_files()
    read_contexts(files).choose(name)
    _write(path, _with_current(_read(path), name))


def remove_context(path: Path, name: str) -> None:
    """Take the context `name` out of the file.

    Raises:
        UsageError: it is not there, or the file cannot be read or written.
    """
    document = _read(path)
    contexts: Any = document.get("context", {})
    if name not in contexts:
        raise UsageError(f"there is no context {name!r} in {path}", code="no-context")
    del contexts[name]
    if document.get("current") == name:
        del document["current"]
    _write(path, document)


def _with_current(document: TOMLDocument, name: str) -> TOMLDocument:
    """`document` with the current context, before the first table, where a plain key has to stand."""
    import tomlkit  # noqa: PLC0415 - only for changes

    if "current" in document:
        document["current"] = name
        return document
    return tomlkit.parse(f"current = {tomlkit.item(name).as_string()}\n{tomlkit.dumps(document)}")


def _table(*, is_super: bool = False) -> Any:
    import tomlkit  # noqa: PLC0415 - only for changes

    return tomlkit.table(is_super_table=is_super)


def _read(path: Path) -> TOMLDocument:
    import tomlkit  # noqa: PLC0415 - only for changes

    read_contexts([path])  # what is wrong with it is told before anything is changed
    return tomlkit.parse(path.read_text()) if path.exists() else tomlkit.document()


def _write(path: Path, document: TOMLDocument) -> None:
    """In one step, readable by the owner alone."""
    import tomlkit  # noqa: PLC0415 - only for changes

    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(tomlkit.dumps(document))
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {os.strerror(error.errno or 0)}", code="config-unwritable") from error
    read_contexts([path])
