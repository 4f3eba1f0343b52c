"""`batch`: many calls of a file in few requests, by system.multicall."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import ExitCode, Failure, FaultError, NotFoundError, UsageError
from sertwist.client.placing import place
from sertwist.rpc.call import MULTICALL
from sertwist.serctl.output import Result
from sertwist.serctl.planned import READ, farthest, guessed_effect
from sertwist.serctl.typed import type_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sertwist.client.described import Described
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["run_batch"]

# Servers take so many members at least (reference rpc 5: max_multicall).
MAX_MEMBERS: Final = 100
MAX_FILE: Final = 16 * 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One call of a batch: its parameters in order and by name, or the arguments that are to become these."""

    line: int
    method: str
    params: tuple[Value, ...] = ()
    named: Mapping[str, Value] | None = None
    arguments: tuple[str, ...] = ()


def run_batch(program: Program, file: str) -> int:
    """Make all calls of `file`. Returns 1 if some of them failed, 11 if they were only to be shown.

    Raises:
        UsageError: the file holds something else than calls.
    """
    members = read_batch(_content(file))
    if not members:
        raise UsageError(f"{file} holds no call", code="empty-batch")
    program.method = MULTICALL
    described = {method: program.describe(method) for method in dict.fromkeys(each.method for each in members)}
    calls = [(each.method, _params(each, described[each.method])) for each in members]
    effect = farthest(READ, *(_effect(each) for each in described.values()))
    if program.invocation.has("dry_run"):
        rows: list[Value] = [
            {"line": each.line, "method": method, "params": params}
            for each, (method, params) in zip(members, calls, strict=True)
        ]
        return program.show_value(rows, status=ExitCode.OK if effect == READ else ExitCode.CHANGES)
    program.asking.confirm(effect, f"{len(calls)} methods, {_names(calls)},")
    return program.show(program.each(lambda server: _run(server, members, calls, program.progress)), MULTICALL)


def read_batch(text: str) -> list[Member]:
    """The calls of a batch: a JSON array of `{"method", "params"}`, or a call a line as `serctl call` takes it.

    Raises:
        UsageError: it is neither; the line is named.
    """
    if text.lstrip().startswith("["):
        return _read_json(text)
    members = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            method, *arguments = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"line {number}: {error}", code="bad-batch") from error
        members.append(Member(line=number, method=method, arguments=tuple(arguments)))
    return members


def _read_json(text: str) -> list[Member]:
    try:
        calls = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the batch is no JSON array: {error}", code="bad-batch") from error
    members = []
    for number, call in enumerate(calls, 1):
        method = call.get("method") or call.get("methodName") if isinstance(call, dict) else None
        params = call.get("params", []) if isinstance(call, dict) else None
        if not isinstance(method, str) or not isinstance(params, list | dict):
            raise UsageError(f"call {number} of the batch is not {{method, params}}", code="bad-batch")
        if isinstance(params, dict):
            members.append(Member(line=number, method=method, named=params))
        else:
            members.append(Member(line=number, method=method, params=tuple(params)))
    return members


def _content(file: str) -> str:
    try:
        content = sys.stdin.buffer.read(MAX_FILE + 1) if file == "-" else _read(Path(file).expanduser())
        text = content.decode()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"cannot read {file}: {reason}", code="bad-batch") from error
    if len(content) > MAX_FILE:
        raise UsageError(f"{file} has more than {MAX_FILE} bytes", code="bad-batch")
    return text


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _params(member: Member, described: Described) -> list[Value]:
    try:
        if member.arguments:
            params, named = type_arguments(described, member.arguments)
            return place(described, params, named) if named else params
        return place(described, [], member.named) if member.named else list(member.params)
    except UsageError as error:
        raise UsageError(f"line {member.line}: {error}", code=error.code, hint=error.hint) from error


def _effect(described: Described) -> str:
    return farthest(described.effect, guessed_effect(described.name))


def _names(calls: Sequence[tuple[str, list[Value]]]) -> str:
    names = list(dict.fromkeys(method for method, _ in calls))
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _run(
    server: Server,
    members: Sequence[Member],
    calls: Sequence[tuple[str, list[Value]]],
    progress: Callable[[str], None],
) -> Result:
    """All calls in order; a request that fails ends it, since what comes after may need what came before."""
    results: list[Value | FaultError] = []
    for start in range(0, len(calls), MAX_MEMBERS):
        results += _multicall(server, calls[start : start + MAX_MEMBERS])
        progress(f"{len(results)} of {len(calls)} calls")
    rows: list[Value] = []
    for member, result in zip(members, results, strict=True):
        row: dict[str, Value] = {"line": member.line, "method": member.method}
        if isinstance(result, Failure):
            row |= {"ok": False, "result": f"{result.number} {result}"}
        else:
            row |= {"ok": True, "result": result}
        rows.append(row)
    failed = any(isinstance(each, Failure) for each in results)
    return Result(server=server.name, value=rows, status=ExitCode.FAULT if failed else ExitCode.OK)


def _multicall(server: Server, calls: Sequence[tuple[str, list[Value]]]) -> list[Value | FaultError]:
    """In one request; one by one where the server has no multicall, which then ran nothing."""
    try:
        return server.client.multicall(calls)
    except NotFoundError as failure:
        if failure.code != "no-method":
            raise
    results: list[Value | FaultError] = []
    for method, params in calls:
        try:
            results.append(server.client.send(method, params))
        except FaultError as fault:
            results.append(fault)
    return results
