"""Settings and hash tables: changes that are more than one method's call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.client.failure import ExitCode, UsageError
from sertwist.serctl.output import Result
from sertwist.serctl.planned import WRITE, Planned
from sertwist.serctl.settings import parse_duration

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["commit_settings", "set_entry", "show_differences"]

# What servers call the time after which a commit is undone unless it is confirmed.
CONFIRM: tuple[str, ...] = ("confirm", "confirm_within", "confirm_seconds", "seconds", "timeout")


def show_differences(program: Program) -> int:
    """Show the settings that wait for a commit. Returns 11 if there are some."""
    program.method = "cfg.diff"

    def work(server: Server) -> Result:
        value = server.ask("cfg.diff")
        return Result(server=server.name, value=value, status=ExitCode.CHANGES if value else ExitCode.OK)

    return program.show(program.each(work), "cfg.diff")


def commit_settings(program: Program, confirm: str | None, keep: bool) -> int:  # noqa: FBT001 - click's flag
    """Commit the delayed settings; with `confirm` they are undone unless `keep` comes within that time.

    Raises:
        UsageError: the server knows no confirmed commit.
    """
    if keep:
        return program.run(Planned(method="cfg.confirm", effect=WRITE))
    if confirm is None:
        return program.run(Planned(method="cfg.commit", effect=WRITE))
    seconds = max(1, round(parse_duration(confirm)))
    described = program.describe("cfg.commit")
    name = next((each for each in CONFIRM if described.parameter(each)), "")
    if not name:
        message = "the server commits without confirmation only: its cfg.commit takes no time to be confirmed in"
        raise UsageError(message, code="no-confirmed-commit")
    status = program.run(Planned(method="cfg.commit", named={name: seconds}, effect=WRITE))
    if status == ExitCode.OK:
        program.note(f"Undone in {seconds} s unless you call: serctl cfg commit --keep")
    return status


def set_entry(program: Program, table: str, key: str, value: str, number: bool, expire: str | None) -> int:  # noqa: FBT001
    """Put `value` under `key` of a hash table, as a number or a text, perhaps for a time only.

    Raises:
        UsageError: it is no number.
    """
    given: Value = value
    if number:
        try:
            given = int(value)
        except ValueError as error:
            raise UsageError(f"{value!r} is no integer", code="bad-argument") from error
    if expire is None:
        method, params = ("htable.seti" if number else "htable.sets"), (table, key, given)
        return program.run(Planned(method=method, params=params, effect=WRITE))
    seconds = round(parse_duration(expire))
    method = "htable.setxi" if number else "htable.setxs"
    return program.run(Planned(method=method, params=(table, key, given, seconds), effect=WRITE))
