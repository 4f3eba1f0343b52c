"""`@tls.*`: what a script can ask about the connection, built from alias lists (reference tls 1.1, 1.2).

Everything about a peer that is not verified at this moment is absent, apart from why, from the raw certificate, and
from what stands under `@tls.peer.unverified`, which says so (reference tls 2.4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cryptography.x509.oid import NameOID

from sertwist.modules.tls.certificate_of import any_certificate, own_certificate, verified_certificate
from sertwist.script.context import RouteContext
from sertwist.script.declare import Index, Kind, Proof, Select
from sertwist.tls.certificate import CertificateView, NameView, serial_hex
from sertwist.tls.sip_identity import sip_domains

if TYPE_CHECKING:
    from sertwist.tls.session import TlsSession

__all__ = ["tls_selects"]

_Get = Callable[..., object]  # of the route context, and of an index where one may stand
_OfCertificate = Callable[[CertificateView], object]
_FindCertificate = Callable[[RouteContext], CertificateView | None]

_MY = ("my", "me", "myself")
_SERIAL = ("sn", "serialNumber", "serial_number")
_NAMES = {"subject": ("subject", "subj"), "issuer": ("issuer",)}
_COMPONENTS = {
    NameOID.COMMON_NAME: ("cn", "commonName", "common_name", "name"),
    NameOID.LOCALITY_NAME: ("locality", "l", "localityName", "locality_name"),
    NameOID.COUNTRY_NAME: ("country", "c", "countryName", "country_name"),
    NameOID.STATE_OR_PROVINCE_NAME: ("state", "st", "stateOrProvinceName", "state_or_province_name"),
    NameOID.ORGANIZATION_NAME: ("organization", "o", "organizationName", "organization_name"),
    NameOID.ORGANIZATIONAL_UNIT_NAME: ("unit", "ou", "organizationalUnitName", "organizational_unit_name"),
    NameOID.USER_ID: ("uid", "uniqueIdentifier", "unique_identifier"),
}


def _nth(values: Sequence[str | None], index: int) -> str | None:
    """From 0; what lies outside is absent, never another one's value (reference tls 1.3)."""
    return values[index] if 0 <= index < len(values) else None


# (spellings, kind, value of a certificate)
_CERTIFICATE: tuple[tuple[tuple[str, ...], Kind, _OfCertificate], ...] = (
    (("version",), Kind.NUMBER, lambda c: c.version),
    (_SERIAL, Kind.TEXT, lambda c: str(c.serial)),
    (tuple(f"{each}.hex" for each in _SERIAL), Kind.TEXT, lambda c: serial_hex(c.serial)),
    (("not_before", "notBefore"), Kind.TEXT, lambda c: c.not_before_text),
    (("not_after", "notAfter"), Kind.TEXT, lambda c: c.not_after_text),
    (("count.dns",), Kind.NUMBER, lambda c: len(c.dns)),
    (("count.uri",), Kind.NUMBER, lambda c: len(c.uri)),
    (("count.email",), Kind.NUMBER, lambda c: len(c.email)),
    (("count.ip",), Kind.NUMBER, lambda c: len(c.ip)),
    (("fingerprint", "fingerprint.sha256"), Kind.TEXT, lambda c: c.fingerprint),
    (("fingerprint.sha1",), Kind.TEXT, lambda c: c.fingerprint_sha1),
    (("fingerprint.spki",), Kind.TEXT, lambda c: c.spki_fingerprint),
    (("urlencoded_cert", "URLEncodedCert"), Kind.TEXT, lambda c: c.urlencoded),
    (("subject.dn", "subj.dn"), Kind.TEXT, lambda c: c.subject.dn),
    (("issuer.dn",), Kind.TEXT, lambda c: c.issuer.dn),
)
# Subject alternative names: (spellings, all of one kind in a certificate, the kind as `tls_peer_has` calls it)
_ALTERNATIVE: tuple[tuple[tuple[str, ...], Callable[[CertificateView], Sequence[str | None]], str], ...] = (
    (("email", "emailAddress", "email_address"), lambda c: c.email, "email"),
    (("host", "hostname", "dns"), lambda c: c.dns, "dns"),
    (("uri", "url", "urn"), lambda c: c.uri, "uri"),
    (("ip", "IPAddress", "ip_address"), lambda c: c.ip, "ip"),
)
_RAW = ("raw_cert", "rawCert")
# What the certificate's version can be: as encoded, since scripts have always seen it so.
_VERSIONS: dict[str, Any] = {
    "values": ("0", "1", "2"),
    "values_help": "an X.509 certificate of version 3 has version 2 here",
}
_PROTOCOLS: dict[str, Any] = {"values": ("TLSv1.2", "TLSv1.3"), "values_help": "older versions are never spoken"}

