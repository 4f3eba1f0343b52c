"""`Token`: a call under way, and the parts of its records that are known before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Final, NamedTuple

from sertwist.limits import MAX_AUDIT_UNKNOWN
from sertwist.rpc.audit.canonical import call_digest
from sertwist.rpc.audit.redacted import cut, redacted
from sertwist.rpc.call import Call
from sertwist.rpc.declare import Effect
from sertwist.tls.certificate import serial_hex

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.caller import Caller
    from sertwist.rpc.declare import Method
    from sertwist.tls.certificate import CertificateView

__all__ = ["Token", "make_token"]

_EFFECTS: Final = {Effect.READ: "read", Effect.WRITE: "write", Effect.DESTRUCTIVE: "destructive", None: ""}


class Called(NamedTuple):
    """What is called, as JSON members of these names."""

    digest: str
    effect: str
    methods: str
    text: str


_NOT_READ: Final = Called('"digest":""', '"effect":""', '"methods":[]', '"text":""')


@dataclass(slots=True)  # not frozen: that takes longer than all else here
class Token:
    """What `begin` gives and `outcome` takes: parts of a record, each a run of JSON members in alphabetical order.

    Attributes:
        began: monotonic seconds.
        size: bytes of the request.
        is_urgent: its records are in the file before anything else happens.
        origin: `call`, `caller`.
        connection: its number.
        called: what is called.
        peer: `peer`.
        protocol: `protocol`.
        rule: `rule`.
    """

    began: float
    size: int
    is_urgent: bool
    origin: str
    connection: int
    called: Called
    peer: str
    protocol: str
    rule: str


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
    return Token(
        began,
        size,
        effect is Effect.DESTRUCTIVE,
        f'"call":{quoted(cut(call_id))},{_caller_part(caller)}',
        connection,
        _called(call, effect, resolve),
        f'"peer":{quoted(_peer_text(caller))}',
        f'"protocol":{quoted(caller.protocol)}',
        f'"rule":{quoted(cut(rule))}',
    )


def _called(call: Call | None, effect: Effect | None, resolve: Callable[[str], Method | None]) -> Called:
    if call is None:
        return _NOT_READ
    if not call.params and not call.members and call.named is None:
        return _called_bare(call.method, effect)
    return _called_whole(call, effect, resolve)


def _called_whole(call: Call, effect: Effect | None, resolve: Callable[[str], Method | None]) -> Called:
    return Called(
        f'"digest":"{call_digest(call, resolve)}"',
        f'"effect":"{_EFFECTS[effect]}"',
        f'"methods":[{_names(call, resolve)}]',
        f'"text":{quoted(redacted(call, resolve))}',
    )


@lru_cache(maxsize=512)
def _called_bare(method: str, effect: Effect | None) -> Called:
    """What a call without parameters comes to: most are such, and of few methods."""
    return _called_whole(Call(method), effect, lambda _name: None)


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
