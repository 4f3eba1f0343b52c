"""TLS connections that the server opens: by which client domain, and what a script says about that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.tls.methods import TlsMethods
from sertwist.script.declare import Argument

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.tls.context import ClientContextFactory

__all__ = ["TlsConnecting"]


class TlsConnecting(TlsMethods):
    """The client side of module tls."""

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
