"""`Client`: one server as a Python object, whose calls return values or raise what went wrong."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from sertwist.client.answers import fault_failure
from sertwist.client.described import Described, describe, key_memory
from sertwist.client.failure import (
    BadAnswerError,
    Failure,
    FaultError,
    OutcomeUnknownError,
    UnreachableError,
)
from sertwist.client.options import Options
from sertwist.client.placing import place
from sertwist.client.protocol import JSONRPC
from sertwist.client.push import changes
from sertwist.client.session import Session
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from types import TracebackType

    from sertwist.client.endpoint import Endpoint
    from sertwist.client.protocol import Params
    from sertwist.client.session import Trace
    from sertwist.rpc.call import Value

__all__ = ["Client"]

# What a server says to a key whose call it has not finished.
STILL_RUNNING: Final = "still running"

FIRST_WAIT: Final = 0.1  # seconds; twice as long before each further attempt
MAX_WAIT: Final = 5.0


class Client:
    """The methods of one server, over one connection; for one thread at a time.

    Attributes:
        session: the connection, for those who look at the wire.
    """

    def __init__(self, url: str, options: Options | None = None, *, trace: Trace | None = None) -> None:
        """Read the files that `options` name; nothing is connected yet.

        Args:
            url: `https://HOST[:PORT][/PATH]` or `unix:/PATH`.
            options: how to reach it.
            trace: is told what goes over the wire.

        Raises:
            UsageError: a URL, pin or file cannot be used.
        """
        options = options or Options()
        self.session = Session(options.target(url), trace)
        self._retries = options.retries
        self._described: dict[str, Described] = {}
        self._is_stopped = threading.Event()
        self._key_memory: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def endpoint(self) -> Endpoint:
        """The server."""
        return self.session.target.endpoint

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        self.session.close()

    def abort(self) -> None:
        """From another thread: end the call that is under way, its outcome unknown, and try nothing again."""
        self._is_stopped.set()
        self.session.abort()

    def resume(self) -> None:
        """After `abort`, once the call has ended: calls are made again."""
        self._is_stopped.clear()
        self.close()

    def call(self, method: str, /, *params: Value, idempotency_key: str = "", **named: Value) -> Value:
        """The result of `method`.

        A call that certainly has not run is tried again, and so is one whose answer was lost, if the server declares it
        idempotent or knows it again by `idempotency_key`. Nothing else is ever sent twice.

        Args:
            method: name.
            params: in order.
            idempotency_key: the same for the same call, for a server that runs such a call once; empty: none.
            named: parameters by name, after those in order.

        Raises:
            FaultError: the server answered a fault; `DeniedError` and `NotFoundError` are such.
            UnreachableError: nothing was run.
            OutcomeUnknownError: it may have run.
            BadAnswerError: the answer cannot be understood.
            UsageError: a parameter that the method has not, or that cannot be sent.
        """
        return self.call_with(method, params, named, key=idempotency_key)

    def call_with(self, method: str, params: Sequence[Value], named: Mapping[str, Value], *, key: str = "") -> Value:
        """As `call`, with the parameters by name in a mapping."""
        return self.send(method, self._placed(method, params, named), key=key)

    def send(self, method: str, params: Params = (), *, key: str = "") -> Value:
        """As `call`, with the parameters in one sequence, or in one mapping for JSON-RPC."""
        lost: OutcomeUnknownError | None = None
        memory = ""
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                memory = memory or self._memory(key)
                return self.session.call(method, params, key=key)
            except (UnreachableError, OutcomeUnknownError) as failure:
                if isinstance(failure, OutcomeUnknownError):
                    lost = failure
                if is_last or not self._may_repeat(failure, method, memory):
                    raise lost or failure from None
            except FaultError as fault:
                if lost is None or not _is_running(fault):
                    raise
                if is_last:
                    raise lost from None
            if self._is_stopped.wait(min(FIRST_WAIT * 2**attempt, MAX_WAIT) * _jitter()):
                break
        raise lost or UnreachableError(f"{method} was given up before it was sent", code="given-up")

    def multicall(self, calls: Iterable[tuple[str, Sequence[Value]]]) -> list[Value | FaultError]:
        """What each of `calls` returned or failed with, in one request by system.multicall.

        The server decides about all of them before it runs the first.

        Raises:
            Failure: as `call`; nothing of a multicall that is denied was run.
            BadAnswerError: the answer has not one result for each call.
        """
        members: list[Value] = [{"methodName": method, "params": list(params)} for method, params in calls]
        if not members:
            return []
        results = self.send(MULTICALL, [members])
        if not isinstance(results, list | tuple) or len(results) != len(members):
            message = f"{MULTICALL} answered something else than one result for each call"
            raise BadAnswerError(message, code="bad-answer")
        return [_member(each) for each in results]

    def watch(self, method: str, params: Sequence[Value] = (), *, every: float = 2.0) -> Iterator[Value]:
        """What `method` returns, now and whenever that has changed, as the server tells it over a WebSocket.

        The iterator has a connection of its own, which ends with it (`close()` of the generator).

        Args:
            method: one that only reads.
            params: in order.
            every: seconds, at least one, between two looks of the server.

        Raises:
            UnreachableError: the server takes no WebSocket, or the connection broke.
            FaultError: the server watches no such call, or the call failed; the watch is over then.
        """
        return changes(self.session, method, params, every)

    def methods(self) -> list[str]:
        """The names of the methods that the server lets us see.

        Raises:
            Failure: as `call`.
            BadAnswerError: its list is no list.
        """
        names = self.send("system.listMethods")
        if not isinstance(names, list | tuple):
            raise BadAnswerError("the server's list of methods is no list", code="bad-answer")
        return [name for name in names if isinstance(name, str)]

    def describe(self, method: str) -> Described:
        """What the server declares of `method`; asked once.

        Raises:
            UnreachableError: it can't be reached.
        """
        if method not in self._described:
            self._described[method] = describe(self.session, method)
        return self._described[method]

    def _placed(self, method: str, params: Sequence[Value], named: Mapping[str, Value]) -> Params:
        if not named:
            return params
        if self.endpoint.protocol is JSONRPC and not params:
            return named
        return place(self.describe(method), params, named)

    def _memory(self, key: str) -> str:
        """The memory in which the server keeps `key` from now on; empty if it keeps none, or nothing hangs on it.

        Raises:
            UnreachableError: it can't be reached.
        """
        if not key or not self._retries:
            return ""
        if self._key_memory is None:
            self._key_memory = key_memory(self.session)
        return self._key_memory

    def _may_repeat(self, failure: UnreachableError | OutcomeUnknownError, method: str, memory: str) -> bool:
        """Is sending `method` again harmless? After a timeout the time is used up: the person decides.

        A key helps only as long as the server remembers it: not past a restart, when its memory is another.
        """
        if isinstance(failure, UnreachableError):
            return failure.is_passing
        if failure.code != "lost" or self._is_stopped.is_set():
            return False
        try:
            if self.describe(method).is_idempotent:
                return True
            return bool(memory) and key_memory(self.session) == memory
        except Failure:
            return False


def _is_running(fault: FaultError) -> bool:
    """Does the server say that the call whose answer was lost still runs? Then its outcome is not known yet."""
    return fault.number == HTTPStatus.CONFLICT and STILL_RUNNING in str(fault)


def _jitter() -> float:
    """From a half to one and a half, so that clients that failed together do not come again together."""
    return 0.5 + int.from_bytes(os.urandom(2)) / 65_536


def _member(answer: Value) -> Value | FaultError:
    """One member's result, which is an array of one value, or its fault."""
    if isinstance(answer, list | tuple) and len(answer) == 1:
        return answer[0]
    if isinstance(answer, Mapping):
        code, text = answer.get("faultCode"), answer.get("faultString")
        if isinstance(code, int) and isinstance(text, str):
            return fault_failure(Fault(code, text))
    raise BadAnswerError(f"{MULTICALL} answered a member that is no result", code="bad-answer")
