"""The names of the TLS library that pyOpenSSL does not make public; nowhere else is one used (reference tls 13.42).

Each may vanish in a later version: what needs it is then switched off or refused, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CAN_RESUME", "MODE_NO_AUTO_CHAIN", "is_resumed", "set_groups"]

_lib = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 (this is the place)

# OpenSSL's SSL_MODE_NO_AUTO_CHAIN: the chain is what was given, not searched for in the store at each handshake.
MODE_NO_AUTO_CHAIN: Final = 0x8

_session_reused: Callable[[object], int] | None = getattr(_lib, "SSL_session_reused", None)
_set_curves: Callable[[object, bytes], int] | None = getattr(_lib, "SSL_CTX_set1_curves_list", None)

CAN_RESUME: Final = _session_reused is not None
"""Whether a resumed session can be told from a full handshake; if not, nothing may be resumed."""


def is_resumed(connection: SSL.Connection) -> bool:
    """Whether the finished handshake of `connection` continued an earlier session."""
    return _session_reused is not None and bool(_session_reused(connection._ssl))  # noqa: SLF001


def set_groups(context: SSL.Context, groups: str) -> bool:
    """Allow only `groups` (OpenSSL's names with colons, best first) for the key exchange; False: not taken."""
    if _set_curves is None:
        return False
    taken = _set_curves(context._context, groups.encode("ascii", "replace")) == 1  # noqa: SLF001
    if not taken:
        _lib.ERR_clear_error()
    return taken
