"""Turn one validated `TLSDomain` into an OpenSSL context; nothing else in the tree sets a TLS option."""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from typing import TYPE_CHECKING

from OpenSSL import SSL, crypto

from sertwist.errors import ConfigError
from sertwist.tls import handshake
from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import ProtocolVersion, TLSDomain, VerifyMode
from sertwist.tls.handshake import HandshakeRecord, record_verification
from sertwist.tls.revocation import RevocationSet, read_revocation_set

if TYPE_CHECKING:
    import socket

    from sertwist.tls.certificate import CertificateView
    from sertwist.tls.session import TlsSession

__all__ = ["ServerContextFactory", "offered_ciphers"]

MAX_CA_NAMES = 20  # above it none is sent: 150 make 10 KB a handshake, and RFC 8446 4.2.4 makes them optional
RECENT_PEERS = 64  # of a domain; only verified ones, so that strangers fill nothing
_SELF_CHECK_STEPS = 8  # a handshake has three flights

_MODES = {
    VerifyMode.OFF: SSL.VERIFY_NONE,
    VerifyMode.OPTIONAL_NO_CA: SSL.VERIFY_PEER,
    VerifyMode.OPTIONAL: SSL.VERIFY_PEER,
    VerifyMode.ON: SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT,
}


class ServerContextFactory:
    """Makes the OpenSSL connections of one server domain.

    Attributes:
        domain: the settings in force for new connections.
        generation: of the domain table that they came from.
        revocations: what live connections of this domain are judged by; replaced by `refresh`.
    """

    __slots__ = ("_anchors", "_context", "_my", "_recent", "domain", "generation", "revocations")

    def __init__(self, domain: TLSDomain, *, generation: int = 1) -> None:
        """Build the context and try it with a handshake in memory.

        Raises:
            ConfigError: the library does not take the settings, or they do not work together (`tls-domain`).
        """
        # Reading a certificate costs a tenth of a handshake: those of the last verified peers are kept read.
        self._recent: deque[CertificateView] = deque(maxlen=RECENT_PEERS)
        self.refresh(domain, generation=generation)

    def refresh(self, domain: TLSDomain, *, generation: int) -> None:
        """Serve new connections by `domain`, and judge live ones by its CA certificates and CRLs from now on.

        Raises:
            ConfigError: as at construction; then everything stays as it was.
        """
        context = _build_context(domain)
        _check_handshake(context, domain)
        revocations: RevocationSet = read_revocation_set(domain.authorities, domain.revocation_lists)
        self._context = context
        self._my = view_certificate(domain.own[0].chain[0])
        self._anchors = [view_certificate(authority) for authority in domain.authorities]
        self.domain = domain
        self.generation = generation
        self.revocations = revocations

    def server_connection(self, sock: socket.socket | None) -> SSL.Connection:
        """An OpenSSL connection in accept state on `sock` (None: over memory); its app data is a fresh record."""
        connection = SSL.Connection(self._context, sock)
        connection.set_app_data(HandshakeRecord())
        connection.set_accept_state()
        return connection

    def finish(self, connection: SSL.Connection) -> TlsSession:
        """What the finished handshake of `connection` established."""
        session = handshake.finish(
            connection, source=self, my=self._my, domain_name=self.domain.name, generation=self.generation
        )
        if session.peer.chain and session.peer.chain[0] not in self._recent:
            self._recent.append(session.peer.chain[0])
        return session


