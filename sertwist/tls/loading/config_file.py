"""Read the file or folder that `config` names: all its sections, in order of file name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.limits import MAX_TLS_CONFIG
from sertwist.tls.loading.loader import resolve_path
from sertwist.tls.loading.pem import is_folder, list_folder, read_file
from sertwist.tls.loading.problem import Problem
from sertwist.tls.loading.tls_cfg import CfgSection, parse_tls_cfg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sertwist.tls.loading.rows import Setting

__all__ = ["ConfigFiles", "load_config"]


@dataclass(slots=True)
class ConfigFiles:
    """What stands in the files, which files and folder were read, and what is wrong with them."""

    sections: list[CfgSection] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_config(settings: Sequence[Setting], base_directory: Path) -> ConfigFiles:
    """Read what the values of parameter `config` name; empty ones name nothing."""
    found = ConfigFiles()
    given = [(str(each.value).strip(), each.where) for each in settings]
    named = [(text, where) for text, where in given if text]
    for text, where in given:
        if not text:
            found.problems.append(Problem(where, "warning", "config is empty: taken as not set", "leave it out"))
    for text, where in named[1:]:
        same = text == named[0][0]
        found.problems.append(Problem(where, "warning" if same else "error", "config is given twice", "keep one"))
    if named:
        text, where = named[0]
        try:
            _read(found, text, resolve_path(text, base_directory))
        except ConfigError as error:
            found.problems.append(Problem(where, "error", f"config {error}"))
    return found


def _read(found: ConfigFiles, text: str, path: Path) -> None:
    found.files.append(path)
    if not is_folder(path):
        _read_one(found, text, path)
        return
    files = [each for each in list_folder(path) if each.suffix == ".cfg"]
    if not files:
        raise ConfigError(f"{path} has no file in it whose name ends in .cfg", code="tls-file")
    for each in files:
        found.files.append(each)
        _read_one(found, f"{text.rstrip('/')}/{each.name}", each)


def _read_one(found: ConfigFiles, name: str, path: Path) -> None:
    cfg = parse_tls_cfg(read_file(path, MAX_TLS_CONFIG).data, name)
    found.sections += cfg.sections
    found.problems += cfg.problems
