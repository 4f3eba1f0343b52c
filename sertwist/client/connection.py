"""Open a verified TLS connection, or say why there is none; every failure here means that nothing was run."""

from __future__ import annotations

import os
import selectors
import socket
import ssl
from time import monotonic
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import UnreachableError
from sertwist.client.pins import check_pins
from sertwist.client.server_certificate import describe_certificate
from sertwist.client.server_chain import chain_fault
from sertwist.client.tls_words import alert_words, verify_words

if TYPE_CHECKING:
    from sertwist.client.endpoint import Endpoint

__all__ = ["is_quiet", "open_connection", "unreachable"]

# What OpenSSL says when the first bytes from the other side are no TLS record.
NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})

# X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
NAME_MISMATCH: Final = frozenset({62, 64})

# A refusal of our certificate is waited for at most this long, whatever the handshake took.
MAX_REFUSAL_WAIT: Final = 1.0


def open_connection(
    endpoint: Endpoint, context: ssl.SSLContext, timeout: float, pins: tuple[bytes, ...] = ()
) -> socket.socket:
    """A TLS connection to `endpoint` whose certificate `context` accepts for its name; over a Unix socket a plain one.

    Args:
        endpoint: where to.
        context: what is trusted and who we are.
        timeout: seconds for connecting to one address, and again for the handshake.
        pins: keys of which the server must have one; none: any.

    Raises:
        UnreachableError: no connection, or no trust on one of the two sides.
    """
    if endpoint.socket_path:
        return _connect_unix(endpoint, timeout)
    raw = _connect(endpoint, timeout)
    started = monotonic()
    try:
        sock = context.wrap_socket(raw, server_hostname=endpoint.expected_name)
    except (OSError, ValueError) as error:  # ValueError: no usable name
        raw.close()
        raise _handshake_failure(error, endpoint, timeout) from error
    try:
        if context.verify_mode is not ssl.CERT_NONE:
            _check_chain(sock, endpoint)
        if pins:
            check_pins(sock, pins, endpoint.address)
        _await_refusal(sock, min(2 * (monotonic() - started), MAX_REFUSAL_WAIT), endpoint)
    except BaseException:
        sock.close()
        raise
    return sock


def is_quiet(sock: socket.socket, wait: float = 0.0) -> bool:
    """Is `sock` open, with nothing to read within `wait` seconds but TLS's own messages?

    Raises:
        OSError: the connection broke, or the server sent an alert (`ssl.SSLError`).
    """
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        if not selector.select(wait):
            return True
    sock.settimeout(0)
    try:
        sock.recv(1)
    except (ssl.SSLWantReadError, BlockingIOError):
        return True
    return False


# What may be over in a moment; all else stays wrong until somebody changes something.
PASSING: Final = frozenset(
    {"connect-timeout", "connection-refused", "connect-failed", "handshake-timeout", "handshake-closed",
     "closed-by-server", "not-sent"}
)  # fmt: skip


def unreachable(message: str, code: str, hint: str = "") -> UnreachableError:
    """The failure for a call that certainly was not run."""
    return UnreachableError(message, code=code, hint=hint, is_passing=code in PASSING)


