"""`sertwist lsp`: the language server."""

from __future__ import annotations

import click

__all__ = ["serve_editor"]


@click.command("lsp")
def serve_editor() -> None:
    """Serve an editor: the Language Server Protocol over standard input and output.

    Needs the extra of that name: pip install "sertwist[lsp]".
    """
    try:
        from sertwist.editor.language_server import make_server  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise click.ClickException(f"{error.name} is missing: pip install 'sertwist[lsp]'") from None
    make_server().start_io()
