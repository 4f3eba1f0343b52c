"""By what a domain is found besides its address: `server_name`, `server_name_mode`, `server_id` (reference tls 4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from sertwist.tls.domain import NameMode, Side
from sertwist.tls.loading.address import ANYWHERE
from sertwist.tls.loading.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sertwist.tls.loading.rows import DomainRow

__all__ = ["DomainNames", "check_duplicates", "read_names"]

MAX_NAME: Final = 253  # RFC 1035 3.1, without the trailing dot
MAX_ID: Final = 64
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_ID = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class DomainNames:
    """What `TLSDomain` has under the same names."""

    server_name: str = ""
    mode: NameMode = NameMode.EXACT
    server_id: str = ""


def read_names(row: DomainRow, problems: list[Problem]) -> DomainNames:
    """The names of `row`; what is wrong with them, or missing, goes to `problems`."""
    name, mode = _read_server_name(row, problems)
    server_id = _read_server_id(row, problems)
    if row.address is None:
        _refuse_names_of_default(row, problems)
        return DomainNames()
    if row.address == ANYWHERE and not name and not server_id:
        missing = "server_name" if row.side is Side.SERVER else "server_name and no server_id"
        problems.append(
            Problem(
                row.where,
                "error",
                f"a domain for any address has no {missing}",
                "name the host that it is for, or write the default domain",
            )
        )
    return DomainNames(name, mode, server_id)


def check_duplicates(rows: Iterable[tuple[DomainRow, DomainNames]]) -> Iterator[Problem]:
    """Rows that nothing tells apart: the same side, address and name, or the same id."""
    seen: dict[object, DomainRow] = {}
    for row, names in rows:
        for key, text in _keys(row, names):
            first = seen.setdefault(key, row)
            if first is not row:
                yield Problem(row.where, "error", f"{text} has two domains", "keep one, or give each its server_name")
                break


def _keys(row: DomainRow, names: DomainNames) -> Iterator[tuple[object, str]]:
    side = row.side.value
    address = "any address" if row.address in (None, ANYWHERE) else f"{row.address[0]} port {row.address[1]}"
    if names.server_id:
        yield (side, "id", names.server_id.lower()), f"server_id {names.server_id}"
    if not names.server_name:
        if row.address is not None and row.address != ANYWHERE:
            yield (side, row.address), f"{side} {address}"
        return
    text = f"{side} {address} server_name {names.server_name}"
    if names.mode is not NameMode.SUBDOMAINS:
        yield (side, row.address, names.server_name), text
    if names.mode is not NameMode.EXACT:
        yield (side, row.address, "." + names.server_name), text


def _read_server_name(row: DomainRow, problems: list[Problem]) -> tuple[str, NameMode]:
    given, mode = row.settings.one("server_name"), _read_mode(row, problems)
    if given is None:
        if (set_mode := row.settings.one("server_name_mode")) is not None:
            text = "server_name_mode has no effect without server_name"
            problems.append(Problem(set_mode.where, "warning", text, "name the host"))
        return "", NameMode.EXACT
    name = given.text.lower().removesuffix(".")
    if name.startswith("*."):
        name, mode = name[2:], NameMode.SUBDOMAINS
        text = f"server_name {given.text} means every name below {name}, however deep"
        problems.append(Problem(given.where, "warning", text, f"write server_name {name} and server_name_mode 2"))
    if len(name) > MAX_NAME or not _HOST.fullmatch(name) or _is_address(name):
        problems.append(Problem(given.where, "error", f"server_name can't be {given.text!r}", _name_fix(name)))
        return "", mode
    return name, mode


def _name_fix(name: str) -> str:
    if _is_address(name):
        return "write a host name: clients ask for no address"
    return "write a host name" if name.isascii() else "write the name in ASCII, as xn--..."


def _read_mode(row: DomainRow, problems: list[Problem]) -> NameMode:
    given = row.settings.one("server_name_mode")
    if given is None:
        return NameMode.EXACT
    if given.text in {"0", "1", "2"}:
        return NameMode(int(given.text))
    fix = "write 0 (that name), 1 (and its subdomains) or 2 (only subdomains)"
    problems.append(Problem(given.where, "error", f"server_name_mode can't be {given.text!r}", fix))
    return NameMode.EXACT


def _read_server_id(row: DomainRow, problems: list[Problem]) -> str:
    given = row.settings.one("server_id")
    if given is None:
        return ""
    if len(given.text) <= MAX_ID and _ID.fullmatch(given.text):
        return given.text
    fix = f"write up to {MAX_ID} visible characters"
    problems.append(Problem(given.where, "error", f"server_id can't be {given.text!r}", fix))
    return ""


def _refuse_names_of_default(row: DomainRow, problems: list[Problem]) -> None:
    for name in ("server_name", "server_id"):
        given = row.settings.one(name)
        if given is not None and row.side is Side.SERVER:
            text = f"{name} has no effect in the default domain: it serves every name that no other does"
            problems.append(Problem(given.where, "warning", text, "leave it out"))
        elif given is not None:
            text = f"{name} can't be set for the default client domain: it is for whatever no other is for"
            problems.append(Problem(given.where, "error", text, "write a domain for any address with it"))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
