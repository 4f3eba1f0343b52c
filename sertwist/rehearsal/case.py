"""`Case`: one of a user's own tests of a script, as a TOML file holds them (docs/testing.md).

A message or call, who sent it, and what must come out. Whatever `expect` does not name is not looked at.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Case", "CaseFile", "Expected", "read_cases"]

SUFFIX: Final = ".test.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out; None and empty: not looked at.

    Attributes:
        reply: status of the last answer; 0: no answer.
        reason: its reason phrase.
        reply_has: texts that must stand in the answer, each in one line of it.
        reply_lacks: texts that must not.
        forward: where the request goes, `udp:198.51.100.7:5060`; empty text: it must not be sent on.
        forward_has: texts in the request that is sent on.
        forward_lacks: texts that must not stand in it.
        log: texts, each in one log line of the script.
        fault: `faultCode` of a call's answer.
        result: value of a call's answer.
        http: HTTP status of a call's answer.
        route_lines: lines of the script that must be taken, in this order.
        nothing: nothing is sent at all.
        closed: the connection is ended.
    """

    reply: int | None = None
    reason: str | None = None
    reply_has: tuple[str, ...] = ()
    reply_lacks: tuple[str, ...] = ()
    forward: str | None = None
    forward_has: tuple[str, ...] = ()
    forward_lacks: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    fault: int | None = None
    result: Any = None
    http: int | None = None
    route_lines: tuple[int, ...] = ()
    nothing: bool = False
    closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test.

    Attributes:
        name: what is shown.
        expect: what must come out.
        message: a whole SIP message, any line ends.
        message_file: a file that holds it, relative to the case file.
        request: `METHOD URI`: a request with the usual headers.
        headers: header lines for it, in place of usual ones of the same name; a value of `-` leaves one out.
        body: of it.
        call: an XML-RPC method.
        arguments: of it.
        target: the HTTP target.
        source: where it comes from, `tls:192.0.2.1:5061`.
        local: where it arrives; empty: the first listener of that protocol.
        tls_peer: common name of the verified certificate that the peer shows.
        tls_certificate: a PEM file with it instead, relative to the case file.
        tls_ca: who issued that: a name, `CN=Example CA`, or a PEM file for `tls_certificate`.
        tls_verified: whether that certificate is verified.
        wait: seconds that pass before it.
        fresh: the script is started anew before it; otherwise it remembers the cases before.
    """

    name: str
    expect: Expected = field(default_factory=Expected)
    message: str = ""
    message_file: str = ""
    request: str = ""
    headers: tuple[str, ...] = ()
    body: str = ""
    call: str = ""
    arguments: tuple[Any, ...] = ()
    target: str = "/RPC2"
    source: str = "udp:192.0.2.1:5060"
    local: str = ""
    tls_peer: str = ""
    tls_certificate: str = ""
    tls_ca: str = ""
    tls_verified: bool = True
    wait: float = 0
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of cases.

    Attributes:
        path: the file.
        script: that they are about.
        cases: in order.
        names: host name to address.
        defines: names that are defined for the script from the start, `NAME` or `NAME=text`.
    """

    path: Path
    script: Path
    cases: tuple[Case, ...]
    names: dict[str, str]
    defines: tuple[str, ...] = ()


_KEYWORDS: Final = {"from": "source", "to": "local"}  # what Python can't name a field
_KINDS: Final = ("message", "message_file", "request", "call")


def read_cases(path: Path) -> CaseFile:
    """The cases of the file `path`.

    Raises:
        ConfigError: it is no such file; the text says what and where.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", code="case-file") from None
    unknown = found.keys() - {"script", "case", "names", "define"}
    if unknown or not isinstance(found.get("script"), str) or not isinstance(found.get("case"), list):
        extra = f"; unknown: {', '.join(sorted(unknown))}" if unknown else ""
        raise ConfigError(f'{path}: needs script = "..." and one [[case]] at least{extra}', code="case-file")
    cases = tuple(_case(path, at, each) for at, each in enumerate(found["case"], 1))
    defines = found.get("define", [])
    if not isinstance(defines, list) or not all(isinstance(each, str) for each in defines):
        raise ConfigError(f'{path}: define must be a list of texts, such as ["WITH_NAT"]', code="case-file")
    return CaseFile(path, path.parent / found["script"], cases, dict(found.get("names", {})), tuple(defines))


def _case(path: Path, at: int, table: dict[str, Any]) -> Case:
    where = f"{path}: case {at}"
    named = {_KEYWORDS.get(key, key): value for key, value in table.items()}
    named.setdefault("name", f"case {at}")
    expected = _made(where, Expected, named.pop("expect", {}))
    case = _made(where, Case, named)
    if sum(bool(getattr(case, kind)) for kind in _KINDS) != 1:
        raise ConfigError(f"{where}: needs one of {', '.join(_KINDS)}", code="case-file")
    return Case(**{each.name: getattr(case, each.name) for each in fields(Case)} | {"expect": expected})


def _made(where: str, kind: type[Any], table: dict[str, Any]) -> Any:
    """An object of `kind` from a TOML table.

    Raises:
        ConfigError: a key that it does not have, or a value of another type.
    """
    known = {each.name: each for each in fields(kind)}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{where}: unknown {key!r}; known: {', '.join(known)}", code="case-file")
        wanted = known[key].type
        if isinstance(value, list) and not str(wanted).startswith(("tuple", "Any")):
            raise ConfigError(f"{where}: {key!r} is not a list", code="case-file")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})
