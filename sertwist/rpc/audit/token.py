"""`Token`: a call under way, and the parts of its records that are known before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_AUDIT_UNKNOWN
from sertwist.rpc.audit.canonical import call_digest
from sertwist.rpc.audit.redacted import cut, redacted
from sertwist.rpc.declare import Effect
from sertwist.tls.certificate import serial_hex

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.declare import Method
    from sertwist.tls.certificate import CertificateView

__all__ = ["Token", "make_token"]

_EFFECTS: Final = {Effect.READ: "read", Effect.WRITE: "write", Effect.DESTRUCTIVE: "destructive", None: ""}


@dataclass(frozen=True, slots=True)
class Token:
    """What `begin` gives and `outcome` takes: parts of a record, each a run of JSON members in alphabetical order.

    Attributes:
        began: monotonic seconds.
        size: bytes of the request.
        is_urgent: its records are in the file before anything else happens.
        origin: `call`, `caller`.
        connection: its number.
        digest: `digest`.
        effect: `effect`.
        methods: `methods`, `peer`.
        protocol: `protocol`.
        rule: `rule`.
        text: `text`.
    """

    began: float
    size: int
    is_urgent: bool
    origin: str
    connection: int
    digest: str
    effect: str
    methods: str
    protocol: str
    rule: str
    text: str


def make_token(  # noqa: PLR0913 (all that is known of a call)
    call: Call | None,
    caller: Caller,
    effect: Effect | None,
    resolve: Callable[[str], Method | None],
    *,
    began: float,
    call_id: str,
    connection: int,
    rule: str,
    size: int,
) -> Token:
    """The token of `call`; None: nobody has read what was called. `resolve` finds what is secret in it."""
    peer = quoted(_peer_text(caller))
    return Token(
        began,
        size,
        effect is Effect.DESTRUCTIVE,
        f'"call":{quoted(cut(call_id))},{_caller_part(caller)}',
        connection,
        f'"digest":"{"" if call is None else call_digest(call, resolve)}"',
        f'"effect":"{_EFFECTS[effect]}"',
        f'"methods":[{"" if call is None else _names(call, resolve)}],"peer":{peer}',
        f'"protocol":{quoted(caller.protocol)}',
        f'"rule":{quoted(cut(rule))}',
        f'"text":{quoted("" if call is None else redacted(call, resolve))}',
    )


def _caller_part(caller: Caller) -> str:
    """The member `caller`: of whom a certificate proves its subject, issuer and serial number."""
    if caller.certificate is not None:
        return _certificate_part(caller.certificate)
    key = caller.key
    return f'"caller":{{"key":{quoted(cut(key))},"words":{quoted(cut(caller.words))}}}'


@lru_cache(maxsize=256)
def _certificate_part(view: CertificateView) -> str:
    issuer, subject = (quoted(cut(name.dn or "")) for name in (view.issuer, view.subject))
    key = quoted(f"cert:{view.fingerprint}")
    return f'"caller":{{"issuer":{issuer},"key":{key},"serial":"{serial_hex(view.serial)}","subject":{subject}}}'


def _peer_text(caller: Caller) -> str:
    """The peer's address and port, `192.0.2.1:4711`; empty for a Unix socket."""
    host, port = caller.source
    if not host:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _names(call: Call, resolve: Callable[[str], Method | None]) -> str:
    """Every method that would run, once; of names that nobody knows a bounded number, cut."""
    if not call.members:
        return quoted(cut(call.method))
    names: list[str] = []
    unknown = 0
    for name in dict.fromkeys(call.methods):
        if resolve(name) is None:
            unknown += 1
            if unknown > MAX_AUDIT_UNKNOWN:
                continue
        names.append(quoted(cut(name)))
    return ",".join(names)
