"""`Generation`: every domain with what makes its connections, built aside and whole, so that it can replace another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from sertwist.errors import ConfigError
from sertwist.tls.context import ClientContextFactory, ServerContextFactory
from sertwist.tls.domain import Side, StapleSource
from sertwist.tls.domain_table import DomainTable
from sertwist.tls.loading.problem import Problem, has_errors
from sertwist.tls.loading.table import build_table
from sertwist.tls.openssl_context import ContextHooks
from sertwist.tls.staple import StapleBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.loading.table import LoadOptions, Setting
    from sertwist.tls.revocation import TrustInForce

__all__ = ["Generation", "GenerationSource"]

_F = TypeVar("_F", ServerContextFactory, ClientContextFactory)


@dataclass(frozen=True, slots=True)
class Generation:
    """One table of domains and what makes their connections; replaced as a whole, by a reload.

    Attributes:
        table: the domains.
        servers: server domain's name to what makes its connections; those without certificate have nothing.
        clients: likewise for outbound connections; every client domain is there.
    """

    table: DomainTable
    servers: Mapping[str, ServerContextFactory]
    clients: Mapping[str, ClientContextFactory]

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that it was made from."""
        return self.table.files

    def factories(self) -> Iterator[ServerContextFactory | ClientContextFactory]:
        """Of both sides."""
        yield from self.servers.values()
        yield from self.clients.values()

    def factory_of(self, domain_name: str) -> ServerContextFactory | ClientContextFactory | None:
        """Of the domain of that name, if there is one and it can make connections."""
        return self.servers.get(domain_name) or self.clients.get(domain_name)

    def with_factory(self, factory: ServerContextFactory | ClientContextFactory, number: int) -> Generation:
        """The same with `factory` in the place of its domain's, as generation `number`."""
        name = factory.domain.name
        domains = [factory.domain if domain.name == name else domain for domain in self.table]
        servers, clients = dict(self.servers), dict(self.clients)
        if isinstance(factory, ServerContextFactory):
            servers[name] = factory
        else:
            clients[name] = factory
        table = DomainTable(domains, generation=number, config_files=self.table.config_files)
        return Generation(table, servers, clients)

    def renewed(self, number: int) -> Generation:
        """The same settings in new contexts, as generation `number`.

        Raises:
            ConfigError: the library no longer takes them.
        """
        return Generation(
            DomainTable(self.table, generation=number, config_files=self.table.config_files),
            {name: factory.renewed(factory.domain, generation=number) for name, factory in self.servers.items()},
            {name: factory.renewed(factory.domain, generation=number) for name, factory in self.clients.items()},
        )

    def server_for(self, local_ip: str, local_port: int, server_name: str = "") -> ServerContextFactory:
        """What makes TLS connections of those accepted on `local_ip`:`local_port` that ask for `server_name`.

        Raises:
            ConfigError: no domain with a certificate serves them (`tls-domain`).
        """
        domain = self.table.server(local_ip, local_port, server_name)
        if domain.name not in self.servers:
            raise ConfigError(f"no TLS domain serves {local_ip} port {local_port}", code="tls-domain")
        return self.servers[domain.name]

    def client_for(
        self, remote_ip: str, remote_port: int, *, server_name: str = "", server_id: str = ""
    ) -> ClientContextFactory:
        """What makes TLS connections to `remote_ip`:`remote_port`; see `DomainTable.client`.

        Raises:
            UnavailableError: no client domain has that `server_id` (`tls-server-id`).
        """
        return self.clients[
            self.table.client(remote_ip, remote_port, server_name=server_name, server_id=server_id).name
        ]


@dataclass(slots=True)
class GenerationSource:
    """What generations are made from: the script's values, and what outlives each of them.

    `build` reads files and changes nothing that is in force, so it can run in a thread; `adopt` may not.

    Attributes:
        values: per-domain parameter to its values in the script.
        base_directory: folder of the main script.
        listeners: address and port of each `listen = tls:...`.
        options: how strictly files are judged.
        keylog: takes the secrets of sessions; None: they go nowhere.
        staples: domain's name to the OCSP responses that it staples.
    """

    values: Mapping[str, Sequence[Setting]]
    base_directory: Path
    listeners: Sequence[tuple[str, int]]
    options: LoadOptions
    keylog: Callable[[bytes], None] | None = None
    staples: dict[str, StapleBox] = field(default_factory=dict)
    _trusts: dict[str, TrustInForce] = field(default_factory=dict)

    def build(
        self, number: int, now: float, in_force: DomainTable | None = None
    ) -> tuple[Generation | None, list[Problem]]:
        """A whole new generation, tried but not yet in force.

        Args:
            number: its serial number.
            now: seconds since the epoch.
            in_force: the table that it is to replace, if there is one.

        Returns:
            The generation, or None when any problem is an error; and every problem found.
        """
        table, problems = build_table(
            self.values,
            base_directory=self.base_directory,
            tls_listeners=self.listeners,
            now=now,
            generation=number,
            options=replace(self.options, in_force=in_force),
        )
        if table is None:
            return None, problems
        servers, clients = {}, {}
        for domain in table:
            if domain.side is Side.CLIENT:
                clients[domain.name] = self._factory(ClientContextFactory, domain, number, problems)
            elif domain.own:
                servers[domain.name] = self._factory(ServerContextFactory, domain, number, problems)
        if has_errors(problems):
            return None, problems
        return Generation(table, _made(servers), _made(clients)), problems

    def _factory(self, kind: type[_F], domain: TLSDomain, number: int, problems: list[Problem]) -> _F | None:
        name = domain.name
        staple = None
        if domain.staple is not StapleSource.OFF:
            staple = self.staples.setdefault(name, StapleBox()).response_for
        hooks = ContextHooks(staple=staple, keylog=self.keylog)
        try:
            return kind(domain, generation=number, trust=self._trusts.get(name), hooks=hooks)
        except ConfigError as error:
            problems.append(Problem(None, "error", str(error), domains=(name,)))
            return None

    def adopt(self, generation: Generation) -> None:
        """Judge all live connections by `generation` from now on; those of domains that it has not, by nothing."""
        for gone in self._trusts.keys() - {factory.domain.name for factory in generation.factories()}:
            self._trusts.pop(gone).withdraw()
        for factory in generation.factories():
            factory.adopt()
            self._trusts[factory.domain.name] = factory.trust


def _made(factories: Mapping[str, _F | None]) -> dict[str, _F]:
    return {name: factory for name, factory in factories.items() if factory is not None}
