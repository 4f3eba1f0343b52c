"""serctl's options, and how a run ends: exit status and what standard error says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sertwist import __version__
from sertwist.client.choices import PROTOCOLS
from sertwist.client.failure import ExitCode, Failure, StoppedError, UsageError
from sertwist.serctl.commands import all_commands
from sertwist.serctl.invocation import DEFAULTS, OUTPUTS, PRINTS, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from click.shell_completion import CompletionItem

__all__ = ["main", "serctl"]

EPILOG = """\b
Examples:
  serctl --url https://sip1.example.net:5061/RPC2 --cacert ca.pem --cert bob.pem --key bob.key version
  serctl -c lab ps
  serctl -c lab -o json call core.uptime
  serctl -c lab kill --yes

Every option can be given by the environment variable that stands with it, and by a context in serctl.toml. An option
wins over its variable, that over the context, that over the default. The file is looked for in the system's
configuration directory, then in the user's, which wins; others may not have the right to write to it:

\b
  current = "lab"
  [context.lab]
  url = "https://sip1.example.net:5061/RPC2"
  cacert = "~/.serctl/ca.pem"
  cert = "~/.serctl/me.pem"
  key = "~/.serctl/me.key"

\b
Exit status:
  0 success                           4 denied
  1 the server answered a fault       5 no such method or object
  2 wrong usage or configuration      6 no answer after sending: outcome unknown
  3 no connection, nothing was run    8 answer not understood
                                      130 interrupted

\b
Completion:
  eval "$(_SERCTL_COMPLETE=bash_source serctl)"      in ~/.bashrc
  eval "$(_SERCTL_COMPLETE=zsh_source serctl)"       in ~/.zshrc
  _SERCTL_COMPLETE=fish_source serctl | source       in config.fish
"""


def _complete_context(context: click.Context, _param: click.Parameter, typed: str) -> list[str | CompletionItem]:
    from sertwist.serctl.context import default_files, read_contexts  # noqa: PLC0415 - only for completion

    config = context.params.get("config")
    try:
        contexts = read_contexts([Path(config).expanduser()] if config else default_files())
    except Failure:
        return []
    return [name for name in sorted(contexts.named) if name.startswith(typed)]


def _option(*names: str, text: str, **more: Any) -> Callable[..., Any]:
    """An option that the environment can give too, with a help text that says so."""
    name = names[-1].lstrip("-").replace("-", "_")
    variables = [f"SERCTL_{name.upper()}", *more.pop("other_variables", ())]
    default = f"; default: {DEFAULTS[name]}" if name in DEFAULTS else ""
    return click.option(*names, name, envvar=variables, help=f"{text}  [{', '.join(variables)}{default}]", **more)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@_option("-c", "--context", text="Context of serctl.toml to use.", shell_complete=_complete_context)
@_option("--config", text="Read this file and no other serctl.toml.", type=click.Path(path_type=Path))
@_option(
    "-u",
    "-s",
    "--ser-uri",
    "--url",
    metavar="URL",
    multiple=True,
    other_variables=["SERCTL_SER"],
    text="A server: https://HOST:PORT/RPC2 or unix:/PATH/OF/SOCKET. Given again, or with spaces between them in the "
    "variable: several servers, which are called at once.",
)
@_option("--cacert", metavar="FILE", text="Authorities that the server must be traced to, else the system's.")
@_option("-m", "--cert", metavar="FILE", text="Your certificate.")
@_option("-k", "--key", metavar="FILE", text="Its private key, if it is not in the certificate's file.")
@_option("--key-pass-file", metavar="FILE", text="File whose first line opens an encrypted key.")
@_option("--servername", metavar="NAME", text="Name that the server's certificate must have, if not the URL's host.")
@_option(
    "--pin",
    metavar="SHA256",
    multiple=True,
    text="Public key that the server must have beside a good certificate, as sha256:HEX or sha256//BASE64.",
)
@_option("--insecure", text="Take any server's certificate. Anybody can then be the server.", is_flag=True)
@_option("--user", metavar="NAME", text="Name for HTTP digest authentication, if the server asks for it.")
@_option("--password-file", metavar="FILE", text="File whose first line is its password, else SERCTL_PASSWORD.")
@_option("--protocol", text="What to speak; auto goes by the URL's path.", type=click.Choice(PROTOCOLS))
@_option("--timeout", metavar="TIME", text="For a call, from sending to the answer's end: 500ms, 10s, 2m.")
@_option("--connect-timeout", metavar="TIME", text="For the TCP connection, and again for the TLS handshake.")
@_option("--retries", metavar="N", text="How often to try again what certainly has not run, or may run twice.")
@_option("--parallel", metavar="N", text="How many of several servers are called at once.")
@_option("--rolling", text="Call several servers one after the other, no further after a failure.", is_flag=True)
@_option("-o", "--output", text="How to show results.", type=click.Choice(OUTPUTS))
@click.option("-t", "output", flag_value="table", help="The same as -o table.")
@_option("--columns", metavar="A,B,...", text="Columns of a table to show, in this order.")
@_option("--no-headers", text="No line with the columns' names.", is_flag=True)
@_option("--raw", text="JSON and YAML say with the result which server and method it is of.", is_flag=True)
@_option("--limit", metavar="N", text="Rows of a list to fetch.")
@_option("--all", text="Fetch every page of a list.", is_flag=True)
@_option(
    "--dry-run", text="Show what would be changed, change nothing; exit status 11 if something would.", is_flag=True
)
@_option("--print", text="Show the request in place of sending it.", type=click.Choice(PRINTS))
@_option("--yes", text="Do not ask before destructive methods.", is_flag=True)
@_option("-q", "--quiet", text="No warnings and notes.", is_flag=True)
@_option("-v", "--verbose", text="Show on standard error what goes over the wire, without secrets.", is_flag=True)
@_option("--no-color", text="No colours; NO_COLOR is heeded too.", is_flag=True)
@click.version_option(__version__, message="serctl %(version)s")
@click.make_pass_decorator(Invocation, ensure=True)
def serctl(invocation: Invocation, /, **given: Any) -> None:
    """Operate a sertwist or SER server by XML-RPC over mutual TLS.

    The server's certificate and host name are always verified.
    """
    invocation.config, invocation.context = given.pop("config"), given.pop("context") or ""
    invocation.options = given


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
