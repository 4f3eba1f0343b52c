"""Read a ClientHello from the records it comes in, before OpenSSL sees them: the server name chooses the domain.

Only what is needed to find the name is looked at; what is left over is OpenSSL's to judge. What can't be read to its
end is refused here, with the alert that OpenSSL would send, so that no name is ever guessed (RFC 8446 4.1.2, 5.1; RFC
6066 3; reference tls 4.2, 4.3).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

__all__ = ["Alert", "BadHello", "ClientHello", "HelloReader", "read_server_name"]

RECORD_HEAD: Final = 5  # type, version, length
HANDSHAKE_RECORD: Final = b"\x16"
CLIENT_HELLO: Final = 1
MESSAGE_HEAD: Final = 4  # type, length
MAX_RECORD: Final = 16_384
MAX_HOST_NAME: Final = 253  # characters without the trailing dot

_SERVER_NAME: Final = 0  # both the extension and its only name type
_SESSION_TICKET: Final = 35  # RFC 5077 3.2; empty when the client has none
_PRE_SHARED_KEY: Final = 41  # RFC 8446 4.2.11
_EXTENSION = struct.Struct(">HH")  # kind, length
_LIST_OF_ONE = struct.Struct(">HBH")  # length of the list, kind of its first name, length of that
_HOST_NAME = re.compile(rb"(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}")


class Alert:
    """Numbers of TLS alerts (RFC 8446 6)."""

    UNEXPECTED_MESSAGE: Final = 10
    RECORD_OVERFLOW: Final = 22
    ILLEGAL_PARAMETER: Final = 47
    DECODE_ERROR: Final = 50
    UNRECOGNIZED_NAME: Final = 112


@dataclass(frozen=True, slots=True)
class ClientHello:
    """A whole ClientHello.

    Attributes:
        server_name: lower case, without trailing dot; empty when none was sent or it is no host name.
        unusable: why a name that was sent is no host name: `address`, `nul`, `not-ldh`, `too-long`; else empty.
        has_ticket: the client asks for an earlier session to be continued.
    """

    server_name: str = ""
    unusable: str = ""
    has_ticket: bool = False


@dataclass(frozen=True, slots=True)
class BadHello:
    """What came is no ClientHello.

    Attributes:
        code: kebab-case.
        words: one line without anything that the peer chose.
        alert: its number; 0 when the bytes are not even TLS and no answer would be understood.
    """

    code: str
    words: str
    alert: int = 0


_NOT_TLS = BadHello("not-tls", "what came is not TLS")
_OVERFLOW = BadHello("bad-hello", "a record is longer than TLS allows", Alert.RECORD_OVERFLOW)
_EMPTY = BadHello("bad-hello", "an empty record in the ClientHello", Alert.UNEXPECTED_MESSAGE)
_UNEXPECTED = BadHello("bad-hello", "the handshake does not begin with a ClientHello", Alert.UNEXPECTED_MESSAGE)
_TOO_LARGE = BadHello("too-large", "the ClientHello is too large", Alert.ILLEGAL_PARAMETER)
_GARBLED = BadHello("bad-hello", "the ClientHello is garbled", Alert.DECODE_ERROR)
_TWO_NAMES = BadHello("bad-hello", "the ClientHello has more than one server name", Alert.DECODE_ERROR)


class _GarbledError(Exception):
    """A length leads past the end."""


class HelloReader:
    """Reads one ClientHello as it arrives; records that were whole are not looked at again."""

    __slots__ = ("_max_size", "_message", "_offset")

    def __init__(self, max_size: int) -> None:
        """`max_size` bounds the bytes of all its records together."""
        self._max_size = max_size
        self._offset = 0  # where the first record begins that was not whole
        self._message = bytearray()

    def read(self, data: bytes) -> ClientHello | BadHello | int:
        """Look at `data`: everything that has come, from the first byte on.

        Returns:
            The hello; why it is none; or how many bytes must have come before more can be said.
        """
        while True:
            head = data[self._offset : self._offset + RECORD_HEAD]
            bad = self._judge_head(head)
            if bad is not None:
                return bad
            if len(head) < RECORD_HEAD:
                return self._offset + RECORD_HEAD
            begin = self._offset + RECORD_HEAD
            end = begin + int.from_bytes(head[3:5])
            message = self._message + data[begin : min(end, self._max_size)]
            size = _message_size(message, self._max_size)
            if isinstance(size, BadHello):
                return size
            if len(message) >= size > 0:
                return _read_message(bytes(message[:size]))
            if end >= self._max_size:
                return _TOO_LARGE
            if len(data) < end:
                return end
            self._offset, self._message = end, message

    def _judge_head(self, head: bytes) -> BadHello | None:
        """What is wrong with as much as is there of a record's head."""
        if head[:1] not in (b"", HANDSHAKE_RECORD):
            return _UNEXPECTED if self._offset else _NOT_TLS
        if head[1:2] not in (b"", b"\x03"):
            return _NOT_TLS
        if len(head) < RECORD_HEAD:
            return None
        length = int.from_bytes(head[3:5])
        if not length:
            return _EMPTY
        return _OVERFLOW if length > MAX_RECORD else None