_CONNECTION: tuple[tuple[tuple[str, ...], Kind, Callable[[TlsSession], object]], ...] = (
    (("tls", "tls.desc", "tls.description"), Kind.TEXT, lambda t: t.description),
    (("tls.version",), Kind.TEXT, lambda t: t.version),
    (("tls.cipher",), Kind.TEXT, lambda t: t.cipher),
    (("tls.cipher.bits",), Kind.NUMBER, lambda t: t.bits),
    (("tls.server_name", "tls.serverName"), Kind.TEXT, lambda t: t.sni),
    (("tls.resumed",), Kind.BOOLEAN, lambda t: t.resumed),
    (("tls.group",), Kind.TEXT, lambda t: t.group),
    (("tls.alpn",), Kind.TEXT, lambda t: t.alpn),
    (("tls.domain",), Kind.TEXT, lambda t: t.domain_name),
    (("tls.generation",), Kind.NUMBER, lambda t: t.generation),
)


def tls_selects() -> list[Select]:
    """Every select of the module, in every spelling."""
    found = [
        _select(path, kind, _of_session(get), **(_PROTOCOLS if path == "tls.version" else {}))
        for paths, kind, get in _CONNECTION
        for path in paths
    ]
    found += _state_selects()
    found += _list_selects()
    found += _certificate_selects("tls.peer", verified_certificate, Proof.IDENTITY)
    found += _certificate_selects("tls.peer.unverified", any_certificate, Proof.ASKED)
    for peer in ("tls.peer", "tls.peer.unverified"):
        found += _raw_selects(peer, any_certificate, Proof.ASKED)
    for my in _MY:
        found += _certificate_selects(f"tls.{my}", own_certificate, Proof.NOTHING)
        found += _raw_selects(f"tls.{my}", own_certificate, Proof.NOTHING)
    return found


def _select(path: str, kind: Kind, get: _Get, compare: _Get | None = None, **declared: Any) -> Select:
    parts = tuple(path.lower().split("."))
    return Select(path=parts, kind=kind, get=get, compare=compare, module="tls", **declared)


def _of_session(get: Callable[[TlsSession], object]) -> _Get:
    return lambda ctx: None if ctx.tls is None else get(ctx.tls)


def _of(find: _FindCertificate, get: _OfCertificate) -> _Get:
    def value(ctx: RouteContext) -> object:
        certificate = find(ctx)
        return None if certificate is None else get(certificate)

    return value


def _nth_of(find: _FindCertificate, values: Callable[[CertificateView], Sequence[str | None]]) -> _Get:
    def value(ctx: RouteContext, index: int) -> object:
        certificate = find(ctx)
        return None if certificate is None else _nth(values(certificate), index)

    return value


def _certificate_selects(prefix: str, find: _FindCertificate, proof: Proof) -> Iterator[Select]:
    first, unique = (functools.partial(_common_name, choose) for choose in (NameView.first, NameView.only))
    yield _select(prefix, Kind.TEXT, _of(find, first), _of(find, unique), proof=proof)
    for paths, kind, get in _CERTIFICATE:
        declared = _VERSIONS if paths == ("version",) else {}
        for path in paths:
            yield _select(f"{prefix}.{path}", kind, _of(find, get), proof=proof, **declared)
    place = (Index(after=len(prefix.split(".")) + 1, default=0),)
    for paths, values, word in _ALTERNATIVE:
        several = f'tls_peer_has("{word}", ...) looks at all of them' if proof is Proof.IDENTITY else ""
        for path in paths:
            get_nth = _nth_of(find, values)
            yield _select(f"{prefix}.{path}", Kind.TEXT, get_nth, indexes=place, proof=proof, several=several)
    yield from _name_selects(prefix, find, proof)


