"""`@tls.*`: what a script can ask about the connection, built from alias lists (reference tls 1.1, 1.2).

Everything about a peer that is not verified at this moment is absent, apart from why, from the raw certificate, and
from what stands under `@tls.peer.unverified`, which says so (reference tls 2.4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cryptography.x509.oid import NameOID

from sertwist.script.context import RouteContext
from sertwist.script.declare import Kind, Select
from sertwist.tls.certificate import CertificateView, NameView, serial_hex

if TYPE_CHECKING:
    from sertwist.tls.session import TlsSession

__all__ = ["tls_selects"]

_Get = Callable[[RouteContext], object]
_OfCertificate = Callable[[CertificateView], object]
_FindCertificate = Callable[[RouteContext], CertificateView | None]

_MY = ("my", "me", "myself")
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


def _first(values: tuple[str | None, ...]) -> str | None:
    return values[0] if values else None


# (spellings, kind, value of a certificate)
_CERTIFICATE: tuple[tuple[tuple[str, ...], Kind, _OfCertificate], ...] = (
    (("version",), Kind.NUMBER, lambda c: c.version),
    (("sn", "serialNumber", "serial_number"), Kind.TEXT, lambda c: str(c.serial)),
    (("sn.hex",), Kind.TEXT, lambda c: serial_hex(c.serial)),
    (("not_before", "notBefore"), Kind.TEXT, lambda c: c.not_before_text),
    (("not_after", "notAfter"), Kind.TEXT, lambda c: c.not_after_text),
    (("email", "emailAddress", "email_address"), Kind.TEXT, lambda c: _first(c.email)),
    (("host", "hostname", "dns"), Kind.TEXT, lambda c: _first(c.dns)),
    (("uri", "url", "urn"), Kind.TEXT, lambda c: _first(c.uri)),
    (("ip", "IPAddress", "ip_address"), Kind.TEXT, lambda c: _first(c.ip)),
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
_RAW = ("raw_cert", "rawCert")

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
    found = [_select(path, kind, _of_session(get)) for paths, kind, get in _CONNECTION for path in paths]
    found += _state_selects()
    found += _certificate_selects("tls.peer", _verified_certificate)
    found += _certificate_selects("tls.peer.unverified", _any_certificate)
    found += [_select(f"tls.peer.{name}", Kind.TEXT, _of(_any_certificate, lambda c: c.pem)) for name in _RAW]
    for my in _MY:
        found += _certificate_selects(f"tls.{my}", _own_certificate)
        found += [_select(f"tls.{my}.{name}", Kind.TEXT, _of(_own_certificate, lambda c: c.pem)) for name in _RAW]
    return found


def _select(path: str, kind: Kind, get: _Get, compare: _Get | None = None) -> Select:
    return Select(path=tuple(path.lower().split(".")), kind=kind, get=get, compare=compare, module="tls")


def _verified_certificate(ctx: RouteContext) -> CertificateView | None:
    tls = ctx.tls
    if tls is None or not tls.peer.verdict(ctx.environment.wall_clock()).verified:
        return None
    return tls.peer.certificate


def _any_certificate(ctx: RouteContext) -> CertificateView | None:
    return None if ctx.tls is None else ctx.tls.peer.certificate


def _own_certificate(ctx: RouteContext) -> CertificateView | None:
    return None if ctx.tls is None else ctx.tls.my


def _of_session(get: Callable[[TlsSession], object]) -> _Get:
    return lambda ctx: None if ctx.tls is None else get(ctx.tls)


def _of(find: _FindCertificate, get: _OfCertificate) -> _Get:
    def value(ctx: RouteContext) -> object:
        certificate = find(ctx)
        return None if certificate is None else get(certificate)

    return value


def _certificate_selects(prefix: str, find: _FindCertificate) -> Iterator[Select]:
    yield _common_name(prefix, find)
    for paths, kind, get in _CERTIFICATE:
        for path in paths:
            yield _select(f"{prefix}.{path}", kind, _of(find, get))
    yield from _name_selects(prefix, find)


def _common_name(path: str, find: _FindCertificate) -> Select:
    """The subject's CN: the first to print, none to compare with when there are several."""
    return _select(
        path, Kind.TEXT, _of(find, lambda c: c.common_name), compare=_of(find, lambda c: c.unique_common_name)
    )


def _name_selects(prefix: str, find: _FindCertificate) -> Iterator[Select]:
    for attribute, spellings in _NAMES.items():
        for oid, components in _COMPONENTS.items():
            first = _of(find, functools.partial(_component, attribute, NameView.first, oid.dotted_string))
            only = _of(find, functools.partial(_component, attribute, NameView.only, oid.dotted_string))
            unique = only if oid == NameOID.COMMON_NAME else None
            for spelling in spellings:
                if oid == NameOID.COMMON_NAME:
                    yield _select(f"{prefix}.{spelling}", Kind.TEXT, first, unique)
                for component in components:
                    yield _select(f"{prefix}.{spelling}.{component}", Kind.TEXT, first, unique)
    for oid, components in _COMPONENTS.items():  # the subject is implied
        for component in components:
            first = _of(find, functools.partial(_component, "subject", NameView.first, oid.dotted_string))
            only = _of(find, functools.partial(_component, "subject", NameView.only, oid.dotted_string))
            yield _select(f"{prefix}.{component}", Kind.TEXT, first, only if oid == NameOID.COMMON_NAME else None)


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
        "self_signed": lambda t, _: t.peer.is_self_signed(),
        "presented": lambda t, _: t.peer.presented,
    }
    found = [_select(f"tls.peer.{name}", Kind.BOOLEAN, state(ask)) for name, ask in states.items()]
    return [*found, _select("tls.peer.reason", Kind.TEXT, reason)]
