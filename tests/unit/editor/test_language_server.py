"""`sertwist lsp` with a client of the protocol that is not ours, over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

URI = "file:///somewhere/ser.cfg"
TEXT = (
    'loadmodule "sl"\nroute {\n    log("\U0001f600"); sl_replly("404", "No");\n    route(X);\n}\nroute[X] { exit; }\n'
)


async def conversation() -> dict[str, Any]:
    """Open a script, ask about it, mend it."""
    client = LanguageClient("test", "1")
    told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        told.put_nowait(params)

    code = "from sertwist.server.cli import main; main(['lsp'])"
    await client.start_io(sys.executable, "-c", code)
    answers: dict[str, Any] = {}
    answers["initialize"] = await client.initialize_async(
        types.InitializeParams(capabilities=types.ClientCapabilities(), root_uri=None)
    )
    client.initialized(types.InitializedParams())
    item = types.TextDocumentItem(uri=URI, language_id="ser-cfg", version=1, text=TEXT)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    answers["first"] = await asyncio.wait_for(told.get(), 30)
    document = types.TextDocumentIdentifier(uri=URI)
    answers["definition"] = await client.text_document_definition_async(
        types.DefinitionParams(text_document=document, position=types.Position(line=3, character=10))
    )
    answers["symbols"] = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(text_document=document)
    )
    answers["hover"] = await client.text_document_hover_async(
        types.HoverParams(text_document=document, position=types.Position(line=2, character=5))
    )
    change = types.TextDocumentContentChangeWholeDocument(text=TEXT.replace("sl_replly", "sl_reply"))
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=URI, version=2), content_changes=[change]
        )
    )
    answers["second"] = await asyncio.wait_for(told.get(), 30)
    answers["completion"] = await client.text_document_completion_async(
        types.CompletionParams(text_document=document, position=types.Position(line=2, character=20))
    )
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return answers


def test_an_editor_gets_findings_meanings_and_the_way_to_a_route() -> None:
    answers = asyncio.run(asyncio.wait_for(conversation(), 120))
    (found,) = [each for each in answers["first"].diagnostics if each.code == "unknown-function"]
    assert found.severity is types.DiagnosticSeverity.Error
    # Columns are counted in UTF-16 units: the emoji before it has two.
    assert (found.range.start.line, found.range.start.character) == (2, 15)
    assert (answers["definition"].range.start.line, answers["definition"].range.start.character) == (5, 6)
    assert [each.name for each in answers["symbols"]] == ["route", "route[X]"]
    assert "log" in answers["hover"].contents.value
    assert not [each for each in answers["second"].diagnostics if each.severity is types.DiagnosticSeverity.Error]
    assert {"sl_reply"} <= {each.label for each in answers["completion"]}
