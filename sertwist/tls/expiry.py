"""What expires: every certificate and CRL of a domain table with its dates, and what to say as its end comes near."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sertwist.tls.certificate import NameView, view_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sertwist.tls.domain import Side, TLSDomain

__all__ = ["Expiring", "ExpiryWatch", "Holding", "Stage", "list_holdings"]

_Kind = Literal["own", "ca", "crl"]
_Dated = x509.Certificate | x509.CertificateRevocationList
Stage = Literal["ok", "early", "soon", "urgent", "expired"]

_DAY: Final = 86_400.0
_AGAIN: Final = _DAY  # what was said is said again after this
_URGENT_DAYS: Final = 7.0
_URGENT_SHARE: Final = 0.25  # of a warning time that is short itself
# A CRL lives for days or hours only: its end is near in the last quarter of that, and urgent in the last tenth.
_CRL_SOON, _CRL_URGENT = 0.25, 0.1
_WHAT: Final = {"own": "certificate", "ca": "CA certificate", "crl": "CRL of"}
_FIX: Final = {
    "own": "renew it, then call tls.reload",
    "ca": "add the CA's next certificate to ca_list, then call tls.reload: without it nobody of that CA is verified",
    "crl": "fetch the CA's next one: without it nobody of that CA is verified",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """A certificate or CRL that domains depend on.

    Attributes:
        kind: `own`: what a domain presents; `ca`: what peers are verified by; `crl`: what they are revoked by.
        certificate: itself, when it is one.
        side: of the first domain that uses it.
        domains: names of those that use it.
        file: where it was read, or the names of all files that it may have come from.
        subject: RFC 4514 text; of a CRL its issuer.
        issuer: likewise.
        begins: seconds since the epoch.
        ends: likewise; None for a CRL that does not say when the next one comes.
    """

    kind: _Kind
    certificate: x509.Certificate | None
    side: Side
    domains: tuple[str, ...]
    file: str
    subject: str
    issuer: str
    begins: float
    ends: float | None

    def days_left(self, now: float) -> int | None:
        """Whole days until the end, negative once it has passed; None when there is no end."""
        return None if self.ends is None else int((self.ends - now) // _DAY)

    def stage(self, now: float, warning_days: float) -> Stage:
        """How near the end is at `now`; a certificate's is near `warning_days` before it."""
        if now < self.begins:
            return "early"
        if self.ends is None:
            return "ok"
        if now >= self.ends + 1.0:  # RFC 5280 4.1.2.5: the last second itself still counts
            return "expired"
        soon, urgent = warning_days * _DAY, min(_URGENT_DAYS, warning_days * _URGENT_SHARE) * _DAY
        if self.kind == "crl":
            life = self.ends - self.begins
            soon, urgent = min(soon, life * _CRL_SOON), min(urgent, life * _CRL_URGENT)
        left = self.ends - now
        return "urgent" if left < urgent else "soon" if left < soon else "ok"


@dataclass(frozen=True, slots=True)
class Expiring:
    """A warning: `level` is the log's, `text` says what ends when, `fix` what to do about it."""

    level: Literal["warn", "error"]
    text: str
    fix: str


class ExpiryWatch:
    """Says each thing when it begins to be so, and again each day that it lasts."""

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: dict[Holding, tuple[Stage, float]] = {}

    def look(self, holdings: Sequence[Holding], now: float, warning_days: float) -> list[Expiring]:
        """What is to be said at `now`; holdings that are not named any more are forgotten."""
        said: dict[Holding, tuple[Stage, float]] = {}
        warnings = []
        for holding in holdings:
            stage = holding.stage(now, warning_days)
            before, when = self._said.get(holding, ("ok", -_AGAIN))
            if stage != "ok" and (stage != before or now >= when + _AGAIN):
                warnings.append(_warning(holding, stage, now))
                when = now
            if stage != "ok":
                said[holding] = stage, when
        self._said = said
        return warnings


def list_holdings(domains: Iterable[TLSDomain]) -> list[Holding]:
    """Everything with an end that `domains` use, each once: own certificates with their chains, CAs, CRLs."""
    found: dict[tuple[_Kind, bytes, str], tuple[_Dated, list[TLSDomain]]] = {}
    for domain in domains:
        for kind, what, file in _parts(domain):
            users = found.setdefault((kind, what.fingerprint(hashes.SHA256()), file), (what, []))[1]
            if domain not in users:
                users.append(domain)
    return [_holding(kind, what, file, users) for (kind, _, file), (what, users) in found.items()]


def _parts(domain: TLSDomain) -> Iterator[tuple[_Kind, _Dated, str]]:
    for own in domain.own:
        file = "" if own.certificate_file is None else str(own.certificate_file)
        yield from (("own", certificate, file) for certificate in own.chain)
    authority_files, list_files = _names(domain.ca_files), _names((*domain.ca_files, *domain.crl_files))
    yield from (("ca", authority, authority_files) for authority in domain.authorities)
    yield from (("crl", crl, list_files) for crl in domain.revocation_lists)


def _names(files: Iterable[Path]) -> str:
    return ", ".join(str(file) for file in files)


def _holding(kind: _Kind, what: _Dated, file: str, users: Sequence[TLSDomain]) -> Holding:
    side, domains = users[0].side, tuple(user.name for user in users)
    if isinstance(what, x509.Certificate):
        view = view_certificate(what)
        subject, issuer = view.subject.dn or "", view.issuer.dn or ""
        return Holding(kind, what, side, domains, file, subject, issuer, view.not_before, view.not_after)
    issuer = NameView(what.issuer).dn or ""
    ends = None if what.next_update_utc is None else what.next_update_utc.timestamp()
    return Holding(kind, None, side, domains, file, issuer, issuer, what.last_update_utc.timestamp(), ends)


def _warning(holding: Holding, stage: Stage, now: float) -> Expiring:
    what = f"{_WHAT[holding.kind]} {holding.subject!r} in {holding.file or 'memory'}, used by {_some(holding.domains)},"
    if stage == "early":
        return Expiring("warn", f"{what} is not valid before {_minute(holding.begins)}", "check the clock")
    assert holding.ends is not None  # noqa: S101 (what has no end is never near it)
    if stage == "expired":
        return Expiring("error", f"{what} expired {_minute(holding.ends)}", _FIX[holding.kind])
    text = f"{what} expires in {_span(holding.ends - now)}, {_minute(holding.ends)}"
    return Expiring("error" if stage == "urgent" else "warn", text, _FIX[holding.kind])


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _minute(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC"


def _span(seconds: float) -> str:
    days, hours = int(seconds // _DAY), int(seconds // 3_600)
    if days:
        return f"{days} day{'s' * (days != 1)}"
    return f"{hours} hour{'s' * (hours != 1)}" if hours else f"{int(seconds // 60)} minutes"
