"""How a call fails: one exception a kind, each with the exit status that `serctl` gives it (reference rpc 13.2)."""

from __future__ import annotations

import enum
from typing import ClassVar

from sertwist.errors import SertwistError

__all__ = [
    "BadAnswerError",
    "DeniedError",
    "ExitCode",
    "Failure",
    "FaultError",
    "NotFoundError",
    "OutcomeUnknownError",
    "StoppedError",
    "UnreachableError",
    "UsageError",
]


class ExitCode(enum.IntEnum):
    """Exit statuses that scripts may rely on (reference rpc 13.2)."""

    OK = 0
    FAULT = 1  # the server answered a fault
    USAGE = 2  # wrong usage, configuration, or a certificate file of ours that can't be used
    UNREACHABLE = 3  # no connection, or TLS failed: nothing was run
    DENIED = 4
    NOT_FOUND = 5  # no such object or method
    UNKNOWN_OUTCOME = 6  # sent, but no answer: it may have run
    SOME_FAILED = 7  # of several servers
    BAD_ANSWER = 8
    WARNING = 9  # of `serctl health`
    CRITICAL = 10
    CHANGES = 11  # a diff or a dry run found some
    INTERRUPTED = 130


class Failure(SertwistError):  # noqa: N818 - an outcome, also of a call that the server refused
    """A call or command that did not succeed. The message is for the operator, in words.

    Attributes:
        exit_code: what a program that ends with this exits with.
        number: the fault's code, or the HTTP status; None when no server answered.
        hint: what the operator can try; empty if there is nothing to say.
        call_id: what the server calls this call, for its log and rpc.explain; empty if it did not say.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAULT

    def __init__(self, message: str, *, code: str, number: int | None = None, hint: str = "") -> None:
        super().__init__(message, code=code)
        self.number = number
        self.hint = hint
        self.call_id = ""


class UsageError(Failure):
    """Wrong usage, configuration, argument or file; nothing was sent."""

    exit_code = ExitCode.USAGE


class UnreachableError(Failure):
    """No connection, or no trust on one of the two sides: certainly nothing was run.

    Attributes:
        is_passing: may the next attempt succeed although nothing is changed?
    """

    exit_code = ExitCode.UNREACHABLE

    def __init__(self, message: str, *, code: str, hint: str = "", is_passing: bool = False) -> None:
        super().__init__(message, code=code, hint=hint)
        self.is_passing = is_passing


class FaultError(Failure):
    """The server answered that the call failed; `number` is the fault's code."""

    exit_code = ExitCode.FAULT


class DeniedError(FaultError):
    """The server refused: who you are is not known, or may not do this. Nothing was run."""

    exit_code = ExitCode.DENIED


class NotFoundError(FaultError):
    """No such object; or no such method, and then `code` is `no-method`."""

    exit_code = ExitCode.NOT_FOUND


class OutcomeUnknownError(Failure):
    """It was sent, and no whole answer came: it may have run."""

    exit_code = ExitCode.UNKNOWN_OUTCOME


class BadAnswerError(Failure):
    """The answer cannot be understood."""

    exit_code = ExitCode.BAD_ANSWER


class StoppedError(Failure):
    """The person said no, or interrupted."""

    exit_code = ExitCode.INTERRUPTED
