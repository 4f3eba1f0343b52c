"""Write results and errors in the form that is wanted."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.json_codec import json_ready
from sertwist.printable import escape_controls, escape_for_json
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_writer import write_response
from sertwist.serctl.shape import Grid, choose_columns, shape_servers, shape_value, short_name
from sertwist.serctl.yaml_text import format_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.client.failure import Failure
    from sertwist.rpc.call import Value
    from sertwist.serctl.planned import Planned

__all__ = [
    "Form",
    "Result",
    "choose_shape",
    "describe_failure",
    "draw",
    "error_document",
    "format_json",
    "format_line",
    "format_results",
]

# Without a terminal nothing is cut, however wide it gets.
UNLIMITED: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How results are written.

    Attributes:
        output: one of `OUTPUTS`.
        columns: those of a table that are wanted; empty: all.
        has_headings: does a table have a heading?
        has_color: may a terminal show colours?
        has_envelope: JSON and YAML say with each result where it comes from.
    """

    output: str = "table"
    columns: tuple[str, ...] = ()
    has_headings: bool = True
    has_color: bool = True
    has_envelope: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one server gave: a value with the bytes that it came in, or a failure.

    Attributes:
        server: its URL.
        value: the result, if there is no failure.
        body: the answer as it came; empty if several answers made the value.
        failure: what went wrong.
        status: what the command exits with on account of this result.
        called: the one call that gave it; None if it was more than one.
    """

    server: str
    value: Value = None
    body: bytes = b""
    failure: Failure | None = None
    status: int = 0
    called: Planned | None = None


def format_results(results: Sequence[Result], method: str, form: Form, *, several: bool) -> str:
    """`results` of `method` as text; of one server as they are, of several with the server's name at each.

    Raises:
        UsageError: a column that is wanted is not there.
    """
    good = [each for each in results if each.failure is None]
    match form.output:
        case "none":
            return ""
        case "json" | "yaml":
            write = format_json if form.output == "json" else format_yaml
            return _documents(results, method, write, form, several=several)
        case "raw":
            return "\n".join(_raw(each) for each in good)
        case "xml":
            return "\n".join(_xml(each) for each in good)
        case _:
            return _rows(good, method, form, several=several)


def _rows(good: Sequence[Result], method: str, form: Form, *, several: bool) -> str:
    return _grid_text(choose_shape(good, method, form, several=several), form)


def choose_shape(good: Sequence[Result], method: str, form: Form, *, several: bool) -> Grid | str:
    """The results that are no failures, as rows with the columns that are wanted.

    Raises:
        UsageError: a column that is wanted is not there.
    """
    exact = form.output != "table"
    if several:
        shape: Grid | str = shape_servers([(short_name(each.server), each.value) for each in good], method, exact=exact)
    else:
        shape = shape_value(good[0].value, method, exact=exact) if good else ""
    if form.columns and isinstance(shape, Grid) and shape.rows:
        return choose_columns(shape, form.columns)
    return shape


def _grid_text(shape: Grid | str, form: Form) -> str:
    if isinstance(shape, str):
        if form.output != "csv" or not shape:
            return shape
        shape = Grid(("",), tuple((line,) for line in shape.split("\n")))
        form = replace(form, has_headings=False)
    if form.output == "lines":
        return "\n".join("\t".join(row) for row in shape.rows)
    if form.output == "csv":
        return _csv(shape, form)
    return draw(shape, form)


def format_json(value: object) -> str:
    """Exactly `value` as an indented JSON document, which is also safe to look at on a terminal."""
    return escape_for_json(json.dumps(value, ensure_ascii=False, indent=2))


def format_line(value: object) -> str:
    """`value` as JSON on one line, for streams of documents."""
    return escape_controls(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def draw(grid: Grid, form: Form, *, changed: frozenset[tuple[int, int]] = frozenset()) -> str:
    """`grid` as a table: cut to the width on a terminal, else plain and whole; cells at `changed` are marked."""
    import shutil  # noqa: PLC0415 - what only a table needs

    from rich.console import Console  # noqa: PLC0415 - 60 ms
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    is_terminal = sys.stdout.isatty()
    has_headings = bool(grid.headings) and form.has_headings
    table = Table(box=None, pad_edge=False, show_header=has_headings, header_style="bold")
    for at, heading in enumerate(grid.headings or ("", "")):
        justify = "right" if at in grid.numeric else "left"
        table.add_column(Text(heading), justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for line, row in enumerate(grid.rows):
        # As `Text`, since in a plain string brackets would be markup.
        table.add_row(
            *(Text(cell, style="bold reverse" if (line, at) in changed else "") for at, cell in enumerate(row))
        )
    width = shutil.get_terminal_size().columns if is_terminal else UNLIMITED
    console = Console(
        file=sys.stdout, width=width, emoji=False, highlight=False, no_color=None if form.has_color else True
    )
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def describe_failure(failure: Failure, output: str, *, method: str, server: str, several: bool = False) -> str:
    """What standard error gets: words with a hint, or one JSON document when `output` is json."""
    if output == "json":
        return format_json({"error": error_document(failure, method=method, server=server)})
    words = escape_controls(str(failure))
    said = failure.code in {"fault", "denied", "not-found", "no-method"}
    number = f"{failure.number} " if failure.number is not None and said else ""
    where = f"{escape_controls(short_name(server))}: " if several else ""
    hint = f"\n{escape_controls(failure.hint)}" if failure.hint else ""
    if failure.code == "denied" and failure.call_id:
        hint += f"\nserctl explain {escape_controls(failure.call_id)} shows what decided."
    return f"serctl: {where}{number}{words}{hint}"


def error_document(failure: Failure, *, method: str, server: str) -> dict[str, Any]:
    """A failure for programs."""
    return {
        "code": failure.number,
        "message": str(failure),
        "method": method,
        "server": server,
        "reason": failure.code,
        "exit_code": int(failure.exit_code),
        **({"call": failure.call_id} if failure.call_id else {}),
    }


def _documents(results: Sequence[Result], method: str, write: Any, form: Form, *, several: bool) -> str:
    documents = [_document(each, method, form, several=several) for each in results if several or not each.failure]
    if several:
        return str(write(documents))
    return str(write(documents[0])) if documents else ""


def _document(result: Result, method: str, form: Form, *, several: bool) -> object:
    if result.failure is not None:
        error = error_document(result.failure, method=method, server=result.server)
        return {"server": result.server, "error": error}
    value = json_ready(result.value)
    if form.has_envelope:
        return {"server": result.server, "method": method, "result": value}
    return {"server": result.server, "result": value} if several else value


def _raw(result: Result) -> str:
    """The answer's bytes, made harmless only where a person looks at them."""
    text = result.body.decode(errors="backslashreplace") if result.body else str(result.value)
    return escape_controls(text.rstrip("\n"), keep_lines=True) if sys.stdout.isatty() else text.rstrip("\n")


def _xml(result: Result) -> str:
    try:
        return escape_controls(write_response(result.value).decode(), keep_lines=True).rstrip("\n")
    except Fault:  # what came by JSON can be too large for XML-RPC
        return f"<!-- {escape_controls(result.server)}: a result that XML-RPC cannot carry -->"


def _csv(grid: Grid, form: Form) -> str:
    import csv  # noqa: PLC0415 - only for this form
    import io  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if form.has_headings and grid.headings:
        writer.writerow(grid.headings)
    writer.writerows(grid.rows)
    return text.getvalue().rstrip("\n")