def _raw_selects(prefix: str, find: _FindCertificate, proof: Proof) -> list[Select]:
    return [_select(f"{prefix}.{name}", Kind.TEXT, _of(find, lambda c: c.pem), proof=proof) for name in _RAW]


def _common_name(choose: Callable[[NameView, str], str | None], certificate: CertificateView) -> object:
    return choose(certificate.subject, NameOID.COMMON_NAME.dotted_string)


def _name_selects(prefix: str, find: _FindCertificate, proof: Proof) -> Iterator[Select]:
    """Parts of the subject and the issuer; the subject is implied."""
    for attribute, spellings in _NAMES.items():
        for oid, components in _COMPONENTS.items():
            first = _of(find, functools.partial(_component, attribute, NameView.first, oid.dotted_string))
            only = _of(find, functools.partial(_component, attribute, NameView.only, oid.dotted_string))
            unique = only if oid == NameOID.COMMON_NAME else None
            paths = [f"{prefix}.{name}.{part}" for name in spellings for part in components]
            if oid == NameOID.COMMON_NAME:
                paths += [f"{prefix}.{name}" for name in spellings]
            if attribute == "subject":
                paths += [f"{prefix}.{part}" for part in components]
            for path in paths:
                yield _select(path, Kind.TEXT, first, unique, proof=proof)


def _component(
    attribute: str, choose: Callable[[NameView, str], str | None], oid: str, certificate: CertificateView
) -> object:
    name: Any = getattr(certificate, attribute)
    return choose(name, oid)


def _state_selects() -> list[Select]:
    """What is known whatever the verdict: booleans, false whenever in doubt, and the reason."""

    def state(ask: Callable[[TlsSession, float], bool]) -> _Get:
        return lambda ctx: ctx.tls is not None and ask(ctx.tls, ctx.environment.wall_clock())

    def reason(ctx: RouteContext) -> object:
        return None if ctx.tls is None else ctx.tls.peer.verdict(ctx.environment.wall_clock()).reason or None

    states: dict[str, Callable[[TlsSession, float], bool]] = {
        "verified": lambda t, now: t.peer.verdict(now).verified,
        "revoked": lambda t, now: t.peer.is_revoked(now),
        "expired": lambda t, now: t.peer.is_expired(now),
        "not_yet_valid": lambda t, now: t.peer.is_not_yet_valid(now),
        "self_signed": lambda t, _: t.peer.is_self_signed(),
        "presented": lambda t, _: t.peer.presented,
    }
    proofs = {"verified": Proof.VERIFIED}
    found = [
        _select(f"tls.peer.{name}", Kind.BOOLEAN, state(ask), proof=proofs.get(name, Proof.ASKED))
        for name, ask in states.items()
    ]
    return [*found, _select("tls.peer.reason", Kind.TEXT, reason, proof=Proof.ASKED)]


def _list_selects() -> list[Select]:
    """What has an order but no first one that would stand for it: an index must be written."""

    def chain(ctx: RouteContext, index: int) -> object:
        if ctx.tls is None or not ctx.tls.peer.verdict(ctx.environment.wall_clock()).verified:
            return None
        certificates = ctx.tls.peer.chain
        return certificates[index].pem if 0 <= index < len(certificates) else None

    place: dict[str, Any] = {"indexes": (Index(after=3),), "proof": Proof.IDENTITY}
    return [
        _select("tls.peer.verified_cert_chain", Kind.TEXT, chain, **place),
        _select("tls.peer.domains", Kind.TEXT, _nth_of(verified_certificate, sip_domains), **place),
    ]
