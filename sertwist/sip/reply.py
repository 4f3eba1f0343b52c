"""Build a reply to a request and decide where it goes (RFC 3261 8.2.6, 18.2; RFC 3581)."""

from __future__ import annotations

from binascii import b2a_hex
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import safe_value, split_commas
from sertwist.sip.header_names import printed_name
from sertwist.sip.params import without_params
from sertwist.sip.via import Via

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.sip.message import Request

__all__ = ["answered_via", "build_reply", "can_become", "reply_target", "to_tag"]

_DEFAULT_PORT = 5060
_begun_hashes: dict[bytes, blake2b] = {}  # by key: a process has one
_NO_BODY = b"\r\nContent-Length: 0\r\n\r\n"


def build_reply(  # noqa: PLR0913 (all but three by keyword)
    request: Request,
    status: int,
    reason: str,
    *,
    source: tuple[str, int],
    to_tag_key: bytes,
    force_rport: bool = False,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    server: str = "",
) -> bytes:
    """Return the bytes of a reply to `request`, whole or only half readable (`BadMessageError.request`).

    All Via values go back in order, the top one with `received` and `rport` filled in; From, Call-ID, CSeq
    and, in a 100, Timestamp as received; To with a tag when it has none and `status` is past 100. What is
    missing is left out.

    Args:
        request: an ACK is never answered; that is the caller's to know.
        status: 100 to 699.
        reason: text; CR and LF become spaces, as in `headers` and `server`.
        source: address and port that the request came from, an IPv6 address without brackets.
        to_tag_key: up to 64 secret bytes, the same for the life of the process: tags can't be guessed.
        force_rport: act as if the top Via asked for `rport`.
        headers: more header fields, names as in RFC 3261.
        body: goes with its Content-Length; its type stands in `headers`.
        server: value of the Server header field, none when empty.

    Raises:
        ValueError: `status` out of range or a name that is no token.
    """
    if not 100 <= status <= 699:
        raise ValueError(f"not a SIP status: {status}")
    out = [_status_line(status, reason), _via_lines(request, source, force_rport=force_rport)]
    header = request.first.get
    if (value := header("from")) is not None:
        out += (b"\r\nFrom: ", value)
    if (value := header("to")) is not None:
        out += (b"\r\nTo: ", value)
        if status != 100 and not _has_tag(request, value):
            out += (b";tag=", to_tag(request, to_tag_key))
    if (value := header("call-id")) is not None:
        out += (b"\r\nCall-ID: ", value)
    if (value := header("cseq")) is not None:
        out += (b"\r\nCSeq: ", value)
    if status == 100 and (value := header("timestamp")) is not None:
        out += (b"\r\nTimestamp: ", value)
    for name, text in headers:
        out.append(b"\r\n%s: %s" % (printed_name(name).encode("ascii"), safe_value(text)))
    if server:
        out.append(_server_line(server))
    out.append(b"\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) if body else _NO_BODY)
    return b"".join(out)


@lru_cache(maxsize=256)
def _status_line(status: int, reason: str) -> bytes:
    return b"SIP/2.0 %d %s" % (status, safe_value(reason))


@lru_cache(maxsize=8)
def _server_line(server: str) -> bytes:
    return b"\r\nServer: " + safe_value(server)


def to_tag(request: Request, key: bytes) -> bytes:
    """Return the To tag of our replies: the same for a request's retransmissions, its ACK and its CANCEL.

    A keyed hash of what these share (Call-ID, From, CSeq number, top branch), so that nothing has to be
    remembered and nobody else can make one (RFC 3261 8.2.7, 19.3).
    """
    header = request.first.get
    # The whole top Via would do but for clients that change its other parameters in a CANCEL.
    branch = header("via", b"").partition(b"branch=")[2].partition(b";")[0].partition(b",")[0]
    number = header("cseq", b"").partition(b" ")[0]
    tag = (_begun_hashes.get(key) or _begin_hash(key)).copy()
    tag.update(b"\n".join((header("call-id", b""), header("from", b""), number, branch)))
    return b2a_hex(tag.digest())


def _begin_hash(key: bytes) -> blake2b:
    """Return a hash that has taken in `key`, to be copied: half the time of a new one."""
    begun = _begun_hashes[key] = blake2b(digest_size=10, key=key)
    begun.update(b"To-tag\n")  # only what follows the key's own block makes it be worked in
    return begun


def can_become(received: int, wanted: int) -> bool:
    """Whether a response of status `received` can be passed on as `wanted`.

    A provisional or positive one stays in its class, and none becomes one: the two ends would disagree on whether there
    is a dialog.
    """
    return received // 100 == wanted // 100 or min(received, wanted) >= 300


def reply_target(request: Request, source: tuple[str, int], *, force_rport: bool = False) -> tuple[str, int]:
    """Return address and port that a reply over UDP goes to (RFC 3261 18.2.2, RFC 3581 4).

    Always the address that the request came from. `maddr` is never followed, against 18.2.2: whoever forges
    a datagram could have our replies sent to a third party or a multicast group by it. The port is the
    source's when the top Via asks for `rport`, `force_rport` is set or the Via can't be read, else that of
    the Via, 5060 when it names none.
    """
    if force_rport:
        return source
    plain = request.plain_via
    if plain is not None and plain[4].endswith(b";rport"):  # the common case, without taking the value apart
        return source
    try:
        via = request.top_via
    except BadHeaderError:
        return source
    return source if via.rport is not None else (source[0], via.port or _DEFAULT_PORT)


def _via_lines(request: Request, source: tuple[str, int], *, force_rport: bool) -> bytes:
    """Return the Via lines, each with the CRLF before it; b"" when there are none."""
    first = request.first.get("via")
    if first is None:
        return b""
    plain = request.plain_via
    if plain is not None and _ends_unanswered(plain[4]):
        lines = b"\r\nVia: %b=%d;received=%b" % (first, source[1], source[0].encode("ascii", "replace"))
    else:
        lines = b"\r\nVia: " + _answered_via(request, first, source, force_rport=force_rport)
    if request.has_repeats:
        lines += b"".join([b"\r\nVia: " + line for line in request.header_values("via")[1:]])
    return lines


def _ends_unanswered(params: bytes) -> bool:
    """Return whether `;rport` comes last in a plain Via's parameters and nothing was filled in before."""
    if not params.endswith(b";rport"):
        return False
    lower = params.lower()
    return b";received" not in lower and lower.find(b";rport") == len(lower) - 6


def _answered_via(request: Request, line: bytes, source: tuple[str, int], *, force_rport: bool) -> bytes:
    """Return the first Via line with `received` and `rport` filled in; as it is when it can't be read."""
    try:
        via = request.top_via
    except BadHeaderError:
        return line
    answered = answered_via(via, source, force_rport=force_rport)
    if answered is via:
        return line
    return b", ".join([bytes(answered), *split_commas(line)[1:]]) if b"," in line else bytes(answered)


def answered_via(via: Via, source: tuple[str, int], *, force_rport: bool = False) -> Via:
    """Return the top Via of a request from `source` with `received` and `rport` filled in; itself when it needs none.

    What a peer wrote there itself is never left standing: replies go where it says (RFC 3261 18.2.1, RFC 3581 4).
    """
    address = source[0].encode("ascii", "replace")
    asked = force_rport or via.rport is not None
    # RFC 3581 4: with rport `received` is added even where it says nothing new.
    if not asked and via.received is None and via.host.strip(b"[]").lower() == address:
        return via
    params = without_params(via.params, b"received", b"rport")
    if asked:
        params += ((b"rport", b"%d" % source[1]),)
    params += ((b"received", address),)
    return Via(via.transport, via.host, via.port, params, via.protocol)


def _has_tag(request: Request, value: bytes) -> bool:
    """Return whether the To field `value` has a tag; one that can't be read gets none added."""
    if value.endswith(b">") or b"tag" not in value.lower():
        return False
    try:
        return request.to.param(b"tag") is not None
    except BadHeaderError:
        return True
