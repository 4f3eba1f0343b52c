"""What a stateless proxy does to messages (RFC 3261 16.6, 16.7, 16.11, 18.2.1): Via, Max-Forwards, nothing else.

Nothing is remembered of a forwarded request. What its response needs travels in our Via: which socket or connection
the request came on, and a seal over that and over the Via below it. A response with a broken seal answers nothing that
was forwarded here, so no stranger can have one of his bytes sent where he likes.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from sertwist.sip.edits import Edits
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import split_commas
from sertwist.sip.reply import answered_via
from sertwist.sip.via import Via, parse_via

if TYPE_CHECKING:
    from sertwist.sip.message import Message, Request, Response

__all__ = [
    "DEFAULT_MAX_FORWARDS",
    "MAGIC_COOKIE",
    "ReturnPath",
    "branch_of",
    "forward_request",
    "forward_response",
    "hops_left",
    "return_path",
]

MAGIC_COOKIE: Final = b"z9hG4bK"  # RFC 3261 8.1.1.7
DEFAULT_MAX_FORWARDS: Final = 70  # RFC 3261 8.1.1.6
_BRANCH_BYTES: Final = 12
_SEAL_BYTES: Final = 10
_TOKEN = re.compile(rb"([ucn])([0-9a-f]{1,16})-([0-9a-f]{20})").fullmatch
_STREAMS: Final = (b"TCP", b"TLS")


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """Where a request came from, as its responses are told.

    Attributes:
        kind: `u` a datagram socket; `c` a connection, to be opened anew when it is gone; `n` one that is not.
        number: of the socket or connection.
    """

    kind: str
    number: int

    def __bytes__(self) -> bytes:
        return b"%s%x" % (self.kind.encode("ascii"), self.number)


def hops_left(request: Request) -> int:
    """The Max-Forwards that a forwarded request has; -1 when it may not be forwarded (RFC 3261 16.6 3)."""
    received = request.max_forwards
    return DEFAULT_MAX_FORWARDS if received is None else received - 1


def branch_of(request: Request, key: bytes) -> bytes:
    """The branch of our Via: the same for a request's retransmissions, its CANCEL and its ACK (RFC 3261 16.11).

    A keyed hash of the received branch and of what tells transactions of careless peers apart: that of a peer of
    RFC 2543 may have none.
    """
    via, header = request.top_via, request.first.get
    received = via.branch
    number = header("cseq", b"").partition(b" ")[0]
    parts = [received, via.host.lower(), b"%d" % (via.port or 0), header("call-id", b""), request.from_.tag, number]
    if not received.startswith(MAGIC_COOKIE):
        parts += [request.uri, bytes(via)]
    return MAGIC_COOKIE + _digest(b"branch", parts, key, _BRANCH_BYTES)


def forward_request(  # noqa: PLR0913 (all but three by keyword)
    request: Request,
    own: Via,
    path: ReturnPath,
    *,
    branch: bytes,
    source: tuple[str, int],
    force_rport: bool,
    key: bytes,
    edits: Edits | None = None,
    hops_counted: bool = False,
) -> bytes:
    """The bytes of `request` as they go on.

    Args:
        request: `hops_left` is not negative, or `hops_counted`.
        own: transport and sent-by of our Via, and parameters that it has besides those made here.
        path: where it came from.
        branch: of `branch_of`.
        source: address and port that it came from, filled into the Via that it came with.
        force_rport: act as if that Via asked for `rport`.
        key: secret of this process.
        edits: further changes; they are added to.
        hops_counted: Max-Forwards is right already.
    """
    below = answered_via(request.top_via, source, force_rport=force_rport)
    seal = _seal(branch, path, below, request.call_id, key)
    params = ((b"branch", branch), (b"i", b"%s-%s" % (bytes(path), seal)), *own.params)
    if edits is None:
        edits = Edits()
    edits.prepend_header("via", bytes(Via(own.transport, own.host, own.port, params)))
    if below is not request.top_via:
        edits.set_first("via", b", ".join([bytes(below), *split_commas(request.first["via"])[1:]]))
    if not hops_counted:
        edits.set_header("max-forwards", b"%d" % hops_left(request))
    _add_length(edits, request, own.transport)
    return request.serialize(edits)


def return_path(response: Response, key: bytes) -> tuple[ReturnPath, Via] | None:
    """Where the request came from that `response` answers, and the Via it came with; None when we forwarded none."""
    try:
        own, below = [parse_via(value) for value in response.values("via")[:2]]
        token = _TOKEN(own.param(b"i") or b"")
        if token is None:
            return None
        path = ReturnPath(token[1].decode("ascii"), int(token[2], 16))
        seal = _seal(own.branch, path, below, response.call_id, key)
    except (BadHeaderError, ValueError):  # a malformed Via, or less than two
        return None
    return (path, below) if hmac.compare_digest(seal, token[3]) else None


def forward_response(response: Response, below: Via, edits: Edits | None = None) -> bytes:
    """The bytes of `response` as they go on: without our Via (RFC 3261 16.7 3), for who sent `below`.

    Args:
        response: as received.
        below: of `return_path`.
        edits: further changes; they are added to.
    """
    rest = split_commas(response.first["via"])[1:]
    if edits is None:
        edits = Edits()
    edits.set_first("via", b", ".join(rest) if rest else None)
    _add_length(edits, response, below.transport.upper())
    return response.serialize(edits)


def _add_length(edits: Edits, message: Message, transport: bytes) -> None:
    """A stream can't do without Content-Length (RFC 3261 18.3); one that is there fits the body."""
    if transport in _STREAMS and message.content_length is None:
        edits.set_header("content-length", b"%d" % len(edits.body(message)))


def _seal(branch: bytes, path: ReturnPath, below: Via, call_id: bytes, key: bytes) -> bytes:
    """Over all that decides where a response goes; over parts of the Via, since peers write it anew."""
    parts = [branch, bytes(path), call_id, below.transport.upper(), below.host.lower(), b"%d" % (below.port or 0)]
    parts += [below.branch, below.received or b"", below.rport or b""]
    return _digest(b"seal", parts, key, _SEAL_BYTES)


def _digest(purpose: bytes, parts: list[bytes], key: bytes, size: int) -> bytes:
    mac = blake2b(digest_size=size, key=key, person=purpose)
    for part in parts:
        mac.update(b"%d:" % len(part))
        mac.update(part)
    return mac.hexdigest().encode("ascii")
