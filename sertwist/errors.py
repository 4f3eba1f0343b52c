"""The five kinds of failure, and what each says to whom (reference style C.4).

`str(error)` is a sentence that may be shown to the person it concerns; `detail` is for the log only and never leaves
the process; `code` is a stable kebab-case word used by logs, metrics and documentation.
"""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "InternalError",
    "PeerError",
    "RefusedError",
    "SertwistError",
    "TooLargeError",
    "UnavailableError",
]


class SertwistError(Exception):
    """Base of every error that this project raises on purpose.

    Attributes:
        code: stable kebab-case word for this cause.
        detail: more for the log; never sent to a peer.
    """

    code = "error"

    def __init__(self, message: str, *, code: str = "", detail: str = "") -> None:
        super().__init__(message)
        if code:
            self.code = code
        self.detail = detail


class PeerError(SertwistError):
    """The peer broke a rule of the protocol. `status_hint` is the SIP or HTTP status that answers it."""

    code = "bad-message"
    status_hint = 400

    def __init__(self, message: str, *, code: str = "", detail: str = "", status_hint: int = 0, at: int = -1) -> None:
        super().__init__(message, code=code, detail=detail)
        if status_hint:
            self.status_hint = status_hint
        self.at = at


class TooLargeError(PeerError):
    """A bound of `sertwist.limits` was passed; distinct from malformed, since the answer differs."""

    code = "too-large"
    status_hint = 413


class RefusedError(SertwistError):
    """The peer asked for something that it may not have."""

    code = "refused"
    status_hint = 403


class ConfigError(SertwistError):
    """A setting, file or script can't be used: the message says what, where and what to do."""

    code = "config"


class UnavailableError(SertwistError):
    """Something that is depended on does not work now."""

    code = "unavailable"
    status_hint = 503


class InternalError(SertwistError):
    """Our own defect: peers hear 500 and an incident number, the log has the rest."""

    code = "internal"
    status_hint = 500
