"""How a run of serctl ends: the exit status, and the error that carries it with its words."""

from __future__ import annotations

import enum

from sertwist.errors import SertwistError

__all__ = ["ExitCode", "Failure"]


class ExitCode(enum.IntEnum):
    """Exit statuses that scripts may rely on (reference rpc 13.2)."""

    OK = 0
    FAULT = 1  # the server answered a fault
    USAGE = 2  # wrong usage, configuration, or a certificate file of ours that can't be used
    UNREACHABLE = 3  # no connection, or TLS failed: nothing was run
    DENIED = 4
    NOT_FOUND = 5  # no such object or method
    UNKNOWN_OUTCOME = 6  # sent, but no answer: it may have run
    BAD_ANSWER = 8
    INTERRUPTED = 130


class Failure(SertwistError):  # noqa: N818 - an outcome, also of a call that the server refused
    """A call or command that did not succeed. The message is for the operator, in words.

    Attributes:
        exit_code: what the process exits with.
        number: the fault's code, or the HTTP status; None when no server answered.
        hint: what the operator can try; empty if there is nothing to say.
    """

    def __init__(
        self, exit_code: ExitCode, message: str, *, code: str, number: int | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, code=code)
        self.exit_code = exit_code
        self.number = number
        self.hint = hint
