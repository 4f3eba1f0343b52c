"""serctl's options, and how a run ends: exit status and what standard error says."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist import __version__
from sertwist.client.failure import ExitCode, Failure, StoppedError, UsageError
from sertwist.serctl.commands import all_commands
from sertwist.serctl.commands.options import SECTIONS
from sertwist.serctl.commands.sectioned import SectionedGroup
from sertwist.serctl.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "serctl"]

HELP = """\
Operate a sertwist or SER server by XML-RPC or JSON-RPC over mutual TLS.

Options stand before the command; those of Output and Before a call may stand after it too. Each can be given by the
variable that stands with it and by a context in serctl.toml: an option wins over its variable, that over the context,
that over the default. The server's certificate and host name are verified; who you are, your certificate says.
"""

EPILOG = """\b
Examples:
  serctl --url https://sip1.example.net:5061 --cacert ca.pem --cert bob.pem --key bob.key version
  serctl -c lab ps
  serctl -c lab -o json call core.uptime
  serctl -c lab ul get bob@example.net
  serctl -c all --rolling reload tls
  serctl -c lab kill --yes

Contexts are kept by `serctl ctx`. Their file is looked for in the system's configuration directory, then in the
user's, which wins; others may not have the right to write to it:

\b
  current = "lab"
  [context.lab]
  url = "https://sip1.example.net:5061/RPC2"
  cacert = "~/.serctl/ca.pem"
  cert = "~/.serctl/me.pem"
  key = "~/.serctl/me.key"
  [context.all]
  urls = ["https://sip1.example.net:5061/RPC2", "https://sip2.example.net:5061/RPC2"]
  confirm = true        # ask before everything that changes something

\b
Exit status:
  0 success                           6 no answer after sending: outcome unknown
  1 the server answered a fault       7 some of several servers failed
  2 wrong usage or configuration      8 answer not understood
  3 no connection, nothing was run    9 health: warning, 10 health: critical
  4 denied                           11 a diff or dry run found changes
  5 no such method or object        130 interrupted
"""

COMMAND_SECTIONS: Final = {
    "Calling methods": ("call", "batch", "methods", "help", "explain", "can-i"),
    "Looking at a server": ("version", "uptime", "ps", "stat", "health", "top", "watch", "core"),
    "Operating it": ("ul", "ds", "ht", "dlg", "tls", "cfg", "script", "rpc", "reload", "kill"),
    "serctl itself": ("ctx", "cert", "shell", "completion", "man"),
}

serctl = SectionedGroup(
    name="serctl",
    option_sections=SECTIONS,
    command_sections=COMMAND_SECTIONS,
    help=HELP,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@click.make_pass_decorator(Invocation, ensure=True)
def _start(invocation: Invocation, /, **given: Any) -> None:
    invocation.config, invocation.context = given.pop("config"), given.pop("context") or ""
    invocation.options = given


serctl.callback = _start
click.version_option(__version__, message="serctl %(version)s")(serctl)
for _command in all_commands():
    serctl.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run serctl with `arguments`, those of the process if None, and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # What a terminal's character set lacks is shown as an escape; it must not end the program after a call.
            stream.reconfigure(errors="backslashreplace")
    invocation = Invocation()
    try:
        status = serctl.main(arguments, prog_name="serctl", standalone_mode=False, obj=invocation)
    except Failure as failure:
        return _fail(failure, invocation)
    except click.Abort:
        return _fail(_interruption(invocation), invocation)
    except click.ClickException as error:
        invocation.options.setdefault("output", _parsed_output(error))
        if _output(invocation) == "json":
            return _fail(UsageError(error.format_message(), code="usage"), invocation)
        error.show()
        return ExitCode.USAGE
    finally:
        if invocation.program:
            invocation.program.close()
    return status if isinstance(status, int) else ExitCode.OK


def _fail(failure: Failure, invocation: Invocation) -> int:
    from sertwist.serctl.output import describe_failure  # noqa: PLC0415 - only for failures and results

    program = invocation.program
    method = program.method if program else ""
    words = describe_failure(failure, _output(invocation), method=method, server=_server(invocation))
    click.echo(words, err=True)
    return failure.exit_code


def _interruption(invocation: Invocation) -> Failure:
    pending = invocation.program.pending if invocation.program else ""
    message = f"interrupted: {pending} was sent and may have run" if pending else "interrupted; no call was under way"
    return StoppedError(message, code="interrupted")


def _parsed_output(error: click.ClickException) -> str | None:
    """The output that a wrong command line asks for: it fails before its options are handed over."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return context.find_root().params.get("output") if context else None


def _output(invocation: Invocation) -> str:
    """How to show a failure: as was decided, or as is wanted so far if nothing could be decided."""
    if invocation.program and invocation.program.decided:
        return invocation.program.decided.output
    return invocation.given("output") or os.environ.get("SERCTL_OUTPUT") or "table"


def _server(invocation: Invocation) -> str:
    if invocation.program and invocation.program.decided:
        return " ".join(invocation.program.decided.urls)
    return " ".join(invocation.options.get("url") or ())
