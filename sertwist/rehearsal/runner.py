"""Run the cases of a folder: each on a script that was just started, unless it says that it goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.rehearsal.case import SUFFIX, Case, CaseFile, read_cases
from sertwist.rehearsal.message import compose_request, message_bytes, parse_address
from sertwist.rehearsal.peer import shown_chain, tls_session
from sertwist.rehearsal.policy_runner import is_policy_file, run_policy_file
from sertwist.rehearsal.rehearsal import Happening, Origin, Rehearsal, load_rehearsal
from sertwist.rehearsal.result import Result
from sertwist.rehearsal.verdict import differences
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.tls.session import TlsSession

__all__ = ["NOW", "case_files", "origin_of", "perform", "run_file"]

NOW: Final = 1_767_225_600.0  # 2026-01-01 00:00 UTC: what scripts take for now, the same each time


def case_files(path: Path) -> list[Path]:
    """The case files in and below the folder `path`, or `path` itself, by name.

    Raises:
        ConfigError: there are none.
    """
    found = [path] if path.is_file() else sorted(path.rglob(f"*{SUFFIX}"))
    if not found:
        raise ConfigError(f"{path}: no files called *{SUFFIX} here", code="case-file")
    return found


def run_file(path: Path, reading: Reading | None = None) -> Iterator[Result]:
    """Run the cases of one file, of a script or a policy, in order.

    `reading` says of its script what that does not say itself.

    Raises:
        ConfigError: it is no case file.
    """
    if is_policy_file(path):
        yield from run_policy_file(path)
        return
    file = read_cases(path)
    how = reading or Reading()
    how = replace(how, defines=(*file.defines, *how.defines))
    rehearsal: Rehearsal | None = None
    for case in file.cases:
        begin = time.perf_counter()
        try:
            if rehearsal is None or case.fresh:
                rehearsal = load_rehearsal(file.script, how, names=file.names, now=NOW)
            problems = differences(case.expect, perform(rehearsal, case, file))
        except ConfigError as error:
            rehearsal, problems = None, [str(error)]
        yield Result(path, case.name, tuple(problems), time.perf_counter() - begin)


def perform(rehearsal: Rehearsal, case: Case, file: CaseFile) -> Happening:
    """What comes of the message or call of `case`.

    Raises:
        ConfigError: the case names an address or a file that can't be used.
    """
    if case.wait:
        rehearsal.tick(case.wait)
    origin = origin_of(case.source, case.local, _session(case, file.path.parent, rehearsal.now))
    if case.call:
        return rehearsal.call(case.call, case.arguments, origin, case.target)
    return rehearsal.sip(_message(case, file.path.parent), origin)


def origin_of(source: str, local: str, tls: TlsSession | None) -> Origin:
    """Where a message comes from; with a TLS session it comes over TLS whatever `source` says.

    Raises:
        ConfigError: an address can't be read.
    """
    protocol, host, port = parse_address(source)
    arrives = parse_address(local)[1:] if local else None
    if tls is None and protocol == "TLS":
        tls = tls_session((), verified=False)
    return Origin((host, port), "TLS" if tls is not None else protocol, arrives, tls)


def _session(case: Case, directory: Path, now: float) -> TlsSession | None:
    file = Path(case.tls_certificate) if case.tls_certificate else None
    shown = shown_chain(case.tls_peer, file, case.tls_ca, directory, now)
    return tls_session(shown, verified=case.tls_verified) if shown else None


def _message(case: Case, directory: Path) -> bytes:
    if case.request:
        return compose_request(case.request, case.headers, case.body, parse_address(case.source))
    if case.message:
        return message_bytes(case.message)
    try:
        return message_bytes((directory / case.message_file).read_text("utf-8", "surrogateescape"))
    except OSError as error:
        raise ConfigError(f"{case.message_file}: {error.strerror}", code="case-file") from None
