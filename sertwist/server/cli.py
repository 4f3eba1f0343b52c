"""`sertwist`: what is done beside a running server: check and try a script, make certificates, print the reference.

A subcommand is imported when it is asked for, so that a check need not wait for what the others need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

import sertwist

__all__ = ["main"]

#: Subcommand to where it is, and its help in the list of all.
_COMMANDS: Final = {
    "audit": ("sertwist.commands.audit:audit", "Verify, show and export audit logs."),
    "check": ("sertwist.commands.check:check_script", "Check a script and the files it names."),
    "compile": ("sertwist.commands.compile:compile_one", "Show the Python that a script becomes."),
    "doc": ("sertwist.commands.doc:print_reference", "Print what a name means, or the reference."),
    "doctor": ("sertwist.commands.doctor:doctor", "Look at a script, its ports and this machine before a start."),
    "fmt": ("sertwist.commands.fmt:format_scripts", "Lay scripts out."),
    "lsp": ("sertwist.commands.lsp:serve_editor", "Serve an editor."),
    "pki": ("sertwist.commands.pki:pki", "Make certificates, and check those of a script."),
    "policy": ("sertwist.commands.policy:policy", "Check, try and show a policy: who may call what."),
    "test": ("sertwist.rehearsal.commands:test_scripts", "Run a folder of cases against a script."),
    "trace": ("sertwist.rehearsal.commands:trace_message", "Run one message through a script offline."),
}


class _Commands(click.Group):
    """Subcommands by name, each imported on first use."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of all, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in sorted(_COMMANDS)])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sertwist.__version__, prog_name="sertwist")
def main() -> None:
    """A SIP and XML-RPC server whose behaviour is a routing script.

    The server itself is started by:  twistd -n sertwist --config ser.cfg
    """
