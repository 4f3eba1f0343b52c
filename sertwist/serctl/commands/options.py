"""The options of serctl, by what they are about. Each can be given by a variable of the environment too."""

from __future__ import annotations

from typing import Any, Final

import click

from sertwist.client.choices import PROTOCOLS
from sertwist.serctl.commands.build import names_of
from sertwist.serctl.invocation import DEFAULTS, OUTPUTS, PRINTS

__all__ = ["SECTIONS"]


def _option(*names: str, text: str, **more: Any) -> click.Option:
    """An option whose help says by which variable it is given, and what holds if it is not."""
    name = names[-1].lstrip("-").replace("-", "_")
    variables = [f"SERCTL_{name.upper()}", *more.pop("other_variables", ())]
    default = f"; default: {DEFAULTS[name]}" if name in DEFAULTS else ""
    return click.Option([*names, name], envvar=variables, help=f"{text}  [{', '.join(variables)}{default}]", **more)


def _flag(*names: str, text: str) -> click.Option:
    return _option(*names, text=text, is_flag=True)


SERVERS: Final = (
    _option("-c", "--context", text="Context of serctl.toml to use.", shell_complete=names_of("contexts")),
    _option("--config", text="Read this file and no other serctl.toml.", type=click.Path()),
    _option(
        "-u", "-s", "--ser-uri", "--url", metavar="URL", multiple=True, other_variables=["SERCTL_SER"],
        text="A server: https://HOST:PORT/RPC2 or unix:/PATH/OF/SOCKET. Given again, or with spaces between them in "
        "the variable: several servers, which are called at once.",
    ),
    _option("--protocol", text="What to speak; auto goes by the URL's path.", type=click.Choice(PROTOCOLS)),
    _option("--parallel", metavar="N", text="How many of several servers are called at once."),
    _flag("--rolling", text="Call several servers one after the other, no further after a failure."),
)  # fmt: skip

TRUST: Final = (
    _option("--cacert", metavar="FILE", text="Authorities that the server must be traced to, else the system's."),
    _option("-m", "--cert", metavar="FILE", text="Your certificate."),
    _option("-k", "--key", metavar="FILE", text="Its private key, if it is not in the certificate's file."),
    _option("--key-pass-file", metavar="FILE", text="File whose first line opens an encrypted key."),
    _option("--servername", metavar="NAME", text="Name that the server's certificate must have, if not the host."),
    _option(
        "--pin", metavar="SHA256", multiple=True,
        text="Public key that the server must have beside a good certificate, as sha256:HEX or sha256//BASE64.",
    ),
    _flag("--insecure", text="Take any server's certificate. Anybody can then be the server."),
    _option("--user", metavar="NAME", text="Name for HTTP digest authentication, if the server asks for it."),
    _option("--password-file", metavar="FILE", text="File whose first line is its password, else SERCTL_PASSWORD."),
)  # fmt: skip

TIMES: Final = (
    _option("--timeout", metavar="TIME", text="For a call, from sending to the answer's end: 500ms, 10s, 2m."),
    _option("--connect-timeout", metavar="TIME", text="For the TCP connection, and again for the TLS handshake."),
    _option("--retries", metavar="N", text="How often to try again what certainly has not run, or may run twice."),
)

SAFETY: Final = (
    _flag("--dry-run", text="Show what would be changed, change nothing; exit status 11 if something would."),
    _option("--print", text="Show the request in place of sending it.", type=click.Choice(PRINTS)),
    _flag("--yes", text="Do not ask before destructive methods."),
)

OUTPUT: Final = (
    _option("-o", "--output", text="How to show results.", type=click.Choice(OUTPUTS)),
    click.Option(["-t", "output"], flag_value="table", help="The same as -o table."),
    _option("--columns", metavar="A,B,...", text="Columns of a table to show, in this order."),
    _flag("--no-headers", text="No line with the columns' names."),
    _flag("--raw", text="JSON and YAML say with the result which server and method it is of."),
    _option("--limit", metavar="N", text="Rows of a list to fetch."),
    _flag("--all", text="Fetch every page of a list."),
    _flag("-q", "--quiet", text="No warnings and notes."),
    _flag("-v", "--verbose", text="Show on standard error what goes over the wire, without secrets."),
    _flag("--no-color", text="No colours; NO_COLOR is heeded too."),
)

#: Title to options, in the order in which help shows them.
SECTIONS: Final = {
    "Which server": SERVERS,
    "Who you are, and whom you trust": TRUST,
    "Before a call": SAFETY,
    "Times": TIMES,
    "Output": OUTPUT,
}
