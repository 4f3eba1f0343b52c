"""Which of the many spellings of a `@tls.*` select the reference shows, and what each select holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.script.declare import Select

__all__ = ["SPELLINGS", "canonical", "tls_rows"]

# Part of a path as the reference writes it, and its other spellings; case does not matter.
SPELLINGS: Final = {
    "my": ("me", "myself"),
    "subject": ("subj",),
    "cn": ("commonName", "common_name", "name"),
    "locality": ("l", "localityName", "locality_name"),
    "country": ("c", "countryName", "country_name"),
    "state": ("st", "stateOrProvinceName", "state_or_province_name"),
    "organization": ("o", "organizationName", "organization_name"),
    "unit": ("ou", "organizationalUnitName", "organizational_unit_name"),
    "uid": ("uniqueIdentifier", "unique_identifier"),
    "sn": ("serialNumber", "serial_number"),
    "not_before": ("notBefore",),
    "not_after": ("notAfter",),
    "email": ("emailAddress", "email_address"),
    "host": ("hostname", "dns"),
    "uri": ("url", "urn"),
    "ip": ("IPAddress", "ip_address"),
    "urlencoded_cert": ("URLEncodedCert",),
    "raw_cert": ("rawCert",),
    "server_name": ("serverName",),
}
_CANONICAL = {each.lower(): part for part, others in SPELLINGS.items() for each in others}
_WHOLE = {
    "tls.desc": "tls",
    "tls.description": "tls",
    "tls.cert.fingerprint.sha256": "tls.cert.fingerprint",
    "tls.cert.subject": "tls.cert",
    "tls.cert.subject.cn": "tls.cert",
    "tls.cert.issuer.cn": "tls.cert.issuer",
    "tls.cert.raw_cert": "tls.peer.raw_cert",
}
_COMPONENTS = ("locality", "country", "state", "organization", "unit", "uid")

_MEANING: Final = {
    "tls": "the TLS layer in words: version, cipher, key exchange",
    "tls.version": "protocol version, such as `TLSv1.3`",
    "tls.cipher": "cipher suite",
    "tls.cipher.bits": "bits of its key",
    "tls.server_name": "server name that the client asked for (SNI)",
    "tls.resumed": "the session was resumed",
    "tls.group": "key exchange group",
    "tls.alpn": "application protocol agreed on (ALPN)",
    "tls.domain": "name of the TLS domain that serves the connection",
    "tls.generation": "number of the TLS configuration, or of the CRL data, that the connection began with",
    "tls.peer.verified": "true only when the peer's certificate is verified at this moment",
    "tls.peer.revoked": "the certificate is on a CRL",
    "tls.peer.expired": "it, or a certificate that verified it, is past its end",
    "tls.peer.not_yet_valid": "its validity, or that of one that verified it, has not begun",
    "tls.peer.self_signed": "the certificate is self-signed",
    "tls.peer.presented": "the peer sent a certificate",
    "tls.peer.reason": "why it is not verified, in words; undefined when it is",
    "tls.peer.raw_cert": "PEM text of what the peer sent, verified or not",
    "tls.peer.verified_cert_chain": "PEM text of the n-th certificate of the verified chain; `[0]` is the peer's own",
    "tls.peer.domains": "n-th SIP domain that the certificate speaks for (RFC 5922), from 0",
    "tls.my.raw_cert": "PEM text of our certificate",
    "tls.cert": "subject's common name; when there are several, the first, which equals nothing",
    "tls.cert.issuer": "issuer's common name",
    "tls.cert.subject.dn": "the whole subject",
    "tls.cert.issuer.dn": "the whole issuer",
    "tls.cert.version": "version of the certificate format as encoded: 2 is X.509 version 3",
    "tls.cert.sn": "serial number, decimal",
    "tls.cert.sn.hex": "serial number, hexadecimal",
    "tls.cert.not_before": "begin of validity, as `Jun 17 15:03:20 2005 GMT`",
    "tls.cert.not_after": "end of validity",
    "tls.cert.email": "n-th e-mail address of the subject alternative name, from 0; without an index the first",
    "tls.cert.host": "n-th DNS name of it",
    "tls.cert.uri": "n-th URI",
    "tls.cert.ip": "n-th IP address",
    "tls.cert.count.dns": "how many DNS names it has",
    "tls.cert.count.uri": "how many URIs",
    "tls.cert.count.email": "how many e-mail addresses",
    "tls.cert.count.ip": "how many IP addresses",
    "tls.cert.fingerprint": "SHA-256 of the certificate",
    "tls.cert.fingerprint.sha1": "SHA-1 of the certificate",
    "tls.cert.fingerprint.spki": "SHA-256 of its public key",
    "tls.cert.urlencoded_cert": "PEM text, percent-encoded",
    **{f"tls.cert.subject.{each}": f"subject's {each}" for each in _COMPONENTS},
    **{f"tls.cert.issuer.{each}": f"issuer's {each}" for each in _COMPONENTS},
}


def canonical(path: tuple[str, ...]) -> str:
    """The name under which the reference shows the select `path`: one spelling, `cert` for any certificate."""
    counted = "count" in path  # `count.dns` has one spelling
    parts = [part if counted and part == path[-1] else _CANONICAL.get(part, part) for part in path]
    whole = ".".join(parts)
    if whole in _MEANING:
        return whole
    if parts[1:3] == ["peer", "unverified"]:
        parts[1:3] = ["cert"]
    elif parts[1:2] in (["peer"], ["my"]):
        parts[1] = "cert"
    if len(parts) > 2 and parts[2] in (*_COMPONENTS, "cn"):  # the subject is implied
        parts.insert(2, "subject")
    whole = ".".join(parts)
    return _WHOLE.get(whole, whole)


def tls_rows(selects: Iterable[Select]) -> list[tuple[str, str, str]]:
    """Name, kind and meaning of each of `selects`, once; an empty meaning is one that nobody has written."""
    rows: dict[str, tuple[str, str, str]] = {}
    for each in selects:
        name = canonical(each.path)
        shown = "@" + name.replace("tls.cert", "tls.CERT") + "[n]" * len(each.indexes)
        rows.setdefault(name, (shown, each.kind.value, _MEANING.get(name, "")))
    order = list(_MEANING)
    return [rows[name] for name in sorted(rows, key=lambda name: order.index(name) if name in order else len(order))]
