"""`examine`: everything that can be told about a script before it runs, and every finding, in one go."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.modules.loader import load_modules
from sertwist.record import record
from sertwist.script.check import check
from sertwist.script.diagnostic import Severity
from sertwist.script.parser import parse
from sertwist.script.source import Source, Span
from sertwist.script.tell_dialect import Told, tell_dialect
from sertwist.server.addresses import ListenAddress, listen_addresses
from sertwist.server.finding import Finding, found_in_file, found_in_script
from sertwist.server.reading import Reading
from sertwist.server.script_files import surroundings
from sertwist.server.uncollected import uncollected
from sertwist.tls.loading.problem import Place

if TYPE_CHECKING:
    from sertwist.modules.loader import Loaded
    from sertwist.modules.tls import TlsModule
    from sertwist.modules.xmlrpc import XmlRpcModule
    from sertwist.script.diagnostic import Diagnostic, Diagnostics
    from sertwist.script.nodes import Script

__all__ = ["Examined", "examine", "read_script", "tls_of", "xmlrpc_of"]


@record
class Examined:
    """A script, looked at from all sides.

    Attributes:
        script: its tree.
        loaded: its modules, with their settings.
        addresses: the sockets that it asks for.
        told: for which family of servers it was written.
        diagnostics: what was found in the script and the files that it includes, by position.
        findings: all that was found, the script's by position, then those of other files.
    """

    script: Script
    loaded: Loaded
    addresses: tuple[ListenAddress, ...]
    told: Told
    diagnostics: tuple[Diagnostic, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(each.severity is Severity.ERROR for each in self.findings)


@uncollected()
def examine(
    source: Source,
    reading: Reading | None = None,
    *,
    with_tls: bool = True,
) -> Examined:
    """Read and check a script, and the files that it names.

    Args:
        source: its text; the files that it names are found from where its name says that it lies.
        reading: what it does not say itself.
        with_tls: read the certificates and keys of the TLS domains too; without them the script can't be started.

    Raises:
        ConfigError: a definition of `reading` is none (`define`).
    """
    how = reading or Reading()
    script, diagnostics = parse(source, surroundings(how.defines)._replace(other_sides=how.other_sides))
    told = tell_dialect(script) if how.dialect is None else Told(how.dialect, certain=True, reason="asked for")
    loaded = load_modules(script, diagnostics, assume_modules=how.assume_modules, stub_modules=how.stub_modules)
    core = loaded.modules[0].settings
    tls = tls_of(loaded) if with_tls else None
    has_tls = loaded.named("tls") is not None
    addresses = listen_addresses(script, core, tls_loaded=has_tls, diagnostics=diagnostics)
    elsewhere = [] if tls is None else _configure_tls(tls, source, addresses, diagnostics)
    if tls is not None:
        loaded.catalogue.never_verified = tls.why_never_verified()
    check(script, loaded.catalogue, diagnostics, told.dialect)
    xmlrpc = xmlrpc_of(loaded)
    if xmlrpc is not None and xmlrpc.settings["policy"]:
        elsewhere += _policy_findings(xmlrpc, loaded, script, diagnostics)
    found = [found_in_script(each, source) for each in diagnostics]
    return Examined(script, loaded, addresses, told, tuple(diagnostics), (*found, *elsewhere))


def read_script(path: Path) -> Source:
    """The text of the script at `path`.

    Raises:
        ConfigError: it can't be read (`script-file`).
    """
    try:
        return Source.from_bytes(str(path), path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the script: {error.strerror}", code="script-file") from None


def tls_of(loaded: Loaded) -> TlsModule | None:
    """The tls module, when the script loads it; only those that do pay for what it imports."""
    module = loaded.named("tls")
    if module is None:
        return None
    from sertwist.modules.tls import TlsModule  # noqa: PLC0415 (see above)

    return module if isinstance(module, TlsModule) else None


def xmlrpc_of(loaded: Loaded) -> XmlRpcModule | None:
    """The xmlrpc module, when the script loads it."""
    module = loaded.named("xmlrpc")
    if module is None:
        return None
    from sertwist.modules.xmlrpc import XmlRpcModule  # noqa: PLC0415 (as above)

    return module if isinstance(module, XmlRpcModule) else None


def _configure_tls(
    tls: TlsModule, source: Source, addresses: tuple[ListenAddress, ...], diagnostics: Diagnostics
) -> list[Finding]:
    """Build the TLS domains; problems of the script go to `diagnostics`, those of other files come back."""
    listeners = [(each.host, each.port) for each in addresses if each.protocol == "tls"]
    now = time.time()
    elsewhere: list[tuple[tuple[str, int], Finding]] = []
    for problem in tls.configure(Path(source.name).resolve().parent, listeners, now, partial(_locate, source)):
        severity = Severity(problem.severity)
        if isinstance(problem.where, Place):
            at = (str(problem.where.file), problem.where.line)
            elsewhere.append((at, found_in_file("tls", severity, problem.where, problem.text, problem.fix)))
        else:
            where = problem.where if isinstance(problem.where, Span) else Span(0, 0)
            diagnostics.add("tls", severity, where, problem.text, problem.fix, cause=problem)
    return [finding for _, finding in sorted(elsewhere, key=lambda each: each[0])]


def _policy_findings(xmlrpc: XmlRpcModule, loaded: Loaded, script: Script, diagnostics: Diagnostics) -> list[Finding]:
    from sertwist.server.policy_examination import examine_policy  # noqa: PLC0415 (as above)

    return examine_policy(xmlrpc, loaded, script, diagnostics)


def _locate(source: Source, where: object) -> str:
    """A setting's place in words: in the script, or as the file that it stands in says."""
    if not isinstance(where, Span):
        return str(where)
    place = source.place(where)
    return f"{place.file}:{place.line}"
