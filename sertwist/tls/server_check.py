"""Whether the server at the end of an outbound handshake is the one that was called (reference tls 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.tls.domain import NameMode, NameRules, VerifyMode
from sertwist.tls.failure import Failure
from sertwist.tls.sip_identity import domain_name, name_matches, sip_domains
from sertwist.tls.verification import words_of_reason

if TYPE_CHECKING:
    from sertwist.tls.certificate import CertificateView
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession

__all__ = ["check_server", "name_to_check", "name_to_send", "why_unnamed"]

_MOST_NAMES: Final = 5  # of a certificate, in the words of a failure


def name_to_check(domain: TLSDomain, called: str) -> str:
    """The name that the server's certificate must bear: the domain's own when it has one name, else the one called."""
    if domain.server_name and (domain.server_name_mode is NameMode.EXACT or not called):
        return domain.server_name
    return called


def name_to_send(domain: TLSDomain, called: str) -> str:
    """The name for SNI, which can't be an address literal (RFC 6066 3); empty: none is sent."""
    return domain_name(name_to_check(domain, called))


def why_unnamed(domain: TLSDomain, called: str) -> str:
    """Why no server that is called `called` could pass, known before any is asked; empty when one could."""
    if domain.verify is VerifyMode.OFF or domain.name_rules is NameRules.NONE:
        return ""
    name = name_to_check(domain, called)
    if domain_name(name) or (name and domain.name_rules is NameRules.HTTPS):
        return ""
    words = "no name is known that the server's certificate could be checked by: call it by a name, or set"
    return f"{words} server_name or verify_name=no for {domain.name}"


def check_server(session: TlsSession, domain: TLSDomain, called: str, now: float) -> Failure | None:
    """Why nothing may be sent to the server of `session`; None when it is the one that was called.

    Args:
        session: of the finished handshake.
        domain: the client domain in use; one that verifies nobody checks no name either.
        called: the SIP domain or host, or an address literal when only that was given; empty: nothing.
        now: seconds since the epoch.
    """
    if domain.verify is VerifyMode.OFF:
        return None
    verdict, certificate = session.peer.verdict(now), session.peer.certificate
    if not verdict.verified or certificate is None:
        return Failure(verdict.reason or "not-verified", f"the server's {words_of_reason(verdict.reason)}")
    unnamed = why_unnamed(domain, called)
    if unnamed:
        return Failure("no-name", unnamed)
    name = name_to_check(domain, called)
    if name_matches(certificate, name, domain.name_rules):
        return None
    return Failure("wrong-name", f"the server's certificate is for {_names(certificate)}, not for {name}")


def _names(certificate: CertificateView) -> str:
    names = sip_domains(certificate)
    if not names:
        return "no SIP domain"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
