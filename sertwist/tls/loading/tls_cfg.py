"""The `config` file, tls.cfg: sections that each set one TLS domain (reference tls 3.3).

    # comment
    [server:192.0.2.1:5061]         server, srv, s, client, cli, c
    certificate = /etc/pki/a.pem    a bare word, or in double quotes, where a backslash stands before " and itself

What may stand for the address is `sertwist.tls.loading.address`' business, what the settings mean that of the loading.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.tls.domain import Side
from sertwist.tls.loading.address import DomainAddress, parse_target
from sertwist.tls.loading.parameters import PARAMETER_BY_NAME
from sertwist.tls.loading.problem import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CfgSection", "CfgSetting", "TlsCfg", "parse_tls_cfg"]

_SIDES: Final = {
    **dict.fromkeys(("server", "srv", "s"), Side.SERVER),
    **dict.fromkeys(("client", "cli", "c"), Side.CLIENT),
}
_SECTION = re.compile(r"\[([^:\[\]]*):(.*?)\][ \t]*(?:#.*)?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
_BARE = re.compile(r'([^\s"#]+)(?:[ \t]+#.*|[ \t]*)')
_ESCAPED = re.compile(r'\\(["\\])')
_SHOWN = 60  # characters of a line in a message


@dataclass(frozen=True, slots=True)
class CfgSetting:
    """One line `name = value`; `name` as it is written, in lower case."""

    name: str
    value: str
    where: Place


@dataclass(frozen=True, slots=True)
class CfgSection:
    """One section; `address` None is the default of `side`, port 0 any port."""

    side: Side
    address: DomainAddress | None
    where: Place
    settings: tuple[CfgSetting, ...] = ()


@dataclass(slots=True)
class TlsCfg:
    """What a file says, and everything wrong with how it says it."""

    sections: list[CfgSection] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _LineError(Exception):
    """What is wrong with one line, and what to write instead."""

    def __init__(self, text: str, fix: str) -> None:
        super().__init__(text)
        self.fix = fix


@dataclass(slots=True)
class _Open:
    """The section that settings go to: None when its first line was wrong, then they are only looked at."""

    section: CfgSection | None
    settings: list[CfgSetting] = field(default_factory=list)


def parse_tls_cfg(text: str | bytes, name: str) -> TlsCfg:
    """Parse a whole file; `name` is what it is called in problems. Raises nothing, whatever the text is."""
    decoded = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
    cfg = TlsCfg()
    opened: _Open | None = None
    for number, line in enumerate(decoded.removeprefix("\ufeff").split("\n"), start=1):
        where = Place(name, number)
        try:
            opened = _take_line(cfg, opened, line.removesuffix("\r").strip(" \t"), where)
        except _LineError as error:
            cfg.problems.append(Problem(where, "error", str(error), error.fix))
    _close(cfg, opened)
    return cfg


def _take_line(cfg: TlsCfg, opened: _Open | None, line: str, where: Place) -> _Open | None:
    """Take one line; the section that is open after it."""
    if not line or line.startswith("#"):
        return opened
    if not line.replace("\t", " ").isprintable():
        raise _LineError("the line has a control character, or bytes that are not UTF-8", "save the file as UTF-8")
    if line.startswith("["):
        _close(cfg, opened)
        return _Open(_section_or_problem(cfg, line, where))
    setting = _parse_setting(line, where)
    if opened is None:
        raise _LineError(f"{setting.name} stands before the first section", "begin with [server:default]")
    opened.settings.append(setting)
    return opened


def _close(cfg: TlsCfg, opened: _Open | None) -> None:
    if opened is not None and opened.section is not None:
        section = opened.section
        cfg.sections.append(CfgSection(section.side, section.address, section.where, tuple(opened.settings)))


def _section_or_problem(cfg: TlsCfg, line: str, where: Place) -> CfgSection | None:
    try:
        return _parse_section(line, where)
    except _LineError as error:
        cfg.problems.append(Problem(where, "error", str(error), error.fix))
        return None


def _parse_section(line: str, where: Place) -> CfgSection:
    match = _SECTION.fullmatch(line)
    if match is None:
        raise _LineError(f"{_shown(line)} is no section", "write [server:<ip>:<port>] on a line of its own")
    word = match[1].strip().lower()
    if word not in _SIDES:
        raise _LineError(f"a section is for server or client, not for {_shown(word)}", _did_you_mean(word, _SIDES))
    try:
        return CfgSection(_SIDES[word], parse_target(match[2]), where)
    except ConfigError as error:
        raise _LineError(str(error), "") from None


def _parse_setting(line: str, where: Place) -> CfgSetting:
    name, equals, rest = line.partition("=")
    name = name.rstrip(" \t")
    if not equals:
        raise _LineError(f"{_shown(name)} is neither a section nor a setting", "write name = value")
    if name.lower() not in PARAMETER_BY_NAME:
        raise _LineError(f"unknown setting {_shown(name)}", _did_you_mean(name.lower(), PARAMETER_BY_NAME))
    return CfgSetting(name.lower(), _parse_value(name, rest.lstrip(" \t")), where)


def _parse_value(name: str, text: str) -> str:
    """The value, never shown in a message: it may be a password."""
    if match := _QUOTED.fullmatch(text):
        return _ESCAPED.sub(r"\1", match[1])
    if match := _BARE.fullmatch(text):
        return match[1]
    if not text or text.startswith("#"):
        raise _LineError(f"{name} has no value", 'write "" to set nothing')
    if text.startswith('"'):
        raise _LineError(f"{name}: the closing quote is missing, or not the end of the line", f'write {name} = "..."')
    raise _LineError(f"{name}: a value with a blank, a quote or # stands in double quotes", f'write {name} = "..."')


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word[:_SHOWN], list(known), n=1, cutoff=0.7)
    return f"did you mean {near[0]!r}?" if near else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