def _connect(endpoint: Endpoint, timeout: float) -> socket.socket:
    try:
        sock = socket.create_connection((endpoint.host, endpoint.port), timeout)
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a host name"
        message = f"the name {endpoint.host} is not known: {reason}"
        raise unreachable(message, "unknown-host") from error
    except TimeoutError as error:
        hint = "Is the address right, and does a firewall drop the packets?"
        message = f"no answer from {endpoint.address} within {timeout:g} s"
        raise unreachable(message, "connect-timeout", hint) from error
    except ConnectionRefusedError as error:
        hint = "Is the server running, and does its script listen on this TLS address and port?"
        message = f"connection refused by {endpoint.address}"
        raise unreachable(message, "connection-refused", hint) from error
    except OSError as error:
        message = f"cannot connect to {endpoint.address}: {os.strerror(error.errno or 0)}"
        raise unreachable(message, "connect-failed") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _connect_unix(endpoint: Endpoint, timeout: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(endpoint.socket_path)
    except OSError as error:
        sock.close()
        raise _unix_failure(error, endpoint) from error
    return sock


def _unix_failure(error: OSError, endpoint: Endpoint) -> UnreachableError:
    """The kernel has checked who may open the socket: its owner, and who its mode lets in."""
    match error:
        case FileNotFoundError():
            hint = "Does the server run, and does its script name this socket?"
            return UnreachableError(f"there is no socket {endpoint.socket_path}", code="no-socket", hint=hint)
        case PermissionError():
            hint = "The socket is for the user that the server runs as, and for root."
            return UnreachableError(f"{endpoint.socket_path} may not be opened by you", code="no-permission", hint=hint)
        case ConnectionRefusedError():
            return unreachable(f"nobody listens on {endpoint.socket_path}", "connection-refused")
        case _:
            reason = os.strerror(error.errno) if error.errno else "no answer in time"
            return unreachable(f"cannot connect to {endpoint.address}: {reason}", "connect-failed")


def _check_chain(sock: ssl.SSLSocket, endpoint: Endpoint) -> None:
    fault = chain_fault(sock)
    if fault:
        raise _not_accepted(endpoint, fault)


def _await_refusal(sock: ssl.SSLSocket, wait: float, endpoint: Endpoint) -> None:
    """Give the server the time to refuse our certificate before anything is sent.

    In TLS 1.3 our side of the handshake is over before the server has looked at our certificate. A server
    that accepts it usually sends session tickets at once, which end the wait; one that refuses, an alert.
    Without the wait that alert would come after sending, when a reset can lose it: outcome unknown.
    """
    if sock.version() != "TLSv1.3":
        return
    try:
        quiet = is_quiet(sock, wait)
    except OSError as error:
        raise _refusal(error, endpoint) from error
    if not quiet:
        message = f"{endpoint.address} closed the connection right after the TLS handshake"
        raise unreachable(message, "closed-by-server")


def _refusal(error: OSError, endpoint: Endpoint) -> UnreachableError:
    words = alert_words(error) if isinstance(error, ssl.SSLError) else ""
    if words:
        return unreachable(f"{endpoint.address}: {words}", "certificate-refused", "Look at --cert and --key.")
    hint = "It may have refused the client certificate."
    message = f"{endpoint.address} ended the TLS connection after the handshake"
    return unreachable(message, "closed-by-server", hint)


def _handshake_failure(error: OSError | ValueError, endpoint: Endpoint, timeout: float) -> UnreachableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(error, endpoint)
    if isinstance(error, ssl.SSLError) and alert_words(error):
        return _refusal(error, endpoint)
    return unreachable(*_handshake_words(error, endpoint.address, timeout))


def _handshake_words(error: OSError | ValueError, address: str, timeout: float) -> tuple[str, str, str]:
    """Message, code and hint."""
    hint = "A SIP server has TLS on a port of its own, usually 5061."
    match error:
        case ssl.SSLError(reason=reason) if reason in NOT_TLS:
            return f"{address} does not speak TLS on this port", "not-tls", hint
        case TimeoutError():
            return f"no TLS handshake with {address} within {timeout:g} s", "handshake-timeout", hint
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionError():
            return f"{address} closed the connection during the TLS handshake", "handshake-closed", hint
        case ssl.SSLError(reason=reason):
            return f"TLS handshake with {address} failed: {reason}", "handshake-failed", ""
        case _:
            return f"TLS handshake with {address} failed: {error}", "handshake-failed", ""


def _distrust(error: ssl.SSLCertVerificationError, endpoint: Endpoint) -> UnreachableError:
    """The server's certificate is not accepted: why, and what it says about itself."""
    shown = describe_certificate(endpoint)
    if error.verify_code in NAME_MISMATCH:
        message = f"the certificate of {endpoint.address} is not for {endpoint.expected_name!r}"
        hint = "--servername NAME says which name it must have, if the connection goes to another address."
        return unreachable(message + (f" but for {shown.names}" if shown else ""), "server-name", hint)
    words = verify_words(error) + (f" ({shown.words})" if shown else "")
    return _not_accepted(endpoint, words, "--cacert FILE names the certificates that servers are traced to.")


def _not_accepted(endpoint: Endpoint, words: str, hint: str = "") -> UnreachableError:
    return unreachable(f"the certificate of {endpoint.address} is not accepted: {words}", "server-certificate", hint)
