"""A failed handshake in words (reference tls 11.2)."""

from __future__ import annotations

import pytest
from cryptography import x509
from OpenSSL import SSL

from sertwist.limits import MAX_CERTIFICATE
from sertwist.pki.authority import Profile
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import ProtocolVersion, VerifyMode
from sertwist.tls.failure import Failure, describe_failure, refuse_peer
from tests.unit.tls.kit import AT, BOB, ROOT, carry, client_context, connect, make_domain, shake


def fail_with(data: bytes) -> Failure:
    server = ServerContextFactory(make_domain()).server_connection(None)
    server.bio_write(data)
    with pytest.raises(SSL.Error) as raised:
        server.do_handshake()
    return describe_failure(raised.value, server.get_app_data())


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:a SIP/2.0\r\n\r\n",
        b"POST /RPC2 HTTP/1.1\r\n\r\n",
        b"\0" * 64,
        bytes.fromhex("802e0100020015000000100100800300800700c0"),  # an SSLv2 hello
        b"\x16\x03\x01\x50\x01" + b"\0" * 64,
        b"\x15\x03\x01\x00\x02\x01\x00",
    ],
)
def test_failure_is_not_tls_when_other_bytes_come(data: bytes) -> None:
    assert fail_with(data).reason_code == "not-tls"


def test_failure_is_the_version_when_the_client_is_too_old() -> None:
    factory = ServerContextFactory(make_domain(minimum=ProtocolVersion.TLS_1_3))
    outcome = connect(factory, client_context(version=SSL.TLS1_2_VERSION))
    assert outcome.failure.reason_code == "protocol-version"


def test_failure_is_the_cipher_when_none_is_shared() -> None:
    context = client_context(version=SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"AES256-SHA")
    outcome = connect(ServerContextFactory(make_domain()), context)
    assert outcome.failure == Failure(
        "no-shared-cipher", "no shared cipher: the client offers none that this domain allows"
    )


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_failure_is_distrust_when_the_client_refuses_our_certificate(version: int) -> None:
    context = client_context(version=version)
    server = ServerContextFactory(make_domain()).server_connection(None)
    client = SSL.Connection(context, None)
    client.set_verify(SSL.VERIFY_PEER)
    client.set_connect_state()
    caught = None
    for _ in range(6):
        for here, there in ((client, server), (server, client)):
            try:
                here.do_handshake()
            except SSL.WantReadError:
                pass
            except SSL.Error as error:
                caught = caught or (error if here is server else None)
            carry(here, there)
    assert caught is not None
    assert describe_failure(caught, server.get_app_data()).reason_code == "distrusted"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SSL.SysCallError(-1, "Unexpected EOF"), "closed"),
        (SSL.ZeroReturnError(), "closed"),
        (ConnectionResetError(104, "reset"), "closed"),
        (SSL.Error([("SSL routines", "", "ssl/tls alert handshake failure")]), "alert"),
        (SSL.Error([("SSL routines", "", "something new")]), "handshake-failed"),
        (SSL.Error([]), "internal-error"),
        (ZeroDivisionError("a peer's secret"), "internal-error"),
    ],
)
def test_every_error_has_a_code(error: Exception, code: str) -> None:
    failure = describe_failure(error, None)
    assert failure.reason_code == code
    assert "secret" not in failure.words


@pytest.mark.parametrize("verify", list(VerifyMode))
def test_peer_is_refused_after_its_handshake_when_only_we_find_fault_and_the_domain_refuses(verify: VerifyMode) -> None:
    peer = shake(make_domain(), ROOT.issue(Profile(common_names=("Bob\0.evil",)))).session.peer
    refusal = refuse_peer(peer, verify, AT)
    if verify in (VerifyMode.OPTIONAL, VerifyMode.ON):
        assert refusal == Failure("bad-name", "certificate has control characters in a name")
    else:
        assert refusal is None


@pytest.mark.parametrize("verify", list(VerifyMode))
def test_peer_is_refused_after_its_handshake_when_its_time_is_over(verify: VerifyMode) -> None:
    peer = shake(make_domain(), BOB).session.peer
    assert refuse_peer(peer, verify, AT) is None
    later = refuse_peer(peer, verify, peer.not_after + 1)
    assert (later is None) == (verify in (VerifyMode.OFF, VerifyMode.OPTIONAL_NO_CA))
    assert later is None or later.reason_code == "expired"


@pytest.mark.parametrize("verify", list(VerifyMode))
def test_peer_without_certificate_is_refused_only_where_one_is_required(verify: VerifyMode) -> None:
    peer = shake(make_domain(), None).session.peer
    assert (refuse_peer(peer, verify, AT) is not None) == (verify is VerifyMode.ON)


@pytest.mark.parametrize("verify", list(VerifyMode))
def test_peer_is_refused_in_every_mode_when_its_certificate_is_too_large(verify: VerifyMode) -> None:
    filling = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(MAX_CERTIFICATE))
    client = ROOT.issue(Profile(common_names=("Bob",), extra=[(filling, False)]))
    assert refuse_peer(shake(make_domain(), client).session.peer, verify, AT).reason_code == "too-large"
