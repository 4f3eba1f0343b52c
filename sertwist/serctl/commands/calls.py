"""Commands for any method: call it, find it, understand it."""

from __future__ import annotations

from typing import Final

import click

from sertwist.serctl.commands.build import argument, command, names_of

__all__ = ["CALLS", "CORE_KILL", "UPTIME"]

ANY_METHOD: Final = argument("METHOD", complete=names_of("methods"))
ANY_ARGUMENTS: Final = argument("[ARG]", name="arguments", many=True, type=click.UNPROCESSED)
#: What follows METHOD is never an option.
AS_TYPED: Final = {"ignore_unknown_options": True, "allow_interspersed_args": False}

CALL_EPILOG: Final = """\b
Prefixes that force an argument's type:
  s:TEXT  text       i:42  integer    d:1.5  double     b:true  boolean
  n:      nil        t:2026-01-31T12:00:00Z  time       json:[1, {"a": 2}]  any structure
  @FILE   the text in FILE, @- the text on standard input; s:@x is the text @x

\b
Examples:
  serctl call core.version
  serctl call core.echo 42 s:42 -1.5 'json:{"list": [1, 2]}'
  serctl call -o json core.uptime
  serctl call ul.add table=location aor=bob@example.net 'contact=sip:bob@192.0.2.7;transport=udp' ...
"""

CALL: Final = command(
    "call",
    "calls.call_method",
    """Call METHOD with any arguments and show its result.

    The server is asked for the method's declaration, which decides the arguments' types. Where it says nothing, plain
    integers and decimals are numbers and everything else is text. NAME=VALUE gives a parameter by the name that the
    server declares for it. What follows METHOD is never an option.
    """,
    ANY_METHOD,
    ANY_ARGUMENTS,
    epilog=CALL_EPILOG,
    context_settings=AS_TYPED,
)

CAN: Final = command(
    "can-i",
    "calls.can_call",
    """Ask whether you may call METHOD, with these arguments if there are any.

    The server answers with the rule that decides and nothing is run. The exit status is 0 for yes and 4 for no.
    """,
    ANY_METHOD,
    ANY_ARGUMENTS,
    epilog="\b\nExamples:\n  serctl can-i core.kill\n  serctl can-i ul.rm location bob@example.net",
    context_settings=AS_TYPED,
)

METHODS: Final = command(
    "methods",
    "calls.list_methods",
    "List the methods of the server, or those that match GLOB; whether you may call one the server decides.",
    argument("[GLOB]", default=""),
    epilog="\b\nExample:\n  serctl methods 'core.*'",
)

HELP: Final = command("help", "calls.help_method", "Show what METHOD does and how it is called.", ANY_METHOD)

EXPLAIN: Final = command(
    "explain",
    "calls.explain",
    """Explain why a call was allowed or refused, or what a method is.

    WHAT is the number of a call, as a refusal and the audit log name it; without it, it is the last call that was
    refused or failed. Shown are the lines of the script and the rule that decided, with the values that they saw. Or
    WHAT is a method: shown is all that is declared of it, and whether you may call it by which rule.
    """,
    argument("[WHAT]"),
    epilog="\b\nExamples:\n  serctl explain 5f3a-17\n  serctl explain ul.rm",
)

UPTIME: Final = command("uptime", "calls.show_uptime", "Show since when the server runs (core.uptime).")

SIGNAL: Final = argument("[SIGNAL]", type=click.IntRange(1, 64))
KILL_TEXT: Final = """Stop the server, or send it SIGNAL (core.kill).

    Asks first; without a terminal to ask on it refuses unless --yes is given.
    """
KILL_EPILOG: Final = "\b\nExamples:\n  serctl kill\n  serctl kill --yes 15"

KILL: Final = command("kill", "calls.kill_server", KILL_TEXT, SIGNAL, epilog=KILL_EPILOG)
CORE_KILL: Final = command("kill", "calls.kill_server", KILL_TEXT, SIGNAL, epilog=KILL_EPILOG)

CALLS: Final = (CALL, METHODS, HELP, EXPLAIN, CAN, UPTIME, KILL)
