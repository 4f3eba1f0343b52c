"""Handshakes over memory between one of our server contexts and a plain OpenSSL client, with certificates made here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sertwist.pki.authority import SERVER_AUTH, Authority, Credential, Profile, alternative_names
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import OwnCertificate, Side, TLSDomain, VerifyMode
from sertwist.tls.failure import Failure, describe_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from sertwist.tls.session import TlsSession

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
AT = NOW.timestamp()


def make_root(name: str = "Test Root") -> Authority:
    return Authority.make(name, not_before=NOW - 400 * DAY, not_after=NOW + 400 * DAY)


ROOT = make_root()
OTHER_ROOT = make_root("Other Root")
SERVER = ROOT.issue(
    Profile(common_names=("alice",), usages=(SERVER_AUTH,), alternative_names=alternative_names("alice.example.com"))
)
BOB = ROOT.issue(Profile(common_names=("Bob",)))


def make_domain(
    verify: VerifyMode = VerifyMode.OPTIONAL_NO_CA,
    *,
    authorities: Sequence[Authority] = (ROOT,),
    crls: Sequence[x509.CertificateRevocationList] = (),
    **settings: object,
) -> TLSDomain:
    return TLSDomain(
        side=Side.SERVER,
        own=(OwnCertificate(chain=(SERVER.certificate,), private_key=SERVER.key),),
        authorities=tuple(a.certificate for a in authorities),
        revocation_lists=tuple(crls),
        verify=verify,
        **settings,
    )


@dataclass
class Outcome:
    """How a handshake ended: one of `session` and `failure`; `server` and `client` keep both ends alive."""

    session: TlsSession | None
    failure: Failure | None
    server: SSL.Connection
    client: SSL.Connection

    def verdict(self) -> tuple[bool, str]:
        verdict = self.session.peer.verdict(AT)
        return verdict.verified, verdict.reason


def client_context(
    credential: Credential | None = None,
    intermediates: Sequence[x509.Certificate] = (),
    version: int | None = None,
) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # a hostile client keeps no rules
    if version is not None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
    if credential is not None:
        context.use_certificate(credential.certificate)
        context.use_privatekey(credential.key)
        for certificate in intermediates:
            context.add_extra_chain_cert(certificate)
    return context


def connect(
    factory: ServerContextFactory,
    context: SSL.Context,
    *,
    sni: bytes | None = None,
    resume: SSL.Session | None = None,
) -> Outcome:
    """Run one handshake to its end, then exchange a byte each way so that tickets arrive."""
    server = factory.server_connection(None)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    if sni is not None:
        client.set_tlsext_host_name(sni)
    if resume is not None:
        client.set_session(resume)
    finished = False
    for _ in range(12):
        with contextlib.suppress(SSL.Error):  # what the client thinks of it does not matter
            client.do_handshake()
        carry(client, server)
        if not finished:
            try:
                server.do_handshake()
                finished = True
            except SSL.WantReadError:
                pass
            except Exception as error:  # noqa: BLE001
                return Outcome(None, describe_failure(error, server.get_app_data()), server, client)
        carry(server, client)
    assert finished, "the handshake does not end"
    server.send(b"x")
    carry(server, client)
    client.recv(1)
    return Outcome(factory.finish(server), None, server, client)


def carry(source: SSL.Connection, target: SSL.Connection) -> None:
    with contextlib.suppress(SSL.WantReadError):
        while True:
            target.bio_write(source.bio_read(65_536))


def shake(
    domain: TLSDomain,
    credential: Credential | None,
    intermediates: Sequence[x509.Certificate] = (),
    version: int | None = None,
) -> Outcome:
    return connect(ServerContextFactory(domain), client_context(credential, intermediates, version))
