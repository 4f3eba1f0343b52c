"""The `tls.*` calls that show and end connections, and show domains, certificates and settings (reference rpc 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.modules.declare import Module, method
from sertwist.modules.tls.connection_rows import info_row, list_rows, session_rows
from sertwist.modules.tls.domain_rows import certificate_row, domain_row
from sertwist.modules.tls.options import option_values
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.tls.expiry import list_holdings

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.rpc.dispatch import CallContext
    from sertwist.tls.context import ServerContextFactory
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.domain_table import DomainTable

__all__ = ["TlsMethods"]


class TlsMethods(Module):
    """What an operator asks of the TLS layer.

    Attributes:
        host: the running server; set by `start`.
        table: the domains in force; None until the module is configured.
        factories: server domain's name to what makes its connections.
    """

    host: Host

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.table: DomainTable | None = None
        self.factories: dict[str, ServerContextFactory] = {}

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    @method("tls.list", result=Type.ARRAY)
    def list_connections(self, _request: object) -> list[dict[str, object]]:
        """Every TLS connection, those in their handshake among them, with its peer and the verdict on it now."""
        return list_rows(self.host.connections(), self._now())

    @method("tls.info", result=Type.STRUCT)
    def info(self, _request: object) -> dict[str, object]:
        """How many TLS connections there are and may be, and the answer bytes that wait in them."""
        return info_row(self.host)

    @method("tls.sessions", result=Type.ARRAY)
    def sessions(self, _request: object) -> list[dict[str, object]]:
        """Handshakes since the start, for each domain: full, resumed, refused, and refused by reason.

        Those that ended before a domain was chosen are in the row without a name.
        """
        return session_rows(self.host.environment.counters)

    @method(
        "tls.kill",
        Param(name="id", type=Type.INT, minimum=0, help="as `tls.list` shows it"),
        effect=Effect.DESTRUCTIVE,
    )
    def kill(self, request: CallContext, number: int) -> str:
        """End a TLS connection at once, with a reset, whatever it does; also one in its handshake.

        The connection that the call came on is closed in order, after the answer.
        """
        rows = (row for row in self.host.connections() if row.protocol == "TLS")
        found = next((row for row in rows if row.connection_id == number), None)
        if found is None:
            raise Fault(404, "No such TLS connection")
        if found.source == request.source and not found.outbound:
            request.after_reply.append(found.finish)
        else:
            found.abort("tls.kill")
        return "OK"

    @method("tls.options", result=Type.STRUCT)
    def options(self, _request: object) -> dict[str, object]:
        """Every parameter of the module with the value in force.

        Of what each domain may have for itself: the value of the default server domain. Files by name; no passwords.
        """
        default = self._table().default_server
        return option_values(self.parameters, self.settings, default, self.host.limits.connection)

    @method("tls.domains", result=Type.ARRAY)
    def domains(self, _request: object) -> list[dict[str, object]]:
        """Every TLS domain as it is in force, and where each value came from when it is not built in."""
        return [domain_row(domain) for domain in self.domains_in_force()]

    @method("tls.certificates", aliases=("tls.certs",), result=Type.ARRAY)
    def certificates(self, _request: object) -> list[dict[str, object]]:
        """Every certificate and CRL that domains depend on, what ends first in front: days left, state, file."""
        now, days = self._now(), float(self.settings["expiry_warning_days"])
        holdings = sorted(list_holdings(self.domains_in_force()), key=lambda each: (each.ends is None, each.ends))
        return [certificate_row(each, now, days, lambda _holding: "") for each in holdings]

    def domains_in_force(self) -> list[TLSDomain]:
        """Every domain, with the CA certificates and CRLs that it has now."""
        factories = self.factories
        return [factories[each.name].domain if each.name in factories else each for each in self._table()]

    def _table(self) -> DomainTable:
        assert self.table is not None  # noqa: S101 (methods are called once the server runs)
        return self.table

    def _now(self) -> float:
        return self.host.environment.wall_clock()
