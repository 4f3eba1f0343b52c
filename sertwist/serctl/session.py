"""One server, one connection, any number of calls: what each returned, or how it failed."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, Self

from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_writer import write_call
from sertwist.serctl.answers import bad_answer, read_answer
from sertwist.serctl.connection import is_quiet, open_connection, unreachable
from sertwist.serctl.credentials import Credentials, make_context
from sertwist.serctl.exchange import Answer, AnswerTooLargeError, CutOffError, Exchange
from sertwist.serctl.exit_codes import ExitCode, Failure
from sertwist.serctl.tls_words import alert_words

if TYPE_CHECKING:
    from types import TracebackType

    from sertwist.rpc.call import Value
    from sertwist.serctl.endpoint import Endpoint

__all__ = ["MAX_ANSWER", "Session", "Target", "Trace"]

MAX_ANSWER: Final = 64 * 1_048_576


class Trace(Protocol):
    """Is told what goes over the wire."""

    def connected(self, endpoint: Endpoint, sock: ssl.SSLSocket) -> None:
        """A connection is open."""

    def sending(self, endpoint: Endpoint, method: str, params: tuple[Value, ...]) -> None:
        """A call is about to be sent."""

    def answered(self, answer: Answer) -> None:
        """An answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to call and within which bounds.

    Attributes:
        endpoint: the server.
        credentials: our certificate, and whom we trust.
        timeout: seconds from the first byte sent to the last byte of the answer.
        connect_timeout: seconds for the TCP connection, and again for the TLS handshake.
        max_answer: bytes of an answer, its head included.
    """

    endpoint: Endpoint
    credentials: Credentials = field(default_factory=Credentials)
    timeout: float = 10.0
    connect_timeout: float = 3.0
    max_answer: int = MAX_ANSWER


class Session:
    """Calls on one server, over one connection that is kept and opened again only before anything was sent.

    Attributes:
        pending: the method that was sent and not answered yet, else empty; for a program that is interrupted.
    """

    def __init__(self, target: Target, trace: Trace | None = None) -> None:
        """Read the certificate files; nothing is connected.

        Raises:
            Failure: a file cannot be used (usage).
        """
        self.pending = ""
        self._target = target
        self._trace = trace
        self._context = make_context(target.credentials)
        self._sock: ssl.SSLSocket | None = None

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

    def call(self, method: str, *params: Value) -> Value:
        """The result of `method`. It is sent at most once.

        Raises:
            Failure: everything else; its exit code says whether the method may have run.
        """
        try:
            document = write_call(method, params)
        except Fault as error:
            message = f"an argument cannot be sent as XML-RPC: {error.text}"
            raise Failure(ExitCode.USAGE, message, code="bad-argument") from error
        answer = self._exchange(method, params, document)
        if answer.is_last:
            self.close()
        if self._trace:
            self._trace.answered(answer)
        return read_answer(answer, self._target.endpoint)

    def _exchange(self, method: str, params: tuple[Value, ...], document: bytes) -> Answer:
        target, endpoint = self._target, self._target.endpoint
        exchange = Exchange(
            self._connection(),
            endpoint.host,
            endpoint.port,
            timeout=target.timeout,
            max_answer=target.max_answer,
        )
        if self._trace:
            self._trace.sending(endpoint, method, params)
        whole = False
        try:
            self._send(exchange, document)
            self.pending = method
            answer = self._receive(exchange, method)
            whole = True
        finally:
            if not whole:
                self.close()
        self.pending = ""
        return answer

    def _connection(self) -> ssl.SSLSocket:
        """The open connection, or a new one if there is none or the server has closed it meanwhile."""
        if self._sock is not None:
            if _is_usable(self._sock):
                return self._sock
            self.close()
        endpoint, timeout = self._target.endpoint, self._target.connect_timeout
        self._sock = open_connection(endpoint, self._context, timeout)
        if self._trace:
            self._trace.connected(endpoint, self._sock)
        return self._sock

    def _send(self, exchange: Exchange, document: bytes) -> None:
        endpoint = self._target.endpoint
        try:
            exchange.send(endpoint.path, document)
        except OSError as error:
            words = alert_words(error) if isinstance(error, ssl.SSLError) else ""
            message = words or "the connection broke before the request was sent; nothing was run"
            raise unreachable(f"{endpoint.address}: {message}", "not-sent") from error

    def _receive(self, exchange: Exchange, method: str) -> Answer:
        try:
            return exchange.receive()
        except (OSError, ValueError, CutOffError, AnswerTooLargeError, http.client.HTTPException) as error:
            raise self._receive_failure(error, exchange, method) from error

    def _receive_failure(self, error: Exception, exchange: Exchange, method: str) -> Failure:
        """What an error after sending means."""
        address, timeout = self._target.endpoint.address, self._target.timeout
        if isinstance(error, ssl.SSLError) and not exchange.has_answer_begun and alert_words(error):
            # The server had not finished the handshake when it refused: TLS 1.3 lets us send before.
            return unreachable(f"{address}: {alert_words(error)}", "certificate-refused")
        match error:
            case TimeoutError():
                return _unknown(f"no answer from {address} within {timeout:g} s", method, "timeout")
            case OSError() | CutOffError() | http.client.IncompleteRead():
                return _unknown(f"the connection to {address} broke before the answer came", method, "lost")
            case AnswerTooLargeError():
                return bad_answer(f"the answer of {address} has more than {self._target.max_answer} bytes")
            case _:
                return bad_answer(f"{address} answered something that is not HTTP: {error}")


def _is_usable(sock: ssl.SSLSocket) -> bool:
    try:
        return is_quiet(sock)
    except OSError:  # it broke while nothing was under way: as good as closed
        return False


def _unknown(what: str, method: str, code: str) -> Failure:
    hint = f"Look at the server's state before you call {method} again."
    return Failure(ExitCode.UNKNOWN_OUTCOME, f"{what}: {method} may have run", code=code, hint=hint)
