"""`top`: one screen on which a server, or all of them, can be watched at work."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from sertwist.client.failure import Failure, FaultError
from sertwist.printable import escape_controls
from sertwist.serctl.actions.overview import flatten
from sertwist.serctl.keys import Keys
from sertwist.serctl.output import Result
from sertwist.serctl.sample import History, sparkline
from sertwist.serctl.settings import parse_count, parse_duration
from sertwist.serctl.shape import short_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["show_top"]

# Where the numbers come from, beside every method that ends in `.stats`.
ASKED: Final = ("core.tcp_info", "tls.info")
# Numbers that are bounds and not measured.
BOUNDS: Final = ("max_", "readers")


@dataclass(slots=True)
class Watched:
    """One server on the screen; `words` say what is wrong with it, if something is."""

    server: Server
    history: History = field(default_factory=History)
    version: str = ""
    uptime: Value = None
    tcp: Mapping[str, Value] = field(default_factory=dict)
    days: int | None = None
    words: str = ""


def show_top(program: Program, every: str, count: str | None) -> int:
    """Show the screen until q or Ctrl-C, or `count` times; without a terminal one frame below the other."""
    seconds = parse_duration(every)
    is_terminal = sys.stdout.isatty()
    frames = parse_count(count, "count", 1, 10**9) if count else None if is_terminal else 1
    watched = [Watched(server) for server in program.servers]
    program.method = "top"
    with ExitStack() as stack:
        show = _screen(stack, program) if is_terminal else _plain
        keys = stack.enter_context(Keys())
        shown = 0
        while True:
            program.each_quietly(lambda server: _measure(server, watched))
            show(_frame(watched, keys.is_there))
            shown += 1
            if shown == frames or keys.wait(seconds) == "q":
                break
    return 0


def _measure(server: Server, watched: Iterable[Watched]) -> Result:
    """Ask `server` for its numbers; a server that does not answer is shown as that."""
    mine = next(each for each in watched if each.server is server)
    try:
        if not mine.version:
            mine.version = str(_said(server, "core.version"))
        uptime = _said(server, "core.uptime")
        mine.uptime = uptime.get("uptime") if isinstance(uptime, Mapping) else None
        mine.days = _days(server)
        numbers: dict[str, float] = {}
        for method in [*ASKED, *(name for name in server.client.methods() if name.endswith(".stats"))]:
            value = _said(server, method) if server.has(method) else None
            if method == "core.tcp_info" and isinstance(value, Mapping):
                mine.tcp = value
            group = method.partition(".")[0]
            numbers |= {
                f"{group}.{name}": each
                for name, each in flatten(value)
                if isinstance(each, int | float) and not isinstance(each, bool) and not name.startswith(BOUNDS)
            }
        mine.history.add(monotonic(), numbers)
        mine.words = ""
    except Failure as failure:
        mine.words = escape_controls(str(failure))
    return Result(server=server.name)


def _said(server: Server, method: str) -> Value:
    """What `method` returns; nothing if it is not ours to call."""
    try:
        return server.ask(method)
    except FaultError:
        return None


def _days(server: Server) -> int | None:
    """Until the first certificate expires."""
    rows = _said(server, "tls.certs") if server.has("tls.certs") or server.has("tls.certificates") else None
    found = [row.get("days_left") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []
    return min((days for days in found if isinstance(days, int)), default=None)


def _frame(watched: list[Watched], has_keys: bool) -> RenderableType:  # noqa: FBT001 - one caller
    from rich.console import Group  # noqa: PLC0415 - only here
    from rich.text import Text  # noqa: PLC0415

    parts: list[RenderableType] = [_servers(watched), Text()]
    if len(watched) == 1 and not watched[0].words:
        parts.append(_numbers(watched[0]))
    if has_keys:
        parts.append(Text("q quits", style="dim"))
    return Group(*parts)


def _servers(watched: list[Watched]) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415 - only here
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("SERVER", "VERSION", "UP", "CONNECTIONS", "TLS", "CALLS/s", "CERTIFICATE"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for each in watched:
        name = Text(escape_controls(short_name(each.server.name)))
        if each.words:
            table.add_row(name, Text(each.words, style="red"))
            continue
        calls = [each.history.counters.get(f"{group}.requests") for group in ("xmlrpc", "jsonrpc")]
        rates = [counter.rate for counter in calls if counter and counter.rate is not None]
        table.add_row(
            name,
            Text(escape_controls(each.version.partition(" (")[0])),
            _time(each.uptime),
            _load(each.tcp, ""),
            _load(each.tcp, "tls_"),
            f"{sum(rates):.1f}" if rates else "",
            Text(f"{each.days} days", style="red" if each.days < 21 else "") if each.days is not None else "",
        )
    return table


def _numbers(watched: Watched) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415 - only here
    from rich.text import Text  # noqa: PLC0415

    room = max(shutil.get_terminal_size().lines - 7, 5)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("NUMBER", no_wrap=True, overflow="ellipsis")
    table.add_column("VALUE", justify="right")
    table.add_column("PER SECOND", justify="right")
    table.add_column("")
    for label, counter in watched.history.busiest(room):
        rate = f"{counter.rate:.1f}" if counter.rate else ""
        table.add_row(
            Text(escape_controls(label)), f"{counter.value:g}", rate, Text(sparkline(counter.rates), style="cyan")
        )
    return table


def _load(tcp: Mapping[str, Value], kind: str) -> str:
    opened, most = tcp.get(f"opened_{kind}connections"), tcp.get(f"max_{kind}connections")
    return f"{opened} of {most}" if isinstance(opened, int) and isinstance(most, int) else ""


def _time(seconds: Value) -> str:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return ""
    days, rest = divmod(seconds, 86_400)
    return f"{days}d {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def _plain(frame: RenderableType) -> None:
    from rich.console import Console  # noqa: PLC0415 - only here

    console = Console(file=sys.stdout, width=200, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print(frame)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _screen(stack: ExitStack, program: Program) -> Callable[[RenderableType], None]:
    from rich.console import Console  # noqa: PLC0415 - only here
    from rich.live import Live  # noqa: PLC0415

    console = Console(emoji=False, highlight=False, no_color=None if program.form.has_color else True)
    live = stack.enter_context(Live(console=console, auto_refresh=False, screen=True))
    return lambda frame: live.update(frame, refresh=True)
