"""One server, one connection, any number of calls: what each returned, or how it failed."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol, Self

from sertwist.client.answers import bad_answer, read_answer
from sertwist.client.connection import is_quiet, open_connection, unreachable
from sertwist.client.credentials import Credentials, make_context
from sertwist.client.digest import Account, read_challenges
from sertwist.client.exchange import Answer, AnswerTooLargeError, CutOffError, Exchange
from sertwist.client.failure import Failure, OutcomeUnknownError, UnreachableError, UsageError
from sertwist.client.tls_words import alert_words
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from types import TracebackType

    from sertwist.client.endpoint import Endpoint
    from sertwist.client.protocol import Params
    from sertwist.rpc.call import Value

__all__ = ["IDEMPOTENCY_FIELD", "MAX_ANSWER", "Session", "Target", "Trace"]

MAX_ANSWER: Final = 64 * 1_048_576

#: The field that makes a server run a write once, however often it comes.
IDEMPOTENCY_FIELD: Final = "Idempotency-Key"

#: The field in which a server tells its name for the call.
CALL_ID_FIELD: Final = "X-Call-ID"


class Trace(Protocol):
    """Is told what goes over the wire."""

    def connected(self, endpoint: Endpoint, sock: socket.socket) -> None:
        """A connection is open."""

    def sending(self, endpoint: Endpoint, method: str, params: Params) -> None:
        """A call is about to be sent."""

    def answered(self, endpoint: Endpoint, answer: Answer) -> None:
        """An answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to call and within which bounds.

    Attributes:
        endpoint: the server.
        credentials: our certificate, and whom we trust.
        user: name for HTTP digest, if the server asks; empty: a certificate says who we are.
        password: of `user`.
        timeout: seconds from the first byte sent to the last byte of the answer.
        connect_timeout: seconds for the TCP connection, and again for the TLS handshake.
        max_answer: bytes of an answer, its head included.
    """

    endpoint: Endpoint
    credentials: Credentials = field(default_factory=Credentials)
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 10.0
    connect_timeout: float = 3.0
    max_answer: int = MAX_ANSWER


class Session:
    """Calls on one server, over one connection that is kept and opened again only before anything was sent.

    Attributes:
        target: where to.
        pending: the method that was sent and not answered yet, else empty; for a program that is interrupted.
        last: the last answer, as it came.
    """

    def __init__(self, target: Target, trace: Trace | None = None) -> None:
        """Read the certificate files; nothing is connected.

        Raises:
            UsageError: a file cannot be used.
        """
        self.target = target
        self.pending = ""
        self.last: Answer | None = None
        self._trace = trace
        self._context = make_context(target.credentials)
        self._account = Account(target.user, target.password) if target.user else None
        self._sock: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def abort(self) -> None:
        """Break the connection, from another thread: a call that is under way ends at once, its outcome unknown."""
        sock = self._sock
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # of the socket below TLS, which another thread uses

    def connect_again(self) -> socket.socket:
        """A further connection, of which the caller takes care.

        Raises:
            UnreachableError: there is none.
        """
        target = self.target
        return open_connection(target.endpoint, self._context, target.connect_timeout, target.credentials.pins)

    def call(self, method: str, params: Params = (), *, key: str = "") -> Value:
        """The result of `method`. It runs at most once.

        Args:
            method: name.
            params: values in order, or by name.
            key: idempotency key that a server knows the call again by; empty: none is sent.

        Raises:
            Failure: everything else; its kind says whether the method may have run.
        """
        endpoint = self.target.endpoint
        try:
            document = endpoint.protocol.write(method, params)
        except Fault as error:
            message = f"an argument cannot be sent as {endpoint.protocol.words}: {error.text}"
            raise UsageError(message, code="bad-argument") from error
        fields = {IDEMPOTENCY_FIELD: key} if key else {}
        answer = self._authorized(method, params, document, fields)
        self.last = answer
        try:
            return read_answer(answer, endpoint)
        except Failure as failure:
            failure.call_id = answer.fields.get(CALL_ID_FIELD, "")
            raise

    def _authorized(self, method: str, params: Params, document: bytes, fields: dict[str, str]) -> Answer:
        """The answer; a request that was only asked for the password, and so was not run, is sent again with it."""
        answer = self._exchange(method, params, document, {**fields, **self._authorization()})
        for _ in range(2):  # once without a nonce, once with one that got old
            if answer.status != HTTPStatus.UNAUTHORIZED or self._account is None:
                break
            if not self._account.accept(read_challenges(answer.fields.get_all("WWW-Authenticate", []))):
                break
            answer = self._exchange(method, params, document, {**fields, **self._authorization()})
        return answer

    def _authorization(self) -> dict[str, str]:
        said = self._account.authorization("POST", self.target.endpoint.path) if self._account else ""
        return {"Authorization": said} if said else {}

    def _exchange(self, method: str, params: Params, document: bytes, fields: dict[str, str]) -> Answer:
        target, endpoint = self.target, self.target.endpoint
        exchange = Exchange(self._connection(), endpoint, timeout=target.timeout, max_answer=target.max_answer)
        if self._trace:
            self._trace.sending(endpoint, method, params)
        whole = False
        self.pending = (
            method  # before the first byte goes out: who is interrupted then must not be told that nothing did
        )
        try:
            self._send(exchange, document, fields)
            answer = self._receive(exchange, method)
            whole = not answer.is_last
        except UnreachableError:
            self.pending = ""
            raise
        finally:
            if not whole:
                self.close()
        self.pending = ""
        if self._trace:
            self._trace.answered(endpoint, answer)
        return answer

    def _connection(self) -> socket.socket:
        """The open connection, or a new one if there is none or the server has closed it meanwhile."""
        if self._sock is not None:
            if _is_usable(self._sock):
                return self._sock
            self.close()
        endpoint = self.target.endpoint
        pins = self.target.credentials.pins
        self._sock = open_connection(endpoint, self._context, self.target.connect_timeout, pins)
        if self._trace:
            self._trace.connected(endpoint, self._sock)
        return self._sock

    def _send(self, exchange: Exchange, document: bytes, fields: dict[str, str]) -> None:
        endpoint = self.target.endpoint
        try:
            exchange.send(document, fields)
        except OSError as error:
            words = alert_words(error) if isinstance(error, ssl.SSLError) else ""
            if words:
                raise unreachable(f"{endpoint.address}: {words}", "certificate-refused") from error
            message = "the connection broke before the request was sent; nothing was run"
            raise unreachable(f"{endpoint.address}: {message}", "not-sent") from error

    def _receive(self, exchange: Exchange, method: str) -> Answer:
        try:
            return exchange.receive()
        except (OSError, ValueError, CutOffError, AnswerTooLargeError, http.client.HTTPException) as error:
            raise self._receive_failure(error, exchange, method) from error

    def _receive_failure(self, error: Exception, exchange: Exchange, method: str) -> Failure:
        """What an error after sending means."""
        address, timeout = self.target.endpoint.address, self.target.timeout
        if isinstance(error, ssl.SSLError) and not exchange.has_answer_begun and alert_words(error):
            # The server had not finished the handshake when it refused: TLS 1.3 lets us send before.
            return unreachable(f"{address}: {alert_words(error)}", "certificate-refused")
        match error:
            case TimeoutError():
                return _unknown(f"no answer from {address} within {timeout:g} s", method, "timeout")
            case OSError() | CutOffError() | http.client.IncompleteRead():
                return _unknown(f"the connection to {address} broke before the answer came", method, "lost")
            case AnswerTooLargeError():
                return bad_answer(f"the answer of {address} has more than {self.target.max_answer} bytes")
            case _:
                return bad_answer(f"{address} answered something that is not HTTP: {error}")


def _is_usable(sock: socket.socket) -> bool:
    try:
        return is_quiet(sock)
    except OSError:  # it broke while nothing was under way: as good as closed
        return False


def _unknown(what: str, method: str, code: str) -> OutcomeUnknownError:
    hint = f"Look at the server's state before you call {method} again."
    return OutcomeUnknownError(f"{what}: {method} may have run", code=code, hint=hint)
