"""Module tls: domains from `modparam`, `@tls.*`, `tls.list` and `tls.info`, and CRLs that reach live connections."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from sertwist.errors import ConfigError
from sertwist.modules.tls.connecting import TlsConnecting
from sertwist.modules.tls.methods import TlsMethods
from sertwist.modules.tls.other_ages import check_other_ages
from sertwist.modules.tls.parameters import PARAMETERS, table_values
from sertwist.modules.tls.selects import tls_selects
from sertwist.tls.context import ClientContextFactory, ServerContextFactory
from sertwist.tls.domain import Side, TLSDomain
from sertwist.tls.problem import Problem, has_errors
from sertwist.tls.settings import LoadOptions, build_table
from sertwist.tls.trust import reload_trust
from sertwist.tls.watch import FileWatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.script.declare import Parameter, Select
    from sertwist.tls.domain_table import DomainTable

__all__ = ["TlsModule"]


class TlsModule(TlsConnecting, TlsMethods):
    """TLS for every `listen = tls:...`, and what a script can ask about a connection."""

    name: ClassVar[str] = "tls"
    help: ClassVar[str] = "TLS domains, the verified identity of peers, and the tls.* calls"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._watches: dict[str, FileWatch] = {}

    def configure(
        self, base_directory: Path, tls_listeners: Sequence[tuple[str, int]], now: float | None = None
    ) -> list[Problem]:
        """Build every domain and its context, before any listener opens.

        Args:
            base_directory: folder of the main script.
            tls_listeners: address and port of each `listen = tls:...`.
            now: seconds since the epoch; by default what the machine's clock says.

        Returns:
            Every problem found; with an error among them nothing was built.
        """
        now = dt.datetime.now(dt.UTC).timestamp() if now is None else now
        table, problems = build_table(
            table_values(self.settings),
            base_directory=base_directory,
            tls_listeners=tls_listeners,
            now=now,
            options=LoadOptions(
                insecure_key_files=self.settings["insecure_key_files"],
                expiry_warning=self.settings["expiry_warning_days"],
            ),
        )
        problems += check_other_ages(self.settings)
        if table is not None and not has_errors(problems):
            factories, failures = _build_factories(table)
            problems += failures
            if not failures:
                self.table, self.factories = table, factories
                self.clients = {each.name: ClientContextFactory(each) for each in table if each.side is Side.CLIENT}
                self._watches = {name: _watch(factory.domain) for name, factory in factories.items()}
        return problems

    def factory_for(self, local_ip: str, local_port: int, server_name: str = "") -> ServerContextFactory:
        """What makes TLS connections of those accepted on `local_ip`:`local_port` whose client asks for `server_name`.

        Raises:
            ConfigError: `configure` has not succeeded, or no domain with a certificate serves this address.
        """
        domain = self.table.server(local_ip, local_port, server_name) if self.table is not None else None
        if domain is None or domain.name not in self.factories:
            raise ConfigError(f"no TLS domain serves {local_ip} port {local_port}", code="tls-domain")
        return self.factories[domain.name]

    def connection_limits(self) -> dict[str, Any]:
        """Fields of `ConnectionLimits` that the script sets by parameters of this module."""
        default = self.table.default_server if self.table is not None else None
        given = {
            "handshake_timeout": default and default.handshake_timeout,
            "write_timeout": default and default.send_timeout,
            "idle_timeout": default and default.idle_timeout,
            "max_write_queue": self.settings["con_ct_wq_max"],
        }
        return {name: value for name, value in given.items() if value is not None}

    def start(self, host: Host) -> None:
        """Begin to look at CA and CRL files for changes."""
        super().start(host)
        if any(factory.domain.ca_files for factory in self.factories.values()):
            host.every(float(self.settings["crl_check_interval"]), self.check_files)

    def selects(self) -> list[Select]:
        """Every `@tls.*`."""
        return tls_selects()

    def check_files(self) -> None:
        """Look at the CA and CRL files of every domain once; take changed ones that are whole and good."""
        for name, watch in self._watches.items():
            if watch.has_changed():
                self._refresh(self.factories[name])

    def _refresh(self, factory: ServerContextFactory) -> None:
        domain = factory.domain
        try:
            changed, warnings = reload_trust(domain, self.host.environment.wall_clock())
            factory.refresh(changed, generation=factory.generation + 1)
        except ConfigError as error:
            text = "tls domain {domain}: changed CA or CRL file not taken, the old data stays: {reason}"
            self.host.log("error", text, domain=domain.name, reason=str(error))
        else:
            self.host.log("info", "tls domain {domain}: CA and CRL files read again", domain=domain.name)
            for warning in warnings:
                self.host.log("warn", "tls domain {domain}: {warning}", domain=domain.name, warning=warning)


def _build_factories(table: DomainTable) -> tuple[dict[str, ServerContextFactory], list[Problem]]:
    factories, failures = {}, []
    for domain in table:
        if domain.side is Side.SERVER and domain.own:
            try:
                factories[domain.name] = ServerContextFactory(domain, generation=table.generation)
            except ConfigError as error:
                failures.append(Problem(None, "error", str(error)))
    return factories, failures


def _watch(domain: TLSDomain) -> FileWatch:
    return FileWatch((*domain.ca_files, *domain.crl_files))
