"""Read the policy file that a script names, so that what is wrong with it is told by every check of the script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.script.diagnostic import Severity
from sertwist.script.source import Span
from sertwist.server.finding import Finding

if TYPE_CHECKING:
    from sertwist.modules.loader import Loaded
    from sertwist.modules.xmlrpc import XmlRpcModule
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Script

__all__ = ["examine_policy"]


def examine_policy(xmlrpc: XmlRpcModule, loaded: Loaded, script: Script, diagnostics: Diagnostics) -> list[Finding]:
    """Give `xmlrpc` its policy; problems of the script go to `diagnostics`, those of the policy come back."""
    places = [each.value_span for each in script.modparams if each.parameter == "policy"]
    where = places[-1] if places else Span(0, 0)
    methods = [each for module in loaded.modules for each in module.methods()]
    try:
        reading = xmlrpc.load_policy(Path(script.source.name).resolve().parent, [*system_methods(Registry()), *methods])
    except OSError as error:
        diagnostics.error("policy-file", where, f"policy {xmlrpc.policy_path} can't be read: {error.strerror}")
        return []
    if reading is None:
        return []
    return [
        Finding(
            code=each.code,
            severity=Severity(each.severity.value),
            message=each.message,
            fix=each.fix,
            file=each.file,
            line=each.line,
            column=1,
            end_line=each.line,
            end_column=1,
            text=each.text,
        )
        for each in reading.findings
    ]
