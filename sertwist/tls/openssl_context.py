"""Turn one validated `TLSDomain` into an OpenSSL context; nothing else in the tree sets a TLS option."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL, crypto

from sertwist.errors import ConfigError
from sertwist.tls._ossl import CAN_RESUME, MODE_NO_AUTO_CHAIN, set_groups
from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import Side, TLSDomain, VerifyMode
from sertwist.tls.handshake import record_verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography import x509

    from sertwist.tls.domain import OwnCertificate

__all__ = ["MAX_CA_NAMES", "ContextHooks", "build_context", "offered_ciphers", "text_of_error"]

MAX_CA_NAMES: Final = 20  # above it none is sent: 150 make 10 KB a handshake, and RFC 8446 4.2.4 makes them optional
TICKET_LIFETIME: Final = 7_200  # seconds that a session may be resumed (reference tls 9.3)

_MODES: Final = {
    VerifyMode.OFF: SSL.VERIFY_NONE,
    VerifyMode.OPTIONAL_NO_CA: SSL.VERIFY_PEER,
    VerifyMode.OPTIONAL: SSL.VERIFY_PEER,
    VerifyMode.ON: SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT,
}


@dataclass(frozen=True, slots=True)
class ContextHooks:
    """What a context asks for while it serves; neither may wait or raise.

    Attributes:
        staple: the OCSP response, DER, for the certificate that a handshake presents; `b""` for none.
        keylog: takes the secrets of each session, a line in the format of SSLKEYLOGFILE; None: they go nowhere.
    """

    staple: Callable[[x509.Certificate | None], bytes] | None = None
    keylog: Callable[[bytes], None] | None = None


_NO_HOOKS: Final = ContextHooks()


def build_context(domain: TLSDomain, *, generation: int, hooks: ContextHooks = _NO_HOOKS) -> SSL.Context:
    """A new context for connections of `domain`.

    Raises:
        ConfigError: a server domain without certificate, or the library does not take the settings (`tls-domain`).
    """
    if domain.side is Side.SERVER and not domain.own:
        raise ConfigError(f"TLS domain {domain.name} has no certificate", code="tls-domain")
    context = SSL.Context(SSL.TLS_SERVER_METHOD if domain.side is Side.SERVER else SSL.TLS_CLIENT_METHOD)
    try:
        _set_protocol(context, domain)
        _set_resumption(context, domain, generation)
        _set_certificates(context, domain)
        _set_verification(context, domain)
        _set_hooks(context, domain, hooks)
    except (SSL.Error, crypto.Error, ValueError, TypeError) as error:
        raise ConfigError(
            f"TLS domain {domain.name} can't be used: {text_of_error(error)}", code="tls-domain"
        ) from error
    return context


def offered_ciphers(cipher_list: str) -> list[str]:
    """The suites that the library makes of `cipher_list`, TLS 1.3's left out; empty when it takes none."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        context.set_cipher_list(cipher_list.encode("utf-8"))
    except SSL.Error:
        return []
    return [name for name in SSL.Connection(context, None).get_cipher_list() if not name.startswith("TLS_")]


def text_of_error(error: Exception) -> str:
    """What the library says about `error`, in one line."""
    queue = error.args[0] if error.args else ""
    if isinstance(queue, list):
        return "; ".join(entry[2] for entry in queue) or "refused by the library"
    return str(error)


def _set_protocol(context: SSL.Context, domain: TLSDomain) -> None:
    context.set_min_proto_version(int(domain.minimum))
    context.set_max_proto_version(int(domain.maximum))
    context.set_cipher_list(domain.cipher_list.encode("utf-8"))
    context.set_tls13_ciphersuites(domain.ciphersuites.encode("utf-8"))
    if domain.groups and not set_groups(context, domain.groups):
        raise ValueError(f"groups {domain.groups} are not taken")
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 45 KB less for an idle connection
    if not domain.alpn:
        return
    protocols = [name.encode("ascii") for name in domain.alpn]
    if domain.side is Side.CLIENT:
        context.set_alpn_protos(protocols)
    else:
        # None in common is no fault: management clients offer HTTP's names.
        context.set_alpn_select_callback(
            lambda _connection, offered: next((p for p in protocols if p in offered), SSL.NO_OVERLAPPING_PROTOCOLS)
        )


