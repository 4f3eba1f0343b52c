"""`Case`: one line of the list, as data: its number, how it is made, what must become of it in every mode."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography import x509

    from sertwist.pki.authority import Credential

__all__ = ["MODES", "Case", "Fate", "Shown", "fate_in"]


class Fate(enum.Enum):
    """What becomes of a connection."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"  # it is up, the script sees the reason and no identity
    REFUSED = "refused"  # the handshake fails, with the reason in the log


@dataclass(frozen=True)
class Shown:
    """What a client presents: nothing, or a certificate with its key and the certificates that it sends along."""

    credential: Credential | None
    sent_along: Sequence[x509.Certificate] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A line of the list.

    Attributes:
        number: the reference's.
        what: the reference's words.
        make: makes what the client shows.
        trust: the name of the domain's trust, `tests.bad_certificates.trust.TRUSTS`.
        fate: under `verify_client=optional`.
        reason: why it is not verified; empty when it is.
        code: OpenSSL's verification error behind the reason, where there is one.
        broken: it is refused whatever the mode: the handshake itself can't be read.
        says: select to what it prints while the certificate is verified; empty for absent.
        equal: the one name that `@tls.peer == "..."` is true for, if any of "Bob" and "SER-Killer".
        modes: those that the line is about.
    """

    number: int
    what: str
    make: Callable[[], Shown]
    fate: Fate
    trust: str = "root"
    reason: str = ""
    code: int = 0
    broken: bool = False
    says: Mapping[str, str] = field(default_factory=dict)
    equal: str = ""
    modes: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


# The settings that make each mode, in the words of a script.
MODES: Mapping[str, Mapping[str, str]] = {
    "optional": {"verify_client": "optional"},
    "seed": {"verify_certificate": "1", "require_certificate": "0"},
    "optional_no_ca": {"verify_client": "optional_no_ca"},
    "require": {"require_certificate": "1"},
}
_SCRIPT_DECIDES = {"seed", "optional_no_ca"}


def fate_in(mode: str, case: Case) -> Fate:
    """What must become of `case` in `mode`, derived from its fate under `optional` (reference tls 2.3)."""
    if case.fate is Fate.VERIFIED or case.broken:
        return case.fate
    if mode in _SCRIPT_DECIDES:
        return Fate.UNVERIFIED
    return Fate.REFUSED if mode == "require" else case.fate
