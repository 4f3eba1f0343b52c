"""Whether a server domain's certificate is one for the name that the domain serves (reference tls 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import NameMode, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.tls.domain import OwnCertificate, TLSDomain
    from sertwist.tls.loading.problem import Finding

__all__ = ["check_own_names"]


def check_own_names(domain: TLSDomain, own: OwnCertificate) -> Iterator[Finding]:
    """What clients that call the server `domain` by its `server_name` will not like about the certificate `own`.

    Without a name there is nothing to compare; without any alternative name that alone is said elsewhere.
    """
    view = view_certificate(own.chain[0])
    name = domain.server_name
    if domain.side is not Side.SERVER or not name or not view.has_alternative_names:
        return
    names = {each.lower().removesuffix(".") for each in view.dns if each}
    if domain.server_name_mode is NameMode.SUBDOMAINS:
        covered = any(each.endswith(f".{name}") for each in names)
        by_wildcard = covered and all(each.startswith("*.") for each in names if each.endswith(f".{name}"))
    else:
        by_wildcard = name not in names and "*." + name.partition(".")[2] in names
        covered = name in names or by_wildcard
    if not covered:
        text = f"certificate {own.certificate_file} has no alternative name for server_name {name}"
        yield "warning", text, "have the name added to it: clients that call that name will refuse it"
    elif by_wildcard:
        text = f"certificate {own.certificate_file} is for server_name {name} by a wildcard alone"
        yield "warning", text, "have the name itself added to it: SIP clients take no wildcard (RFC 5922 7.2)"
