"""Commands for the whole of a server, and for several calls at once."""

from __future__ import annotations

from typing import Final

import click

from sertwist.serctl.commands.build import argument, command, flag, names_of, option

__all__ = ["CFG_MORE", "HT_MORE", "OPERATING"]

STAT: Final = command(
    "stat",
    "overview.show_statistics",
    """Show the server's numbers: core.uptime, core.tcp_info and every method that ends in .stats.

    With GROUPs those of these groups only, as in core, tls, sl.
    """,
    argument("[GROUP]", many=True),
    epilog="\b\nExample:\n  serctl stat sl xmlrpc",
)

HEALTH: Final = command(
    "health",
    "overview.show_health",
    """Check whether all is well: does it answer, connections, certificates, clock, script.

    The exit status is 0 when all is well, 9 when something warns, 10 when something is critical or the server cannot be
    reached; monitoring can call this as it is. What the server has no method for is left out.
    """,
    option("--warn-days", type=click.IntRange(0), default=21, show_default=True, text="Days until a certificate ends."),
    option("--critical-days", type=click.IntRange(0), default=3, show_default=True, text="The same, critical."),
    option("--warn-load", type=click.IntRange(0, 100), default=80, show_default=True, text="Percent of connections."),
    option("--critical-load", type=click.IntRange(0, 100), default=95, show_default=True, text="The same, critical."),
    option("--warn-clock", type=click.IntRange(0), default=5, show_default=True, text="Seconds between the clocks."),
    option("--critical-clock", type=click.IntRange(0), default=60, show_default=True, text="The same, critical."),
    epilog="\b\nExample:\n  serctl -c lab health --warn-days 30 || page-somebody",
)

RELOAD: Final = command(
    "reload",
    "reloading.reload_modules",
    """Read anew everything that can be, or what the MODULEs can: every method that ends in .reload.

    What cannot be read stays in force as it was, and the others are reloaded all the same. With several servers and
    --rolling no further one is reloaded after one that failed.
    """,
    argument("[MODULE]", many=True),
    epilog="\b\nExamples:\n  serctl reload --dry-run\n  serctl reload tls\n  serctl -c all --rolling reload",
)

BATCH: Final = command(
    "batch",
    "batch.run_batch",
    """Make all calls of FILE, - for standard input, in few requests (system.multicall).

    A call stands on a line as after `serctl call`: METHOD and its arguments, quoted as in a shell; lines that begin
    with # are skipped. Or the file is a JSON array of {"method": ..., "params": ...}. The server decides about all
    calls of a request before it runs the first. The exit status is 1 when some of them failed.
    """,
    argument("FILE", type=click.Path(allow_dash=True)),
    epilog="""\b
Example:
  printf 'core.version\\nul.rm location bob@example.net\\n' | serctl --yes batch -
""",
)

WATCH: Final = command(
    "watch",
    "watching.watch",
    """Repeat COMMAND, which is a command of serctl with its arguments, and mark what changed.

    On a terminal the table is redrawn in place; elsewhere a table follows the other with a star at what changed, and -o
    json writes a document on a line each time. Only what reads is repeated, unless --yes is given. One connection
    serves for all. A server that tells of changes by itself is not asked again: what is shown then are the changes.

    --until CONDITION ends it when the condition holds: NAME OP VALUE, several joined by and. NAME is a member of the
    result, a.b one inside it, 0 an element, rows how many there are, value the whole; OP is == != < <= > >= or ~ for
    has in it. With --count the exit status is 1 when the condition did not come true.
    """,
    argument("COMMAND", many=True, type=click.UNPROCESSED),
    option("--every", metavar="TIME", text="How long to wait between two runs.  [default: 2s]"),
    option("--count", metavar="N", text="How often to run it; without it until Ctrl-C."),
    option("--until", metavar="CONDITION", text="End when this holds."),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  serctl watch core tcp
  serctl watch ul ls --every 5s
  serctl watch --until 'opened_tls_connections == 0' --count 30 core tcp
""",
)

TOP: Final = command(
    "top",
    "top.show_top",
    """Watch the server at work on one screen: connections, calls, every number with its rate.

    With several servers a row each. The key q ends it. Without a terminal one frame is written, or --count of them.
    """,
    option("--every", metavar="TIME", default="2s", show_default=True, text="How long between two frames."),
    option("--count", metavar="N", text="How many frames."),
)

DIFF: Final = command(
    "diff",
    "changing.show_differences",
    """Show the settings that wait for a commit.

    The exit status is 0 when there are none and 11 when there are some.
    """,
)

COMMIT: Final = command(
    "commit",
    "changing.commit_settings",
    """Put the delayed settings in force.

    With --confirm the server undoes them by itself unless --keep comes in time: for changes that could lock you out.
    """,
    option("--confirm", metavar="TIME", text="Undo it after this time, as in 60s, unless it is confirmed."),
    flag("--keep", text="Confirm the commit that waits for it."),
    epilog="\b\nExample:\n  serctl cfg commit --confirm 60s && serctl health && serctl cfg commit --keep",
)

SET_ENTRY: Final = command(
    "set",
    "changing.set_entry",
    "Put VALUE under KEY of TABLE, as text.",
    argument("TABLE", complete=names_of("tables")),
    argument("KEY"),
    argument("VALUE"),
    option("--int", "number", is_flag=True, text="VALUE is a number."),
    option("--expire", metavar="TIME", text="For this time only, as in 10m."),
    context_settings={"ignore_unknown_options": True},
    epilog="\b\nExamples:\n  serctl ht set banned 192.0.2.7 1 --int --expire 10m",
)

CFG_MORE: Final = (DIFF, COMMIT)
HT_MORE: Final = (SET_ENTRY,)
OPERATING: Final = (STAT, HEALTH, RELOAD, BATCH, WATCH, TOP)
