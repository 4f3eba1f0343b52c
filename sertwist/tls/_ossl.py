"""The names of the TLS library that pyOpenSSL does not make public; nowhere else is one used (reference tls 13.42).

Each may vanish in a later version: what needs it is then switched off or refused, never guessed.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from OpenSSL import SSL, crypto

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

__all__ = [
    "CAN_RESUME",
    "MODE_NO_AUTO_CHAIN",
    "RECORD",
    "accepts_groups",
    "attach",
    "is_resumed",
    "receive",
    "send",
    "set_groups",
]

_lib = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 (this is the place)
_ffi: Any = getattr(SSL, "_ffi", None)

# OpenSSL's SSL_MODE_NO_AUTO_CHAIN: the chain is what was given, not searched for in the store at each handshake.
MODE_NO_AUTO_CHAIN: Final = 0x8

_session_reused: Callable[[object], int] | None = getattr(_lib, "SSL_session_reused", None)
_set_curves: Callable[[object, bytes], int] | None = getattr(_lib, "SSL_CTX_set1_curves_list", None)
_set_info_callback: Callable[[object, object], None] | None = getattr(_lib, "SSL_set_info_callback", None)

CAN_RESUME: Final = _session_reused is not None
"""Whether a resumed session can be told from a full handshake; if not, nothing may be resumed."""


def is_resumed(connection: SSL.Connection) -> bool:
    """Whether the finished handshake of `connection` continued an earlier session."""
    return _session_reused is not None and bool(_session_reused(connection._ssl))  # noqa: SLF001


def der_of(certificate: crypto.X509) -> bytes:
    """The bytes of `certificate`: 3 us, where making a `cryptography` certificate of it costs 32."""
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


def set_groups(context: SSL.Context, groups: str) -> bool:
    """Allow only `groups` (OpenSSL's names with colons, best first) for the key exchange; False: not taken."""
    if _set_curves is None:
        return False
    taken = _set_curves(context._context, groups.encode("ascii", "replace")) == 1  # noqa: SLF001
    if not taken:
        _lib.ERR_clear_error()
    return taken


def accepts_groups(groups: str) -> bool:
    """Whether the library knows every one of `groups`."""
    return set_groups(SSL.Context(SSL.TLS_SERVER_METHOD), groups)


# -- what comes after the handshake ------------------------------------------------------------------------------------

_NO_RENEGOTIATION: Final = 100  # RFC 5246 7.2.2


class Watcher(Protocol):
    """A connection's app data, once it is watched."""

    def sees_message(self) -> bool:
        """Another handshake message came; True: take no more."""

    def sees_renegotiation(self) -> bool:
        """The peer asked for renegotiation, which the library refuses by a warning; True: take no more."""


def watch(connection: SSL.Connection) -> None:
    """Tell the app data of `connection`, a `Watcher`, of handshake messages from now on.

    When it takes no more, reading gives the end of the stream. Left alone, the library would read on for as long as
    such messages come, which a peer can have go on for ever.
    """
    if _set_info_callback is not None and _callback is not None:
        _set_info_callback(connection._ssl, _callback)  # noqa: SLF001


def _see(ssl: object, where: int, value: int) -> None:
    """Whatever fails here ends the connection: nobody could take the exception."""
    enough = False
    try:
        if where & SSL.SSL_CB_EXIT:  # one message is done
            enough = _watcher_of(ssl).sees_message()
        elif where == SSL.SSL_CB_WRITE_ALERT and value & 0xFF == _NO_RENEGOTIATION:
            enough = _watcher_of(ssl).sees_renegotiation()
    except Exception:  # noqa: BLE001 (the library calls: nothing could catch it)
        enough = True
    if enough:
        _lib.SSL_set_shutdown(ssl, SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)


def _watcher_of(ssl: object) -> Watcher:
    watcher: Watcher = SSL.Connection._reverse_mapping[ssl].get_app_data()  # noqa: SLF001
    return watcher


# One for all connections: pyOpenSSL's own way makes one for each.
_callback = None if _ffi is None else _ffi.callback("void (*)(const SSL *, int, int)", _see)


def attach(connection: SSL.Connection, sock: socket.socket) -> None:
    """Have `connection`, made over memory, read and write `sock` from now on; its memory must be empty."""
    if _lib.SSL_set_fd(connection._ssl, sock.fileno()) != 1:  # noqa: SLF001
        raise SSL.Error([("", "", "the socket can not be used")])
    connection._socket = sock  # noqa: SLF001
    connection._into_ssl = connection._from_ssl = None  # noqa: SLF001  # OpenSSL freed them


# -- reading and writing ----------------------------------------------------------------------------------------------
#
# pyOpenSSL makes a buffer for each read and looks three times for trouble after each success: 2 us a read and 3 us a
# write, as much as the cipher takes. What did not succeed is still judged by pyOpenSSL, so the outcomes are the same.

RECORD: Final = 16_384
"""The most bytes of one TLS record, so that a read leaves nothing behind inside OpenSSL (RFC 8446 5.1)."""


def _receive_directly(connection: SSL.Connection) -> bytes:
    taken = _lib.SSL_read(connection._ssl, _buffer, RECORD)  # noqa: SLF001
    if taken <= 0:
        connection._raise_ssl_error(connection._ssl, taken)  # noqa: SLF001
    return bytes(_ffi.buffer(_buffer, taken))


def _send_directly(connection: SSL.Connection, data: bytes | memoryview) -> int:
    taken: int = _lib.SSL_write(connection._ssl, data if type(data) is bytes else _ffi.from_buffer(data), len(data))  # noqa: SLF001
    if taken <= 0:
        connection._raise_ssl_error(connection._ssl, taken)  # noqa: SLF001
    return taken


def _receive_publicly(connection: SSL.Connection) -> bytes:
    return connection.recv(RECORD)


def _send_publicly(connection: SSL.Connection, data: bytes | memoryview) -> int:
    return connection.send(data)


def _goes_directly() -> bool:
    """Whether all that the direct ways use is there; on a connection without a peer both have to wait for one."""
    try:
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        connection.set_connect_state()
        for attempt in (
            lambda: _receive_directly(connection),
            lambda: _send_directly(connection, b"x"),
            lambda: _send_directly(connection, memoryview(b"x")),
        ):
            with contextlib.suppress(SSL.WantReadError):
                attempt()
                return False
        return bytes(_ffi.buffer(_buffer, 2)) == b"\0\0"
    except Exception:  # noqa: BLE001 (whatever is missing: the public way does all of it)
        return False


_buffer = None if _ffi is None else _ffi.new("char[]", RECORD)  # of the reactor's thread alone
_direct = _goes_directly()

receive: Final = _receive_directly if _direct else _receive_publicly
"""Up to `RECORD` bytes from the connection; raises what `SSL.Connection.recv` does."""
send: Final = _send_directly if _direct else _send_publicly
"""How many bytes of some the connection took; raises what `SSL.Connection.send` does."""