def _message_size(message: bytes | bytearray, most: int) -> int | BadHello:
    """Bytes of the handshake message with its head; 0 while that is not known."""
    if message and message[0] != CLIENT_HELLO:
        return _UNEXPECTED
    if len(message) < MESSAGE_HEAD:
        return 0
    size = MESSAGE_HEAD + int.from_bytes(message[1:4])
    return _TOO_LARGE if size + RECORD_HEAD > most else size


def _read_message(message: bytes) -> ClientHello | BadHello:
    try:
        extension, has_ticket = _extensions(message)
        if extension is None:
            return ClientHello(has_ticket=has_ticket)
        size, kind, name_size = _LIST_OF_ONE.unpack_from(extension)
    except (_GarbledError, IndexError, struct.error):
        return _GARBLED
    if size != len(extension) - 2 or kind != _SERVER_NAME or not 0 < name_size <= size - 3:
        return _GARBLED
    if name_size < size - 3:
        return _TWO_NAMES
    return ClientHello(*read_server_name(extension[5:]), has_ticket)


def _extensions(message: bytes) -> tuple[bytes | None, bool]:
    """The contents of the server name extension, or None; and whether one holds a ticket.

    Raises:
        _GarbledError: something leads past the end, or the server name is there twice; also IndexError, struct.error.
    """
    at = MESSAGE_HEAD + 2 + 32  # version, random
    at += 1 + message[at]  # session id
    at += 2 + int.from_bytes(message[at : at + 2])  # cipher suites
    at += 1 + message[at]  # compression methods
    end = len(message)
    if at == end:
        return None, False
    if at + 2 + int.from_bytes(message[at : at + 2]) != end:
        raise _GarbledError
    found, has_ticket = None, False
    at += 2
    while at < end:
        kind, size = _EXTENSION.unpack_from(message, at)
        at += 4 + size
        if kind == _SERVER_NAME:
            if found is not None:
                raise _GarbledError
            found = message[at - size : at]
        elif kind == _PRE_SHARED_KEY or (kind == _SESSION_TICKET and size):
            has_ticket = True
    if at != end:
        raise _GarbledError
    return found, has_ticket


def read_server_name(name: bytes) -> tuple[str, str]:
    """A server name as it was sent, made comparable; or empty, and why it can't be used (reference tls 4.2)."""
    if b"\0" in name:
        return "", "nul"
    bare = (name[:-1] if name.endswith(b".") else name).lower()
    if len(bare) > MAX_HOST_NAME:
        return "", "too-long"
    if b":" in bare:
        return "", "address"
    if not _HOST_NAME.fullmatch(bare):
        return "", "not-ldh"
    if bare.rpartition(b".")[2].isdigit():  # no top-level domain is a number (RFC 3696 2)
        return "", "address"
    return bare.decode("ascii"), ""
