"""Read `serctl.toml`: named contexts, each with the options for one server. Data only; nothing in it is ever run."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import Failure, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MAX_FILE", "Contexts", "check_setting", "default_files", "read_contexts"]

MAX_FILE: Final = 1_048_576

FILE_NAME: Final = "serctl.toml"

# What a context may say; paths are relative to the file that names them.
PATHS: Final = frozenset({"cacert", "cert", "key", "key_pass_file", "password_file"})
TEXTS: Final = frozenset({"url", "servername", "output", "user", "protocol", "columns"})
TIMES: Final = frozenset({"timeout", "connect_timeout"})
NUMBERS: Final = frozenset({"retries", "parallel", "limit"})
FLAGS: Final = frozenset({"confirm"})
LISTS: Final = frozenset({"urls", "pin"})
KEYS: Final = PATHS | TEXTS | TIMES | NUMBERS | FLAGS | LISTS

# What must be said each time.
NEVER: Final = {
    "insecure": "an unverified server is never stored: say --insecure each time",
    "password": "a password is not stored here: name its file, password_file",
}

Setting = str | int | float | bool | list[str]


@dataclass(slots=True)
class Contexts:
    """The contexts of all files that were read, the later files' settings over the earlier ones'.

    Attributes:
        current: name of the context that is used when none is named; empty if no file says.
        named: name to settings.
    """

    current: str = ""
    named: dict[str, dict[str, Setting]] = field(default_factory=dict)

    def choose(self, name: str) -> Mapping[str, Setting]:
        """The settings of the context `name`, of the current one without a name; none if there is no current one.

        Raises:
            Failure: no file has it (usage); the message names the nearest.
        """
        name = name or self.current
        if not name:
            return {}
        if name not in self.named:
            raise _failure(f"there is no context {name!r}{_nearest(name, self.named)}", "no-context")
        return self.named[name]


def default_files() -> list[Path]:
    """Where `serctl.toml` is looked for: the system's directory, then the user's."""
    from platformdirs import PlatformDirs  # noqa: PLC0415 - not needed when --config names the file

    directories = PlatformDirs("serctl", appauthor=False)
    return [Path(directories.site_config_dir, FILE_NAME), Path(directories.user_config_dir, FILE_NAME)]


def read_contexts(files: Iterable[Path], *, must_exist: bool = False) -> Contexts:
    """What `files` say together.

    Args:
        files: in the order in which they are read; later ones win, setting by setting.
        must_exist: is a file that is not there an error?

    Raises:
        Failure: a file can't be read, others may write to it, or it says what it can't say (usage).
    """
    contexts = Contexts()
    for path in files:
        content = _read(path, must_exist=must_exist)
        if content is not None:
            _merge(contexts, content, path)
    return contexts


def _read(path: Path, *, must_exist: bool) -> dict[str, object] | None:
    try:
        with path.open("rb") as file:
            # Of the opened file, not of the name, which may point elsewhere by now.
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        if must_exist:
            raise _failure(f"there is no configuration file {path}", "config-missing") from None
        return None
    except OSError as error:
        raise _failure(f"cannot read {path}: {os.strerror(error.errno or 0)}", "config-unreadable") from error
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = f"{path} can be written by others, who could send your calls elsewhere: chmod go-w {path}"
        raise _failure(message, "config-writable")
    if len(content) > MAX_FILE:
        raise _failure(f"{path} is larger than {MAX_FILE} bytes", "config-too-large")
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _failure(f"{path} is not TOML: {error}", "config-syntax") from error


def _merge(contexts: Contexts, content: Mapping[str, object], path: Path) -> None:
    _check_keys(content, {"current", "context"}, f"{path}")
    current, named = content.get("current", contexts.current), content.get("context", {})
    if not isinstance(current, str):
        raise _failure(f"{path}: current must be text, the name of a context", "config-type")
    if not isinstance(named, dict) or not all(isinstance(each, dict) for each in named.values()):
        raise _failure(f"{path}: contexts are written as [context.NAME]", "config-type")
    contexts.current = current
    for name, settings in named.items():
        where = f"{path}: context {name!r}"
        checked = {key: _check_value(key, value, path, where) for key, value in settings.items()}
        contexts.named.setdefault(name, {}).update(checked)


def _check_keys(given: Iterable[str], known: Iterable[str], where: str) -> None:
    known = sorted(known)
    for key in given:
        if key not in known:
            raise _failure(f"{where}: unknown key {key!r}{_nearest(key, known)}", "config-key")


def check_setting(key: str, value: object, where: str) -> Setting:
    """`value` if it is of the kind that `key` wants.

    Raises:
        UsageError: it is another, or there is no such key.
    """
    if key in NEVER:
        raise _failure(f"{where}: {NEVER[key]}", "config-key")
    if key not in KEYS:
        raise _failure(f"{where}: unknown key {key!r}{_nearest(key, KEYS)}", "config-key")
    if key in FLAGS:
        if isinstance(value, bool):
            return value
        raise _failure(f"{where}: {key} must be true or false, not {value!r}", "config-type")
    if key in LISTS and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    if key in TIMES | NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise _failure(
            f"{where}: {key} must be {'a list of texts' if key in LISTS else 'text'}, not {value!r}", "config-type"
        )
    return value


def _check_value(key: str, value: object, path: Path, where: str) -> Setting:
    checked = check_setting(key, value, where)
    if key not in PATHS:
        return checked
    try:
        return str(path.parent / Path(str(checked)).expanduser())
    except RuntimeError as error:
        raise _failure(f"{where}: {key}: {error}", "config-type") from error


def _nearest(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - only for messages

    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f" (did you mean {near[0]!r}?)"
    return f" (known: {', '.join(sorted(known))})" if known else ""


def _failure(message: str, code: str) -> Failure:
    return UsageError(message, code=code)