def _set_resumption(context: SSL.Context, domain: TLSDomain, generation: int) -> None:
    """By tickets or not at all: sessions kept here by id would outlive what their peer was judged by.

    A resumed session brings an old verdict along: no callback, no CRL, no date check. It takes both switches to stop
    it; where it is allowed, `ServerContextFactory` judges again. The library gives no way to change ticket keys: they
    live and die with the context.
    """
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if domain.resumption and CAN_RESUME and domain.side is Side.SERVER:
        context.set_timeout(TICKET_LIFETIME)
    else:
        context.set_options(SSL.OP_NO_TICKET)
    if domain.side is Side.SERVER:
        # Never empty: without one a resuming client of a verifying domain meets an internal error.
        digest = hashlib.sha256(f"{domain.name} {domain.verify.value} {generation}".encode())
        for authority in domain.authorities:
            digest.update(view_certificate(authority).sha256)
        context.set_session_id(digest.digest())


def _set_certificates(context: SSL.Context, domain: TLSDomain) -> None:
    issuers: dict[bytes, x509.Certificate] = {}
    for each in domain.own:
        context.use_certificate(each.chain[0])  # before the key: a certificate set later would silently drop it
        context.use_privatekey(each.private_key)
        context.check_privatekey()
        issuers |= {view_certificate(issuer).sha256: issuer for issuer in _issuers(each, domain.authorities)}
    for issuer in issuers.values():  # the library has one list for certificates of all key types
        context.add_extra_chain_cert(issuer)
    context.set_mode(MODE_NO_AUTO_CHAIN)  # else the chain is searched for, and the root sent, at each handshake


def _issuers(own: OwnCertificate, authorities: tuple[x509.Certificate, ...]) -> Iterator[x509.Certificate]:
    """The rest of the chain to send: as given, then intermediates that are known only as authorities; no roots."""
    yield from (issuer for issuer in own.chain[1:] if issuer.subject != issuer.issuer)
    top, left = own.chain[-1], list(authorities)
    while top.subject != top.issuer:
        issuer = next((ca for ca in left if ca.subject == top.issuer), None)
        if issuer is None or issuer.subject == issuer.issuer:
            return
        yield issuer
        left.remove(issuer)
        top = issuer


def _set_verification(context: SSL.Context, domain: TLSDomain) -> None:
    callback = _accept_and_record if domain.verify is VerifyMode.OPTIONAL_NO_CA else _record
    context.set_verify(_MODES[domain.verify], callback)
    context.set_verify_depth(domain.depth)
    if domain.verify is VerifyMode.OFF and domain.side is Side.SERVER:
        return
    store = context.get_cert_store()
    assert store is not None  # noqa: S101 (every context has one)
    for authority in domain.authorities:
        store.add_cert(crypto.X509.from_cryptography(authority))
        if domain.side is Side.SERVER and len(domain.authorities) <= MAX_CA_NAMES:
            context.add_client_ca(authority)
    if domain.system_trust:
        context.set_default_verify_paths()
    for crl in domain.revocation_lists:
        store.add_crl(crl)
    if domain.revocation_lists:  # a CRL without the flags does nothing
        whole_chain = 0 if domain.crl_leaf_only else crypto.X509StoreFlags.CRL_CHECK_ALL
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK | whole_chain)
    if domain.exact_trust:
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)


def _set_hooks(context: SSL.Context, domain: TLSDomain, hooks: ContextHooks) -> None:
    staple, keylog = hooks.staple, hooks.keylog
    if staple is not None and domain.side is Side.SERVER:
        # By now OpenSSL has chosen the certificate: RSA or ECDSA.
        context.set_ocsp_server_callback(
            lambda connection, _data: staple(connection.get_certificate(as_cryptography=True))
        )
    if keylog is not None:
        context.set_keylog_callback(lambda _connection, line: keylog(line))


def _record(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Record, and let OpenSSL's own judgement stand."""
    return record_verification(connection, certificate, code, depth, ok) and bool(ok)


def _accept_and_record(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Record, and let the handshake go on: the script decides, by the record alone."""
    recorded = record_verification(connection, certificate, code, depth, ok)
    if not ok:
        connection.set_options(SSL.OP_NO_TICKET)  # a session of somebody unverified is not to be resumed
    return recorded
