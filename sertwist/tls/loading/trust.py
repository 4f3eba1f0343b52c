"""Load what a domain judges peers by, CA certificates and CRLs, and say everything that is wrong with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sertwist.errors import ConfigError
from sertwist.tls.extensions import is_ca
from sertwist.tls.loading.pem import (
    CERTIFICATE_LABELS,
    is_folder,
    parse_certificates,
    parse_crls,
    read_pem_file,
    read_pem_folder,
)
from sertwist.tls.revocation import canonical_name, is_signed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.loading.pem import PemFile
    from sertwist.tls.loading.problem import Finding

__all__ = ["Authorities", "Crls", "check_lost_lists", "check_trust", "load_authorities", "load_crls", "reload_trust"]

CRL_WARNING: Final = dt.timedelta(hours=24)

Authorities = tuple[x509.Certificate, ...]
Crls = tuple[x509.CertificateRevocationList, ...]


def load_authorities(path: Path) -> tuple[Authorities, Crls, list[Finding]]:
    """The CA certificates of a file or of all files of a folder, and the CRLs that stand among them.

    Raises:
        ConfigError: a file can't be used, or there is no CA certificate (`tls-file`).
    """
    authorities: list[x509.Certificate] = []
    crls: list[x509.CertificateRevocationList] = []
    files, findings = _files_of(path)
    for file in files:
        found = parse_crls(file)
        if file.blocks(*CERTIFICATE_LABELS) or not (found and is_folder(path)):
            authorities += [each for each in parse_certificates(file) if each not in authorities]
        crls += [each for each in found if each not in crls]
        if any(b"PRIVATE KEY" in label for label in file.labels()):
            findings.append(("warning", f"{file.path} has a private key in it", "keep CA keys off the server"))
    if not authorities:
        raise ConfigError(f"{path} has no CA certificate in it", code="tls-file")
    for authority in authorities:
        if not _may_issue(authority):
            text = f"{path}: {authority.subject.rfc4514_string()!r} is not a CA, only it itself is trusted"
            findings.append(("warning", text, "name the CA that issued it, unless that is meant"))
    return tuple(authorities), tuple(crls), findings


def load_crls(path: Path) -> tuple[Crls, list[Finding]]:
    """The CRLs of a file, or of all files of a folder.

    Raises:
        ConfigError: a file can't be used (`tls-file`).
    """
    files, findings = _files_of(path)
    crls: list[x509.CertificateRevocationList] = []
    for file in files:
        crls += [each for each in parse_crls(file, required=True) if each not in crls]
    return tuple(crls), findings


def _files_of(path: Path) -> tuple[list[PemFile], list[Finding]]:
    if not is_folder(path):
        return [read_pem_file(path)], []
    files, others = read_pem_folder(path)
    findings: list[Finding] = []
    if others:
        text = f"{path}: passed over {', '.join(others[:5])}{' ...' if len(others) > 5 else ''}"
        findings.append(
            ("warning", text, "files to read end in .pem, .crt, .cer or .crl, or have OpenSSL's hash names")
        )
    return files, findings


def check_trust(
    authorities: Sequence[x509.Certificate],
    crls: Sequence[x509.CertificateRevocationList],
    now: float,
    *,
    leaf_only: bool = False,
) -> Iterator[Finding]:
    """What is wrong with `crls` for peers of `authorities` at `now`; nothing without CRLs: then nothing is revoked.

    With `leaf_only` a CA that only certifies other CAs needs no CRL.
    """
    for crl in crls:
        yield from _check_crl(crl, authorities, dt.datetime.fromtimestamp(now, dt.UTC))
    issuers = {canonical_name(crl.issuer) for crl in crls}
    for authority in authorities:
        if issuers and canonical_name(authority.subject) not in issuers:
            name = f"CA {authority.subject.rfc4514_string()!r} has no CRL, others have"
            fix = "add its CRL to ca_list or crl"
            if leaf_only:
                yield "warning", f"{name}: no peer that it certified itself could connect", fix
            else:
                yield "error", f"{name}: nobody it certified could connect", fix


def reload_trust(domain: TLSDomain, now: float) -> tuple[TLSDomain, list[str]]:
    """`domain` with its CA and CRL files read again, and warnings about what is in them.

    Raises:
        ConfigError: a file can't be used, or its contents can't (`tls-file`, `tls-trust`).
    """
    authorities: Authorities = ()
    crls: Crls = ()
    findings: list[Finding] = []
    for path in domain.ca_files:
        more_authorities, more_crls, more_findings = load_authorities(path)
        authorities, crls = authorities + more_authorities, crls + more_crls
        findings += more_findings
    for path in domain.crl_files:
        more_crls, more_findings = load_crls(path)
        crls, findings = crls + more_crls, findings + more_findings
    findings += check_trust(authorities, crls, now, leaf_only=domain.crl_leaf_only)
    findings += check_lost_lists(domain, authorities, crls)
    errors = [text for severity, text, _ in findings if severity == "error"]
    if errors:
        raise ConfigError("; ".join(errors), code="tls-trust")
    warnings = [text for _, text, _ in findings]
    return replace(domain, authorities=authorities, revocation_lists=crls), warnings


def check_lost_lists(in_force: TLSDomain, authorities: Authorities, crls: Crls) -> Iterator[Finding]:
    """A CA that stays must not lose its CRL while the server runs, nor get an older one than that `in_force`.

    Whom it has revoked would be good again.
    """
    newest = {canonical_name(crl.issuer): crl.last_update_utc for crl in sorted(crls, key=lambda c: c.last_update_utc)}
    for crl in in_force.revocation_lists:
        if newest.get(canonical_name(crl.issuer), crl.last_update_utc) < crl.last_update_utc:
            text = f"CRL of {crl.issuer.rfc4514_string()!r} is older than the one in force"
            yield "error", text, "put the newer one back, or restart to take this one"
    lost = {canonical_name(crl.issuer) for crl in in_force.revocation_lists} - {canonical_name(c.issuer) for c in crls}
    for authority in authorities:
        if canonical_name(authority.subject) in lost:
            text = f"CA {authority.subject.rfc4514_string()!r} had a CRL and has none now"
            yield "error", text, "put its CRL back, or restart to do without"


def _check_crl(
    crl: x509.CertificateRevocationList, authorities: Sequence[x509.Certificate], at: dt.datetime
) -> Iterator[Finding]:
    name = f"CRL of {crl.issuer.rfc4514_string()!r}"
    issuers = [ca for ca in authorities if canonical_name(ca.subject) == canonical_name(crl.issuer)]
    if not issuers:
        yield "warning", f"{name}: that CA is not in ca_list", "leave it out, or add the CA"
    elif not any(is_signed_by(crl, ca) for ca in issuers):
        yield "error", f"{name} is not signed by that CA's key", "fetch it again from the CA"
    if crl.last_update_utc > at:
        yield (
            "warning",
            f"{name} is not valid before {crl.last_update_utc:%Y-%m-%d %H:%M} UTC",
            "check the clock",
        )
    if crl.next_update_utc is None:
        return
    if crl.next_update_utc < at:
        text = f"{name} expired {crl.next_update_utc:%Y-%m-%d %H:%M} UTC: nobody of that CA is verified"
        yield "warning", text, "fetch a new one"
    elif crl.next_update_utc - at < CRL_WARNING:
        yield "warning", f"{name} expires {crl.next_update_utc:%Y-%m-%d %H:%M} UTC", "fetch a new one"


def _may_issue(certificate: x509.Certificate) -> bool:
    if certificate.version is x509.Version.v1:
        return certificate.subject == certificate.issuer  # a root from before v3
    return is_ca(certificate)
