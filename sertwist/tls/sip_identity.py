"""For which SIP domains a certificate speaks, and whether it is that of the name that was called.

RFC 5922 with reference tls 6.1 and 6.3: whole names, no wildcards, no subdomains, never a user's URI, and the common
name only in a certificate without any subject alternative name. Nothing here verifies a certificate: callers ask about
verified peers only.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from sertwist.sip.errors import BadUriError
from sertwist.sip.uri import SipUri, parse_uri
from sertwist.tls.domain import NameRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.tls.certificate import CertificateView

__all__ = ["domain_name", "name_matches", "sip_domains", "sip_match"]

# Labels of letters, digits and hyphens, A-labels among them; an underscore is no host name but found in practice.
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*", re.ASCII)


def domain_name(text: str) -> str:
    """`text` as domains are compared: lower case, without the final dot; empty when it is no domain name.

    An address literal, a wildcard and a name of other than ASCII letters, digits, `-` and `_` are none.
    """
    if not text.isascii():  # case folding could turn another letter into an ASCII one
        return ""
    name = text.lower().removesuffix(".")
    return name if _DOMAIN.fullmatch(name) and not _is_address(name) else ""


def sip_domains(certificate: CertificateView) -> tuple[str, ...]:
    """The SIP domains that `certificate` speaks for, lower case, in its order, each once; none when it has a defect.

    The hosts of its `sip:` URIs without user, port and parameters; without such, its DNS names; without any subject
    alternative name, its common name when there is exactly one.
    """
    if certificate.defect:
        return ()
    found = list(_uri_domains(certificate)) or [domain_name(each) for each in certificate.dns if each]
    if not certificate.has_alternative_names:
        found = [domain_name(certificate.unique_common_name or "")]
    return tuple(dict.fromkeys(name for name in found if name))


def sip_match(certificate: CertificateView, domain: str) -> bool:
    """Whether `certificate` speaks for the SIP domain `domain`, by RFC 5922 7.2."""
    name = domain_name(domain)
    return bool(name) and name in sip_domains(certificate)


def name_matches(certificate: CertificateView, name: str, rules: NameRules) -> bool:
    """Whether the verified `certificate` is that of `name`, which was called, by `rules`.

    Args:
        certificate: the server's.
        name: a SIP domain or host; with the rules of https also an address literal. Empty: not known, which matches
            only when nothing is checked.
        rules: of the client domain in use.
    """
    if rules is NameRules.NONE:
        return True
    if certificate.defect or not name:
        return False
    return sip_match(certificate, name) if rules is NameRules.SIP else _is_https_match(certificate, name)


def _uri_domains(certificate: CertificateView) -> Iterator[str]:
    for text in certificate.uri:
        if text is None or not text.isascii():
            continue
        try:
            uri = parse_uri(text.encode("ascii"))
        except BadUriError:
            continue
        plain = isinstance(uri, SipUri) and uri.scheme == b"sip" and uri.user is None
        if plain and isinstance(uri, SipUri) and uri.port is None and not uri.params and not uri.headers:
            yield domain_name(uri.host.decode("ascii"))


def _is_https_match(certificate: CertificateView, name: str) -> bool:
    """RFC 9525, by a library; whatever it raises is no match: one odd URI in a certificate is a ValueError there."""
    # Imported by those who call others over https: a script that does not is checked and started sooner.
    from service_identity.cryptography import (  # noqa: PLC0415 (see above)
        verify_certificate_hostname,
        verify_certificate_ip_address,
    )

    try:
        if _is_address(name):
            verify_certificate_ip_address(certificate.certificate, name)
        else:
            verify_certificate_hostname(certificate.certificate, name.removesuffix("."))
    except Exception:  # noqa: BLE001 (fail closed)
        return False
    return True


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
