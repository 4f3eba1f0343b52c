"""Commands about serctl itself: contexts, certificates, the shell, completion, manual pages."""

from __future__ import annotations

from typing import Final

import click

from sertwist.serctl.commands.build import argument, command, flag, group, names_of, option

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

CERT: Final = group(
    "cert",
    "Your certificate: look at it, ask for one, renew it.",
    [
        command(
            "info",
            "certificates.show_certificate",
            """Show what your certificate says, or the one in FILE.

            pin is what --pin and policies take: the SHA-256 of the public key.
            """,
            argument("[FILE]", type=click.Path()),
            flag("--server", text="The one that the server shows; it is not verified for that."),
        ),
        command(
            "new",
            "certificates.ask_for_new",
            "Make a private key and a request for a certificate: NAME.key, for you alone, and NAME.csr.",
            argument("NAME"),
            option("--cn", metavar="TEXT", text="Common name, if it is not NAME."),
            option("--organization", metavar="TEXT", text="Organisation."),
            option("--email", metavar="ADDRESS", multiple=True, text="Mail address; may be given several times."),
            option("--uri", metavar="URI", multiple=True, text="As sip:bob@example.net; may be given several times."),
            option("--key", type=click.Choice(["ec", "ec384", "rsa3072", "rsa4096"]), default="ec", show_default=True,
                   text="Kind of the key."),
            option("--out", metavar="FOLDER", text="Where the files go; here."),
            epilog="\b\nExample:\n  serctl cert new bob --organization 'Example Ltd' --email bob@example.net",
        ),
        command(
            "renew",
            "certificates.renew",
            """Ask for a certificate that says what yours says, with a new key beside the old one.

            Nothing is changed until it is signed. --take puts the signed one and its key in place of the old ones,
            which stay beside them as .old.
            """,
            flag("--same-key", text="Keep the key."),
            option("--take", metavar="FILE", text="The signed certificate, with its intermediates after it."),
        ),
    ],
)  # fmt: skip

MAN: Final = command(
    "man",
    "pages.write_pages",
    "Write the manual pages of serctl and each of its commands into FOLDER; without it the first of them is shown.",
    argument("[FOLDER]", type=click.Path()),
    epilog="\b\nExamples:\n  serctl man | man -l -\n  serctl man /usr/local/share/man/man1",
)

SHELL: Final = command(
    "shell",
    "shell.run_shell",
    """Type commands one after the other, over one connection.

    A line is a command of serctl, or a method with its arguments; `help` tells the rest. Lines that name passwords and
    the like are not remembered. The prompt is red in a context that asks before changes. Lines can also come from
    standard input: then the exit status is that of the last one.
    """,
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

OWN: Final = (CTX, CERT, SHELL, COMPLETION, MAN)
