"""Rows of `tls.domains` and `tls.certificates`: what is in force, where from, until when (reference rpc 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.tls.times import utc_text
from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import ProtocolVersion, Side, VerifyMode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography import x509

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.expiry import Holding

__all__ = ["certificate_row", "domain_row", "expiry_numbers"]

_DAY = 86_400.0
_VERSION_NAMES = {ProtocolVersion.TLS_1_2: "TLSv1.2", ProtocolVersion.TLS_1_3: "TLSv1.3"}


def domain_row(domain: TLSDomain) -> dict[str, object]:
    """One domain as it is in force."""
    leaves = [view_certificate(own.chain[0]) for own in domain.own]
    first_to_end = min(leaves, key=lambda leaf: leaf.not_after, default=None)
    authorities = [view_certificate(each).subject.dn or "" for each in domain.authorities]
    verify = domain.verify is not VerifyMode.OFF
    return {
        "name": domain.name,
        "type": domain.side.value,
        "address": _address(domain),
        "server_name": domain.server_name,
        "server_id": domain.server_id,
        "certificate": "; ".join(leaf.subject.dn or "" for leaf in leaves),
        "not_after": "" if first_to_end is None else utc_text(first_to_end.not_after),
        "ca": "; ".join([*(["the machine's"] if domain.system_trust else []), *authorities]),
        "verify": verify,
        "require": domain.verify is VerifyMode.ON or (verify and domain.side is Side.CLIENT),
        "verify_client": domain.verify.value if domain.side is Side.SERVER else "",
        "verify_name": domain.name_rules.value if domain.side is Side.CLIENT else "",
        "depth": domain.depth,
        "crls": len(domain.revocation_lists),
        "versions": " ".join(name for each, name in _VERSION_NAMES.items() if domain.minimum <= each <= domain.maximum),
        "resumption": domain.resumption,
        "revoked_action": domain.revoked_action.value,
        "ocsp_stapling": domain.staple.value if domain.side is Side.SERVER else "",
        "origins": dict(domain.origins),
    }


def certificate_row(
    holding: Holding, now: float, warning_days: float, staple: Callable[[x509.Certificate, float], str]
) -> dict[str, object]:
    """One certificate or CRL with its days; `staple` says in words what a certificate's handshakes staple."""
    days = holding.days_left(now)
    row: dict[str, object] = {
        "kind": holding.kind,
        "subject": holding.subject,
        "issuer": holding.issuer,
        "not_after": "" if holding.ends is None else utc_text(holding.ends),
        "days_left": "" if days is None else days,
        "state": holding.stage(now, warning_days),
        "file": holding.file,
        "domains": ", ".join(holding.domains),
    }
    if holding.kind == "crl":
        row |= {"last_update": utc_text(holding.begins), "age_days": int((now - holding.begins) // _DAY)}
    if holding.certificate is not None:
        row["serial"] = str(view_certificate(holding.certificate).serial)
    if holding.kind == "own" and holding.certificate is not None:
        row["ocsp"] = staple(holding.certificate, now)
    return row


def expiry_numbers(holdings: Sequence[Holding], now: float, warning_days: float) -> dict[str, int]:
    """How many of `holdings` are near their end or past it, and the days that the first has left."""
    near = sum(each.stage(now, warning_days) in ("soon", "urgent", "expired") for each in holdings)
    days = [left for each in holdings if (left := each.days_left(now)) is not None]
    return {"expiring": near} | ({"days_left": min(days)} if days else {})


def _address(domain: TLSDomain) -> str:
    """As the script writes it: `127.0.0.1:5061`, `[::1]:5061`, `*:5061`; `default`, or `*` for a name everywhere."""
    if domain.address is None:
        return "*" if domain.server_name or domain.server_id else "default"
    host, port = domain.address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
