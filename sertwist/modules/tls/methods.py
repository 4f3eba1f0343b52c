"""The `tls.*` calls that show and end connections, and show domains, certificates and settings (reference rpc 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.modules.declare import Module, method
from sertwist.modules.tls.connection_rows import MOST_ROWS, info_row, list_rows, session_rows
from sertwist.modules.tls.domain_rows import certificate_row, domain_row, expiry_numbers
from sertwist.modules.tls.options import option_values
from sertwist.modules.tls.reload_answer import reload_answer
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.tls.expiry import list_holdings

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.tls.generation import Generation
    from sertwist.modules.tls.reload import Reloads
    from sertwist.modules.tls.upkeep import Upkeep
    from sertwist.rpc.dispatch import CallContext

__all__ = ["TlsMethods"]


class TlsMethods(Module):
    """What an operator asks of the TLS layer.

    Attributes:
        host: the running server; set by `start`.
        reloads: makes new generations of domains; None until the module is configured.
        upkeep: looks after staples and expiry; likewise.
    """

    host: Host

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.reloads: Reloads | None = None
        self.upkeep: Upkeep | None = None

    @property
    def in_force(self) -> Generation:
        """The domains in force and what makes their connections.

        Raises:
            ConfigError: the module was not configured, or could not be.
        """
        if self.reloads is None:
            raise ConfigError("the TLS domains could not be built", code="tls-domain")
        return self.reloads.in_force

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    @method(
        "tls.list",
        Param(name="limit", type=Type.INT, optional=True, minimum=1, maximum=MOST_ROWS, help="most rows"),
        Param(name="after", type=Type.INT, optional=True, minimum=0, help="only connections with a higher id"),
        result=Type.ARRAY,
    )
    def list_connections(self, _request: object, limit: int = MOST_ROWS, after: int = -1) -> list[dict[str, object]]:
        """Every TLS connection, those in their handshake among them, with its peer and the verdict on it now.

        In the order of their ids, 1000 at most; those that follow come `after` the last id.
        """
        return list_rows(self.host.connections(), self._now(), limit, after)

    @method("tls.info", result=Type.STRUCT)
    def info(self, _request: object) -> dict[str, object]:
        """How many TLS connections there are and may be, and the answer bytes that wait in them.

        And how many certificates and CRLs are near their end or past it, and the days that the first has left.
        """
        assert self.upkeep is not None  # noqa: S101 (methods are called once the server runs)
        holdings = list_holdings(self.in_force.table)
        return info_row(self.host) | expiry_numbers(holdings, self._now(), self.upkeep.warning_days)

    @method("tls.sessions", result=Type.ARRAY)
    def sessions(self, _request: object) -> list[dict[str, object]]:
        """Handshakes since the start, for each domain: full, resumed, refused, and refused by reason.

        And by reason the tickets that were of no use: not taken, so that a full handshake followed, or taken and the
        peer not verified. Those that ended before a domain was chosen are in the row without a name.
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
        if found.source == request.caller.source and not found.outbound:
            request.after_reply.append(found.finish)
        else:
            found.abort("tls.kill")
        return "OK"

    @method("tls.options", result=Type.STRUCT)
    def options(self, _request: object) -> dict[str, object]:
        """Every parameter of the module with the value in force.

        Of what each domain may have for itself: the value of the default server domain. Files by name; no passwords.
        """
        default = self.in_force.table.default_server
        return option_values(self.parameters, self.settings, default, self.host.limits.connection)

    @method("tls.domains", result=Type.ARRAY)
    def domains(self, _request: object) -> list[dict[str, object]]:
        """Every TLS domain as it is in force, and where each value came from when it is not built in."""
        return [domain_row(domain) for domain in self.in_force.table]

    @method("tls.certificates", aliases=("tls.certs",), result=Type.ARRAY)
    def certificates(self, _request: object) -> list[dict[str, object]]:
        """Every certificate and CRL that domains depend on, what ends first in front: days left, state, file."""
        assert self.upkeep is not None  # noqa: S101 (methods are called once the server runs)
        now, days, words = self._now(), self.upkeep.warning_days, self.upkeep.stapler.words
        holdings = sorted(list_holdings(self.in_force.table), key=lambda each: (each.ends is None, each.ends))
        return [certificate_row(each, now, days, words) for each in holdings]

    @method(
        "tls.reload",
        Param(name="format", type=Type.STRING, optional=True, help="`struct` for a struct, else one line"),
        result=Type.ANY,
        effect=Effect.WRITE,
    )
    async def reload(self, _request: object, form: str = "text") -> object:
        """Read every certificate, key, CA, CRL and the `config` file again, and put all of it in force, or nothing.

        What is wrong comes back as a fault with every reason, and everything stays as it was. Open connections keep
        what they began with, but their peers are judged anew. Calls at the same time share one reload.
        """
        assert self.reloads is not None  # noqa: S101 (methods are called once the server runs)
        outcome = await self.reloads.reload(self.host)
        return reload_answer(outcome, self.reloads.locate, as_struct=form == "struct")

    def _now(self) -> float:
        return self.host.environment.wall_clock()