def offered_ciphers(cipher_list: str) -> list[str]:
    """The suites that the library makes of `cipher_list`, TLS 1.3's left out; empty when it takes none."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        context.set_cipher_list(cipher_list.encode("utf-8"))
    except SSL.Error:
        return []
    return [name for name in SSL.Connection(context, None).get_cipher_list() if not name.startswith("TLS_")]


def _build_context(domain: TLSDomain) -> SSL.Context:
    if not domain.own:
        raise ConfigError(f"TLS domain {domain.name} has no certificate", code="tls-domain")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        _set_protocol(context, domain)
        _set_certificate(context, domain)
        _set_verification(context, domain)
    except (SSL.Error, crypto.Error, ValueError, TypeError) as error:
        raise ConfigError(f"TLS domain {domain.name} can't be used: {_text_of(error)}", code="tls-domain") from error
    return context


def _set_protocol(context: SSL.Context, domain: TLSDomain) -> None:
    context.set_min_proto_version(int(domain.minimum))
    context.set_max_proto_version(int(domain.maximum))
    context.set_cipher_list(domain.cipher_list.encode("utf-8"))
    context.set_tls13_ciphersuites(domain.ciphersuites.encode("utf-8"))
    # A resumed session brings an old verdict along: no callback, no CRL, no date check. It takes both switches to
    # stop it. Domains that judge nobody resume neither: the library gives no way to change ticket keys.
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(_session_id_context(domain))
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 45 KB less for an idle connection


def _set_certificate(context: SSL.Context, domain: TLSDomain) -> None:
    for each in domain.own:
        leaf, *issuers = each.chain
        context.use_certificate(leaf)  # before the key: a certificate set later would silently drop it
        context.use_privatekey(each.private_key)
        context.check_privatekey()
        for issuer in issuers:
            context.add_extra_chain_cert(issuer)


def _set_verification(context: SSL.Context, domain: TLSDomain) -> None:
    callback = _accept_and_record if domain.verify is VerifyMode.OPTIONAL_NO_CA else _record
    context.set_verify(_MODES[domain.verify], callback)
    context.set_verify_depth(domain.depth)
    if domain.verify is VerifyMode.OFF:
        return
    store = context.get_cert_store()
    assert store is not None  # noqa: S101 (every context has one)
    for authority in domain.authorities:
        store.add_cert(crypto.X509.from_cryptography(authority))
        if len(domain.authorities) <= MAX_CA_NAMES:
            context.add_client_ca(authority)
    for crl in domain.revocation_lists:
        store.add_crl(crl)
    if domain.revocation_lists:  # a CRL without the flags does nothing
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL)


def _record(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Record, and let OpenSSL's own judgement stand."""
    return record_verification(connection, certificate, code, depth, ok) and bool(ok)


def _accept_and_record(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Record, and let the handshake go on: the script decides, by the record alone."""
    return record_verification(connection, certificate, code, depth, ok)


def _session_id_context(domain: TLSDomain) -> bytes:
    """Never empty: without one a resuming client of a verifying domain meets an internal error."""
    digest = hashlib.sha256(f"{domain.name} {domain.verify.value}".encode())
    for authority in domain.authorities:
        digest.update(view_certificate(authority).sha256)
    return digest.digest()


def _check_handshake(context: SSL.Context, domain: TLSDomain) -> None:
    """Prove that certificate, key and ciphers of `context` make a handshake, client certificates apart."""
    server = SSL.Connection(context, None)
    server.set_verify(SSL.VERIFY_NONE)
    server.set_app_data(HandshakeRecord())
    server.set_accept_state()
    client = SSL.Connection(_check_client(domain), None)
    client.set_connect_state()
    try:
        _handshake_in_memory(client, server)
    except SSL.Error as error:
        raise ConfigError(
            f"TLS domain {domain.name} fails its own handshake: {_text_of(error)}", code="tls-domain"
        ) from error


def _check_client(domain: TLSDomain) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_min_proto_version(int(ProtocolVersion.TLS_1_2))
    context.set_max_proto_version(int(domain.maximum))
    return context


def _handshake_in_memory(client: SSL.Connection, server: SSL.Connection) -> None:
    waiting = {client, server}
    for _ in range(_SELF_CHECK_STEPS):
        for here, there in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                here.do_handshake()
                waiting.discard(here)
            _carry(here, there)
        if not waiting:
            return
    raise SSL.Error([("", "", "the handshake does not end")])


def _carry(source: SSL.Connection, target: SSL.Connection) -> None:
    with contextlib.suppress(SSL.WantReadError):  # nothing to carry
        target.bio_write(source.bio_read(65_536))


def _text_of(error: Exception) -> str:
    queue = error.args[0] if error.args else ""
    if isinstance(queue, list):
        return "; ".join(entry[2] for entry in queue) or "refused by the library"
    return str(error)
