"""`RecordHandshake`: a TLS handshake that is fed a record at a time, whole ones only and a few a step.

Through OpenSSL's memory: left to read the socket itself it would go on for as long as bytes come, 200 ms for one
certificate in records of a byte. When the handshake is done OpenSSL gets the socket; what came behind the last record
of the handshake is still in there. The socket does not become readable again before as much has come as is missing
(SO_RCVLOWAT), so a peer that trickles costs no more than a few looks.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from sertwist.tls._ossl import attach
from sertwist.tls.failure import Failure
from sertwist.transport.handshake import Wanted

if TYPE_CHECKING:
    from sertwist.limits import ConnectionLimits

__all__ = ["RecordHandshake", "TooManyStepsError"]

TCP_ESTABLISHED: Final = 1  # first byte of Linux' struct tcp_info
RECORD_HEAD: Final = 5  # type, version, length
RECORD_SIZE: Final = RECORD_HEAD + 16_384 + 2_048  # of a sealed one, by TLS 1.2; 1.3 allows less
MOST_AT_ONCE: Final = 262_144  # more than all certificates of one flight


class TooManyStepsError(Exception):
    """The bound on the pieces of one handshake is passed."""


class RecordHandshake:
    """What both sides' handshakes have; a subclass makes the OpenSSL connection, over memory."""

    __slots__ = ("_is_done", "_limits", "_ossl", "_seen", "_sock", "_steps", "_unsent")

    def __init__(self, sock: socket.socket, limits: ConnectionLimits) -> None:
        self._sock = sock
        self._limits = limits
        self._seen = 0  # bytes that were not enough, when last looked at
        self._ossl: SSL.Connection | None = None
        self._steps = 0
        self._is_done = False
        self._unsent = b""

    def _exchange(self) -> Wanted | Failure | None:
        """Go on as far as a step's share allows; None when the handshake is done and OpenSSL has the socket.

        Raises:
            TooManyStepsError: there were too many pieces.
            SSL.Error: the handshake failed.
        """
        if not self._flush():
            return Wanted.WRITE
        if not self._is_done:
            unfinished = self._feed()
            if unfinished is not None:
                return unfinished
        if not self._flush():
            return Wanted.WRITE
        assert self._ossl is not None  # noqa: S101 (a subclass has made it)
        attach(self._ossl, self._sock)
        return None

    def _is_open(self) -> bool:
        """Whether the peer has not ended its side, whatever is still to be read of it."""
        state = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return state[0] == TCP_ESTABLISHED

    def _look(self, most: int) -> bytes | Wanted | Failure:
        """What has come, left where it is."""
        try:
            data = self._sock.recv(most, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return Wanted.READ
        except OSError:
            data = b""
        return data or self._closed()

    def _closed(self) -> Failure:
        when = "before" if self._ossl is None else "during"
        return Failure("closed", f"the peer closed the connection {when} the handshake")

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > self._limits.max_handshake_steps:
            raise TooManyStepsError

    def _wait_for(self, needed: int, have: int) -> Wanted | Failure:
        """Be called again when `needed` bytes are there, or the peer has ended."""
        if have == self._seen:  # readable, but nothing new: its end, or a kernel that does not honour the mark
            return Wanted.PAUSE if self._is_open() else self._closed()
        self._seen = have
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, needed)
        except OSError:
            return Wanted.PAUSE
        return Wanted.READ

    def _forget_mark(self) -> None:
        if self._seen:
            self._seen = 0
            with contextlib.suppress(OSError):  # a kernel that has no mark
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def _feed(self) -> Wanted | Failure | None:
        """Hand over the records that are whole, up to a step's share; None when the handshake is done."""
        data = self._look(RECORD_SIZE)
        if not isinstance(data, bytes):
            return data
        at, end = 0, _record_end(data, 0)
        share = self._limits.handshake_records
        try:
            while at < end <= len(data) and share and not self._is_done:
                record, at = data[at:end], end
                self._take(record)
                end, share = _record_end(data, at), share - 1
        finally:
            if at:
                self._sock.recv(at)  # they are OpenSSL's now
                self._collect()
        if self._is_done:
            return None
        if not self._flush():
            return Wanted.WRITE
        return self._wait_for(end, len(data)) if not at else Wanted.READ

    def _take(self, record: bytes) -> None:
        assert self._ossl is not None  # noqa: S101 (a subclass has made it)
        self._count_step()
        self._forget_mark()
        self._ossl.bio_write(record)
        try:
            self._ossl.do_handshake()
        except SSL.WantReadError:
            return
        self._is_done = True

    def _collect(self) -> None:
        """Take what OpenSSL has to say, an alert as well."""
        assert self._ossl is not None  # noqa: S101 (a subclass has made it)
        with contextlib.suppress(SSL.WantReadError):  # nothing
            self._unsent += self._ossl.bio_read(MOST_AT_ONCE)

    def _flush(self) -> bool:
        """Send what waits; whether all of it is gone."""
        if self._unsent:
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
            except (BlockingIOError, InterruptedError):
                return False
        return not self._unsent


def _record_end(data: bytes, at: int) -> int:
    """Where the record at `at` ends, as far as that is known; one that is too long is OpenSSL's to refuse at once."""
    end = at + RECORD_HEAD
    if len(data) < end:
        return end
    length = int.from_bytes(data[at + 3 : end])
    return end + length if end + length - at <= RECORD_SIZE else len(data)
