"""`sertwist policy`: check a policy file, try it, and show all of it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.commands.policy_shown import FORMS, explanation_text, findings_json, shown_matrix
from sertwist.errors import ConfigError
from sertwist.modules.known_methods import known_methods
from sertwist.rehearsal.junit import junit_xml
from sertwist.rehearsal.policy_caller import described_caller
from sertwist.rehearsal.policy_case import arguments_by_name, time_of, way_of
from sertwist.rehearsal.policy_runner import open_policy, run_policy_file
from sertwist.rpc.call import Call
from sertwist.rpc.policy.explain import explain
from sertwist.rpc.policy.finding import Findings
from sertwist.rpc.policy.load import load_policy
from sertwist.rpc.policy.matrix import matrix
from sertwist.rpc.policy.pattern import method_matches
from sertwist.rpc.policy.table import Table

if TYPE_CHECKING:
    from sertwist.rehearsal.result import Result
    from sertwist.rpc.policy.holder import Holder
    from sertwist.rpc.policy.policy import Policy
    from sertwist.rpc.registry import Registry

__all__ = ["policy"]

_PATH = click.Path(path_type=Path)


@click.group("policy")
def policy() -> None:
    """Check a policy, the file that says who may call what, try it, and show all of it.

    Nothing is started. Methods are those of all installed modules.
    """


@policy.command("check")
@click.argument("file", type=_PATH)
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer.")
def check(file: Path, output: str) -> None:
    """Check FILE.

    Everything that is wrong is told with its line. Exit status 1 when there are errors.
    """
    try:
        reading = load_policy(file, str(file), known_methods())
    except OSError as error:
        raise click.ClickException(f"{file}: cannot read the policy: {error.strerror}") from None
    if output == "json":
        click.echo(findings_json(reading.findings))
    else:
        for each in reading.findings:
            click.echo(each.text, err=True)
        if reading.policy is not None:
            declared = reading.policy.declared
            click.echo(f"{file}: ok, {len(declared.roles)} roles, {len(declared.rules)} rules")
    if reading.policy is None:
        raise SystemExit(1)


@policy.command("test")
@click.argument("file", type=_PATH)
@click.argument("cases", type=_PATH, required=False)
@click.option("--junit", type=_PATH, metavar="FILE", help="Write a report that CI systems read.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that passed, too.")
def test(file: Path, cases: Path | None, junit: Path | None, verbose: bool) -> None:  # noqa: FBT001 (click)
    """Run CASES, a TOML file, against the policy FILE; by default NAME.test.toml beside NAME.toml.

    Exit status 1 when one fails, 2 when a file can't be used.
    """
    results: list[Result] = []
    try:
        for result in run_policy_file(cases or file.with_name(f"{file.stem}.test.toml"), file):
            results.append(result)
            if result.problems:
                click.echo("\n  ".join((f"FAILED {result.file}: {result.name}", *result.problems)))
            elif verbose:
                click.echo(f"passed {result.file}: {result.name}")
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    if junit is not None:
        junit.write_text(junit_xml(results), "utf-8")
    failed = sum(bool(each.problems) for each in results)
    click.echo(f"{len(results)} cases, {failed} failed")
    if failed:
        raise SystemExit(1)


@policy.command("matrix")
@click.argument("file", type=_PATH)
@click.option("-o", "--output", type=click.Choice(FORMS), default="text", help="Form of the table.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Only this role; repeatable.")
@click.option("--method", "patterns", multiple=True, metavar="PATTERN", help="Only these methods; repeatable.")
def show_matrix(file: Path, output: str, roles: tuple[str, ...], patterns: tuple[str, ...]) -> None:
    """Print what each role of FILE may do with each method.

    `yes`, `-`, or `if` with a number: it depends on the call, as is said below the table. `+1`: one other must
    confirm it.
    """
    registry = known_methods()
    held = _open(file, registry)
    for name in roles:
        if name not in held.declared.roles:
            raise click.UsageError(f"there is no role {name!r}; there are: {', '.join(held.declared.roles)}")
    meant = [each for each in registry if not patterns or any(method_matches(p, each) for p in patterns)]
    click.echo(shown_matrix(matrix(held, meant), list(roles or held.declared.roles), output))


@policy.command("explain")
@click.argument("file", type=_PATH)
@click.argument("method")
@click.argument("arguments", nargs=-1)
@click.option(
    "--as",
    "who",
    multiple=True,
    metavar="KEY=VALUE",
    help="Who calls: role=NAME, unix=USER, certificate=FILE, or what a certificate says, as cn=NAME and ca=NAME; "
    "repeatable, all must be so.",
)
@click.option("--from", "source", default="", metavar="ADDRESS", help="tls:192.0.2.1:4000, or unix.")
@click.option("--at", "moment", default="", metavar="TIME", help="2026-01-31T08:00Z; by default now.")
def explain_call(
    file: Path, method: str, arguments: tuple[str, ...], who: tuple[str, ...], source: str, moment: str
) -> None:
    """Say why METHOD with ARGUMENTS, in order or as NAME=VALUE, may be called under the policy FILE, or not.

    Every rule that concerns it is shown, with what it saw. Exit status 1 when the call is denied.
    """
    registry = known_methods()
    held = _open(file, registry)
    try:
        way = way_of(source, unix=any(each.startswith("unix=") for each in who))
        now = time_of(moment) if moment else datetime.now(UTC).timestamp()
        holder = _holder(who, held)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    found = explain(holder, _call(method, arguments, registry), registry.resolve(method), way, now)
    click.echo(explanation_text(found))
    if not found.verdict.allowed:
        raise SystemExit(1)


def _open(file: Path, registry: Registry) -> Policy:
    try:
        return open_policy(file, registry)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None


def _holder(words: tuple[str, ...], held: Policy) -> Holder:
    """The caller that `--as` describes.

    Raises:
        ConfigError: it describes nobody.
    """
    described: dict[str, str | int] = {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator:
            raise ConfigError(f"{word!r} is not KEY=VALUE, as in cn=NAME", code="policy-who")
        described[key] = int(value) if key == "unix" and value.isdigit() and value.isascii() else value
    findings = Findings("--as", {})
    holder = described_caller(Table(described, (), findings), held, Path())
    if findings.has_errors:
        raise ConfigError("; ".join(each.words for each in findings), code="policy-who")
    return holder


def _call(name: str, words: tuple[str, ...], registry: Registry) -> Call:
    """The call, its arguments by their names when all are NAME=VALUE of the method's."""
    method = registry.resolve(name)
    if method is None:
        return Call(name, tuple(words))
    named = dict(word.split("=", 1) for word in words if "=" in word)
    if words and len(named) == len(words):
        values = arguments_by_name(method, {key: _value(each) for key, each in named.items()})
        if values is not None:
            return Call(method.name, values)
    return Call(method.name, tuple(_value(each) for each in words))


def _value(text: str) -> bool | float | str:
    """An argument: a number, true or false when it looks like one; the method's declaration has the last word."""
    try:
        found = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return found if isinstance(found, int | float | bool) and "\n" not in text else text
