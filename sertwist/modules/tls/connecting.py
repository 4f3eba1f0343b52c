"""TLS connections that the server opens: by which client domain, and what a script says about that."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.declare import function
from sertwist.modules.tls.methods import TlsMethods
from sertwist.script.declare import Argument, Event

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.tls.context import ClientContextFactory

__all__ = ["CONNECTION_OUT", "TlsConnecting"]

CONNECTION_OUT: Final = "tls:connection-out"


class TlsConnecting(TlsMethods):
    """The client side of module tls."""

    events: ClassVar[tuple[Event, ...]] = (
        Event(
            name=CONNECTION_OUT,
            help=(
                "A TLS connection that this server opened is up, and nothing has been sent on it. The selects are "
                "about it: `@tls.peer` is the server that was called. `drop` closes it, and nothing goes there."
            ),
        ),
    )

    def client_for(
        self, remote_ip: str, remote_port: int, *, server_name: str = "", server_id: str = ""
    ) -> ClientContextFactory:
        """What makes TLS connections to `remote_ip`:`remote_port`; see `DomainTable.client`.

        Raises:
            UnavailableError: no client domain has that `server_id` (`tls-server-id`).
        """
        return self.in_force.client_for(remote_ip, remote_port, server_name=server_name, server_id=server_id)

    @function("tls_set_connect_server_id", Argument(name="server_id", help="as a client domain's `server_id`"))
    def tls_set_connect_server_id(self, ctx: RouteContext, server_id: str) -> int:
        """Send this request on by the client domain with that `server_id`, whatever is called.

        An empty `server_id` lets what is called choose again. Returns 1. Where no client domain has that id, the
        request is not sent on by another.
        """
        ctx.wish().server_id = server_id
        return 1
