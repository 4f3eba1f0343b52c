"""Prove that a server domain's certificates, keys and ciphers make a handshake, before anybody connects."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from sertwist.errors import ConfigError
from sertwist.tls.domain import ProtocolVersion
from sertwist.tls.handshake import HandshakeRecord
from sertwist.tls.openssl_context import text_of_error

if TYPE_CHECKING:
    from sertwist.tls.domain import TLSDomain

__all__ = ["check_handshake"]

_STEPS: Final = 8  # a handshake has three flights


def check_handshake(context: SSL.Context, domain: TLSDomain) -> None:
    """Do one handshake in memory with `context`, made for the server domain `domain`; client certificates apart.

    Raises:
        ConfigError: it fails (`tls-domain`).
    """
    server = SSL.Connection(context, None)
    server.set_verify(SSL.VERIFY_NONE)
    server.set_app_data(HandshakeRecord())
    server.set_accept_state()
    client = SSL.Connection(_client_context(domain), None)
    client.set_connect_state()
    try:
        _shake(client, server)
    except SSL.Error as error:
        raise ConfigError(
            f"TLS domain {domain.name} fails its own handshake: {text_of_error(error)}", code="tls-domain"
        ) from error


def _client_context(domain: TLSDomain) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_cipher_list(domain.cipher_list.encode("utf-8"))
    context.set_tls13_ciphersuites(domain.ciphersuites.encode("utf-8"))
    context.set_min_proto_version(int(ProtocolVersion.TLS_1_2))
    context.set_max_proto_version(int(domain.maximum))
    return context


def _shake(client: SSL.Connection, server: SSL.Connection) -> None:
    waiting = {client, server}
    for _ in range(_STEPS):
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
