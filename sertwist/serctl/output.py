"""Write results and errors as text, as tables or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Final

from sertwist.client.json_codec import json_ready
from sertwist.printable import escape_controls, escape_for_json
from sertwist.serctl.shape import Grid, shape_value

if TYPE_CHECKING:
    from sertwist.client.failure import Failure
    from sertwist.rpc.call import Value

__all__ = ["describe_failure", "format_json", "format_table"]

# Without a terminal nothing is cut, however wide it gets.
UNLIMITED: Final = 1_000_000


def format_json(value: Value) -> str:
    """Exactly `value` as an indented JSON document, which is also safe to look at on a terminal."""
    return escape_for_json(json.dumps(json_ready(value), ensure_ascii=False, indent=2))


def format_table(value: Value, method: str = "") -> str:
    """`value`, the result of `method`, for a person: cut to the width on a terminal, else plain and whole."""
    shape = shape_value(value, method)
    return shape if isinstance(shape, str) else _draw(shape)


def describe_failure(failure: Failure, output: str, *, method: str, server: str) -> str:
    """What standard error gets: words with a hint, or one JSON document when `output` is json."""
    if output != "json":
        words = escape_controls(str(failure))
        number = (
            f"{failure.number} "
            if failure.number is not None and failure.code in {"fault", "denied", "not-found", "no-method"}
            else ""
        )
        hint = f"\n{escape_controls(failure.hint)}" if failure.hint else ""
        return f"serctl: {number}{words}{hint}"
    error: dict[str, Value] = {
        "code": failure.number,
        "message": str(failure),
        "method": method,
        "server": server,
        "reason": failure.code,
        "exit_code": int(failure.exit_code),
    }
    return format_json({"error": error})


def _draw(grid: Grid) -> str:
    from rich.console import Console  # noqa: PLC0415 - 60 ms that only a table needs
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    is_terminal = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, show_header=bool(grid.headings), header_style="bold")
    for at, heading in enumerate(grid.headings or ("", "")):
        justify = "right" if at in grid.numeric else "left"
        table.add_column(Text(heading), justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for row in grid.rows:
        # As `Text`, since in a plain string brackets would be markup.
        table.add_row(*(Text(cell) for cell in row))
    width = shutil.get_terminal_size().columns if is_terminal else UNLIMITED
    console = Console(file=sys.stdout, width=width, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
