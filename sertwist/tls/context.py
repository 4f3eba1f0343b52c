"""What makes the OpenSSL connections of one domain: accepted ones and, on the other side, outbound ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from OpenSSL import SSL

from sertwist.tls import handshake
from sertwist.tls.certificate import view_certificate
from sertwist.tls.handshake import HandshakeRecord
from sertwist.tls.known_peers import KnownPeers
from sertwist.tls.openssl_context import ContextHooks, build_context
from sertwist.tls.revocation import TrustInForce, read_revocation_set
from sertwist.tls.self_check import check_handshake

if TYPE_CHECKING:
    import socket

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession

__all__ = ["ClientContextFactory", "ServerContextFactory"]


class _ContextFactory:
    """What both sides have: a context made from a domain, and what the domain's peers are judged by.

    Attributes:
        domain: the settings of new connections.
        generation: of the domain table that they came from.
        loaded: revoked and trusted certificates as `domain` has them.
        trust: what live connections are judged by: `loaded`, from `adopt` on, until something newer is adopted.
    """

    __slots__ = ("_context", "_hooks", "_kept_read", "_known", "domain", "generation", "loaded", "trust")

    def __init__(
        self,
        domain: TLSDomain,
        *,
        generation: int = 1,
        trust: TrustInForce | None = None,
        hooks: ContextHooks | None = None,
    ) -> None:
        """Build the context, and try it where it can be tried alone.

        Args:
            domain: the settings.
            generation: number of the table that `domain` is of.
            trust: shared with earlier generations of the domain, and left as it is until `adopt`; None: a new one.
            hooks: what the context asks for while it serves.

        Raises:
            ConfigError: the library does not take the settings, or they do not work together (`tls-domain`).
        """
        self._hooks = hooks or ContextHooks()
        self._context = self._new_context(domain, generation)
        self._known = KnownPeers()
        mine = (each.chain[0] for each in domain.own)
        self._kept_read = [view_certificate(each) for each in (*domain.authorities, *mine)]  # 0.2 ms each otherwise
        self.domain = domain
        self.generation = generation
        self.loaded = read_revocation_set(
            domain.authorities,
            domain.revocation_lists,
            any_anchor=domain.system_trust,
            leaf_only=domain.crl_leaf_only,
        )
        self.trust = trust or TrustInForce(self.loaded)

    def _new_context(self, domain: TLSDomain, generation: int) -> SSL.Context:
        return build_context(domain, generation=generation, hooks=self._hooks)

    def adopt(self) -> None:
        """Judge live connections of this domain, of every generation, by what was loaded here."""
        self.trust.replace(self.loaded)

    def renewed(self, domain: TLSDomain, *, generation: int) -> Self:
        """The same for `domain`, a later state of this one, in a new context; not yet adopted.

        Raises:
            ConfigError: as at construction.
        """
        return type(self)(domain, generation=generation, trust=self.trust, hooks=self._hooks)

    def _finish(self, connection: SSL.Connection) -> TlsSession:
        session = handshake.finish(
            connection, source=self.trust, known=self._known, domain=self.domain, generation=self.generation
        )
        self.trust.note_expiry(session.peer.not_after)
        return session


class ServerContextFactory(_ContextFactory):
    """Makes the OpenSSL connections of one server domain."""

    __slots__ = ()

    def _new_context(self, domain: TLSDomain, generation: int) -> SSL.Context:
        context = super()._new_context(domain, generation)
        check_handshake(context, domain)
        return context

    def server_connection(self, sock: socket.socket | None) -> SSL.Connection:
        """An OpenSSL connection in accept state on `sock` (None: over memory); its app data is a fresh record."""
        connection = SSL.Connection(self._context, sock)
        connection.set_app_data(HandshakeRecord())
        connection.set_accept_state()
        return connection

    def finish(self, connection: SSL.Connection) -> TlsSession:
        """What the finished handshake of `connection` established."""
        return self._finish(connection)


class ClientContextFactory(_ContextFactory):
    """Makes the OpenSSL connections of one client domain.

    Whose certificate it is that the server shows is not asked here: see `sertwist.tls.sip_identity`.
    """

    __slots__ = ()

    def client_connection(self, sock: socket.socket | None, server_name: str = "") -> SSL.Connection:
        """An OpenSSL connection in connect state on `sock` (None: over memory); its app data is a fresh record.

        Args:
            sock: connected.
            server_name: sent as SNI, a host name without trailing dot; empty: none is sent (RFC 6066 3 forbids
                addresses).
        """
        connection = SSL.Connection(self._context, sock)
        connection.set_app_data(HandshakeRecord())
        if server_name:
            connection.set_tlsext_host_name(server_name.encode("ascii"))
        connection.set_connect_state()
        return connection

    def finish(self, connection: SSL.Connection) -> TlsSession:
        """What the finished handshake of `connection` established."""
        return self._finish(connection)
