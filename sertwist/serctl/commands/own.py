"""Commands about serctl itself: contexts, certificates, the shell, completion, manual pages."""

from __future__ import annotations

from typing import Final

import click

from sertwist.serctl.commands.build import argument, command, group, names_of

__all__ = ["OWN"]

CONTEXT: Final = argument("NAME", complete=names_of("contexts"))

CTX: Final = group(
    "ctx",
    """Contexts: named servers with your certificate for them.

    They stand in serctl.toml, in your configuration directory or where --config says.
    """,
    [
        command("ls", "contexts.list_contexts", "List the contexts; the current one has a star."),
        command("use", "contexts.choose", "Make NAME the current context.", CONTEXT),
        command(
            "set",
            "contexts.store",
            """Set settings of the context NAME; it is made if it is not there.

            A SETTING is NAME=VALUE, and NAME= takes it away. They are the options of serctl: url, urls (with commas
            between), cacert, cert, key, key_pass_file, servername, pin, user, password_file, protocol, timeout,
            connect_timeout, retries, parallel, output, columns, limit; and confirm=true, which asks before everything
            that changes something. insecure and passwords are never stored.
            """,
            CONTEXT,
            argument("SETTING", name="settings", many=True),
            epilog="\b\nExample:\n  serctl ctx set lab url=https://sip1.example.net:5061 cacert=~/ca.pem cert=~/me.pem",
        ),
        command("rm", "contexts.remove", "Remove the context NAME.", CONTEXT),
        command(
            "test",
            "contexts.try_context",
            "Connect to the servers of the context NAME, or of the current one, and show what came of it.",
            argument("[NAME]", complete=names_of("contexts")),
        ),
    ],
)

COMPLETION: Final = command(
    "completion",
    "completing.print_completion",
    """Write the script by which SHELL completes commands, options, methods, contexts, settings, groups and tables.

    Names of the server are asked for within half a second and kept for a minute; a key with a password is never asked
    for while you type.
    """,
    click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish"),
    epilog="""\b
In ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish:
  eval "$(serctl completion bash)"
  eval "$(serctl completion zsh)"
  serctl completion fish | source
""",
)

OWN: Final = (CTX, COMPLETION)
