"""Names that the server has, for completion: asked within half a second, kept for a minute, never in one's way."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.client import Client
from sertwist.client.credentials import is_encrypted
from sertwist.client.failure import Failure
from sertwist.client.options import Options
from sertwist.serctl.context import default_files, read_contexts
from sertwist.serctl.settings import Settings, resolve_settings

if TYPE_CHECKING:
    import click

    from sertwist.rpc.call import Value
    from sertwist.serctl.context import Contexts

__all__ = ["live_names"]

PATIENCE: Final = 0.5  # seconds for everything
KEPT: Final = 60.0  # seconds
MAX_KEPT: Final = 1_048_576

# What is asked for each kind of name.
QUESTIONS: Final = {
    "methods": ("system.listMethods",),
    "cfg": ("cfg.list",),
    "groups": ("dispatcher.list",),
    "tables": ("htable.listTables",),
}


def live_names(context: click.Context, kind: str) -> list[str]:
    """The names of this `kind` on the server that the command line chooses; none when it cannot be asked at once."""
    try:
        if kind == "contexts":
            return sorted(_contexts(context)[0].named)
        settings = _settings(context)
        key = settings.key or settings.cert
        if settings.user or (key and is_encrypted(key)):
            return []  # who types must not be asked for a password
    except Failure:
        return []
    path = _kept_file(settings.urls[0], kind)
    kept = _read_kept(path)
    if kept is not None:
        return kept
    found: list[list[str] | None] = []
    thread = threading.Thread(target=lambda: found.append(_ask(settings, kind)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    names = found[0] if found else None
    if names is not None:
        _keep(path, names)
    return names or []


def _contexts(context: click.Context) -> tuple[Contexts, str, dict[str, Any]]:
    """What the files say, the context that is named, and the other options."""
    given = dict(context.find_root().params)
    config, name = given.pop("config", None), given.pop("context", None) or ""
    return read_contexts([Path(config).expanduser()] if config else default_files()), name, given


def _settings(context: click.Context) -> Settings:
    contexts, name, given = _contexts(context)
    return resolve_settings(given, contexts.choose(name))


def _ask(settings: Settings, kind: str) -> list[str] | None:
    """The names; None if the server did not say."""
    options = Options(
        cacert=settings.cacert,
        cert=settings.cert,
        key=settings.key,
        servername=settings.servername,
        pins=settings.pins,
        protocol=settings.protocol,
        timeout=PATIENCE,
        connect_timeout=PATIENCE,
        retries=0,
    )
    try:
        with Client(settings.urls[0], options) as client:
            return sorted(set(_names(kind, client.call(*QUESTIONS[kind]))))
    except Failure:
        return None


def _names(kind: str, value: Value) -> list[str]:
    match kind, value:
        case "methods", list() | tuple():
            return [name for name in value if isinstance(name, str)]
        case "cfg", list() | tuple():
            return [line.partition(":")[0] for line in value if isinstance(line, str)]
        case "tables", list() | tuple():
            return [str(row["name"]) for row in value if isinstance(row, Mapping) and "name" in row]
        case "groups", Mapping():
            sets = value.get("RECORDS")
            inner = (
                [row.get("SET") for row in sets if isinstance(row, Mapping)] if isinstance(sets, list | tuple) else []
            )
            return [str(each["ID"]) for each in inner if isinstance(each, Mapping) and "ID" in each]
        case _:
            return []


def _kept_file(url: str, kind: str) -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - only here

    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    return user_cache_path("serctl", appauthor=False) / f"{kind}-{digest}.json"


def _read_kept(path: Path) -> list[str] | None:
    try:
        if datetime.now(UTC).timestamp() - path.stat().st_mtime > KEPT or path.stat().st_size > MAX_KEPT:
            return None
        names = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else None


def _keep(path: Path, names: list[str]) -> None:
    """For the next key; a folder that cannot be written to is no reason to disturb."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(names))
        part.replace(path)
    except OSError:
        return
