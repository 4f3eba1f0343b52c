"""`sertwist lsp`: the Language Server Protocol over standard input and output, by pygls.

Findings as you type, what a name means, what could be written, and the way to a route. A file that an editor has open
is analysed as it stands there; nothing is ever run or opened for listening.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import sertwist
from sertwist.editor.analysis import Analysis, analyse
from sertwist.script.diagnostic import Severity

if TYPE_CHECKING:
    from pygls.workspace import TextDocument

    from sertwist.script.diagnostic import Diagnostic
    from sertwist.script.source import Span

__all__ = ["make_server"]

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.HINT: types.DiagnosticSeverity.Information,
}
_KINDS: Final = {
    "function": types.CompletionItemKind.Function,
    "select": types.CompletionItemKind.Property,
    "variable": types.CompletionItemKind.Variable,
    "setting": types.CompletionItemKind.Constant,
    "module": types.CompletionItemKind.Module,
    "route": types.CompletionItemKind.Reference,
    "word": types.CompletionItemKind.Keyword,
}


class _Documents:
    """The analyses of the open documents, each made once a version."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._made: dict[str, tuple[int | None, Analysis]] = {}

    def document(self, uri: str) -> TextDocument:
        return self._server.workspace.get_text_document(uri)

    def analysis(self, uri: str) -> Analysis:
        document = self.document(uri)
        made = self._made.get(uri)
        if made is None or made[0] != document.version:
            made = (document.version, analyse(unquote(urlsplit(uri).path), document.source))
            self._made[uri] = made
        return made[1]

    def close(self, uri: str) -> None:
        self._made.pop(uri, None)

    def offset(self, uri: str, position: types.Position) -> int:
        return self.analysis(uri).source.offset(self.document(uri).offset_at_position(position))

    def range(self, uri: str, span: Span) -> types.Range:
        """Where `span` is, counted as the editor counts (UTF-16 unless it said otherwise)."""
        document, source = self.document(uri), self.analysis(uri).source
        ends = [source.position(offset) for offset in source.in_main(span)]
        points = [types.Position(line=line - 1, character=column - 1) for line, column in ends]
        lines = document.lines
        start, end = (document.position_codec.position_to_client_units(lines, each) for each in points)
        return types.Range(start=start, end=end)

    def location(self, uri: str, span: Span) -> types.Location:
        """Where `span` is, in the document or in a file that it includes."""
        source = self.analysis(uri).source
        if source.in_main(span) == span:
            return types.Location(uri=uri, range=self.range(uri, span))
        points = [types.Position(line=line - 1, character=column - 1) for line, column in source.extent(span)]
        path = Path(source.file_of(span)).resolve()
        return types.Location(uri=path.as_uri(), range=types.Range(start=points[0], end=points[1]))

    def diagnostic(self, uri: str, found: Diagnostic) -> types.Diagnostic:
        return types.Diagnostic(
            range=self.range(uri, found.span),
            message=f"{found.message} ({found.fix})" if found.fix else found.message,
            severity=_SEVERITIES[found.severity],
            code=found.code,
            source="sertwist",
        )


def make_server() -> LanguageServer:
    """A language server for `ser.cfg`; `start_io()` runs it."""
    server = LanguageServer("sertwist", sertwist.__version__)
    documents = _Documents(server)

    def publish(uri: str) -> None:
        found = [documents.diagnostic(uri, each) for each in documents.analysis(uri).diagnostics]
        version = documents.document(uri).version
        server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        )

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        documents.close(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        found = documents.analysis(uri).hover(documents.offset(uri, params.position))
        if found is None:
            return None
        text, span = found
        content = types.MarkupContent(kind=types.MarkupKind.PlainText, value=text)
        return types.Hover(contents=content, range=documents.range(uri, span))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> types.Location | None:
        uri = params.text_document.uri
        span = documents.analysis(uri).definition(documents.offset(uri, params.position))
        return None if span is None else documents.location(uri, span)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        uri = params.text_document.uri
        return [
            types.DocumentSymbol(
                name=name,
                kind=types.SymbolKind.Function,
                range=documents.range(uri, span),
                selection_range=documents.range(uri, name_span),
            )
            for name, span, name_span in documents.analysis(uri).routes()
        ]

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["@", "$", ".", '"', "(", "["])
    )
    def completion(params: types.CompletionParams) -> list[types.CompletionItem]:
        uri = params.text_document.uri
        offset = documents.offset(uri, params.position)
        analysis = documents.analysis(uri)
        return [
            types.CompletionItem(
                label=each.label,
                kind=_KINDS[each.kind],
                documentation=each.help or None,
                text_edit=types.TextEdit(
                    range=documents.range(uri, analysis.written_before(offset)), new_text=each.insert
                ),
            )
            for each in analysis.suggestions(offset)
        ]

    return server
