"""`$tls_*`: what scripts of SER's descendants call the `@tls` selects (reference tls 1.2, second table).

Nearly all are another name for a select and have its rules; only whole names on one line have no select.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import NameOID

from sertwist.modules.tls.certificate_of import own_certificate, verified_certificate
from sertwist.script.context import RouteContext
from sertwist.script.declare import Index, Kind, Proof, Variable
from sertwist.tls.certificate import CertificateView, NameView
from sertwist.tls.name_line import name_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.script.declare import Select

__all__ = ["tls_variables"]

_Find = Callable[[RouteContext], CertificateView | None]
_Names = Callable[[CertificateView], NameView]

#: Variable to the select that it is.
_CONNECTION: Final = {
    "tls_version": "tls.version",
    "tls_description": "tls.desc",
    "tls_cipher_info": "tls.cipher",
    "tls_cipher_bits": "tls.cipher.bits",
    "tls_peer_server_name": "tls.server_name",
    "tls_peer_verified": "tls.peer.verified",
    "tls_peer_revoked": "tls.peer.revoked",
    "tls_peer_expired": "tls.peer.expired",
    "tls_peer_selfsigned": "tls.peer.self_signed",
    "tls_peer_notBefore": "tls.peer.not_before",
    "tls_peer_notAfter": "tls.peer.not_after",
}
#: The same of both certificates, `tls_peer_` or `tls_my_` in front.
_CERTIFICATE: Final = {
    "version": "version",
    "serial": "sn",
    "raw_cert": "raw_cert",
    "urlencoded_cert": "urlencoded_cert",
    "subject_uid": "subject.uid",
    "san_email": "email",
    "san_hostname": "host",
    "san_uri": "uri",
    "san_ip": "ip",
    **{
        f"{name}_{part}": f"{name}.{part}"
        for name in ("subject", "issuer")
        for part in ("cn", "locality", "country", "state", "organization", "unit")
    },
}
_SIDES: Final = {"peer": (verified_certificate, Proof.IDENTITY), "my": (own_certificate, Proof.NOTHING)}
_KINDS: Final = ("DNS", "URI", "EMAIL", "IP")


def tls_variables(selects: Iterable[Select]) -> list[Variable]:
    """Every variable of the module, which has `selects`."""
    by_path = {".".join(each.path): each for each in selects}
    found = [_same(name, by_path[path]) for name, path in _CONNECTION.items()]
    for side in _SIDES:
        found += [_same(f"tls_{side}_{name}", by_path[f"tls.{side}.{path}"]) for name, path in _CERTIFICATE.items()]
        found.append(_counts(side, {kind: by_path[f"tls.{side}.count.{kind.lower()}"] for kind in _KINDS}))
        found += _whole_names(side)
    return [*found, _lines()]


def _same(name: str, select: Select) -> Variable:
    return Variable(
        variable=name,
        get=select.get,
        kind=select.kind,
        compare=select.compare,
        indexes=tuple(Index(default=each.default) for each in select.indexes),
        proof=select.proof,
        values=select.values,
        values_help=select.values_help,
        several=select.several,
        module="tls",
        help=f"`{select.name}`",
    )


def _counts(side: str, by_kind: dict[str, Select]) -> Variable:
    def count(ctx: RouteContext, kind: str) -> object:
        return by_kind[kind].get(ctx)

    return Variable(
        variable=f"tls_{side}_san_count",
        get=count,
        kind=Kind.NUMBER,
        words=_KINDS,
        proof=_SIDES[side][1],
        module="tls",
        help=f"`@tls.{side}.count.DNS` and so on",
    )


def _whole_names(side: str) -> list[Variable]:
    """The subject and the issuer on one line, and the subject's serialNumber, which is not the certificate's."""
    find, proof = _SIDES[side]
    whose = "the peer's" if side == "peer" else "our"

    def serial(ctx: RouteContext) -> object:
        certificate = find(ctx)
        return None if certificate is None else certificate.subject.only(NameOID.SERIAL_NUMBER.dotted_string)

    def named(name: str, get: Callable[[RouteContext], object], text: str) -> Variable:
        return Variable(variable=f"tls_{side}_{name}", get=get, proof=proof, module="tls", help=text)

    return [
        named("subject", _line(find, _subject), f"{whose} whole subject, `/C=CZ/O=iptel/CN=Bob`"),
        named("issuer", _line(find, _issuer), f"{whose} whole issuer, likewise"),
        named("subject_serial", serial, f"serialNumber in {whose} subject"),
    ]


def _subject(certificate: CertificateView) -> NameView:
    return certificate.subject


def _issuer(certificate: CertificateView) -> NameView:
    return certificate.issuer


def _line(find: _Find, name: _Names) -> Callable[[RouteContext], str | None]:
    def line(ctx: RouteContext) -> str | None:
        certificate = find(ctx)
        return None if certificate is None else name_line(name(certificate))

    return line


def _lines() -> Variable:
    """`$tls(p_subject_line)`: whole names, `m` ours and `p` the peer's."""
    lines = {
        "m_subject_line": _line(own_certificate, _subject),
        "m_issuer_line": _line(own_certificate, _issuer),
        "p_subject_line": _line(verified_certificate, _subject),
        "p_issuer_line": _line(verified_certificate, _issuer),
    }

    def line(ctx: RouteContext, which: str) -> str | None:
        return lines[which](ctx)

    return Variable(
        variable="tls",
        get=line,
        words=tuple(lines),
        proof_of=dict.fromkeys(("p_subject_line", "p_issuer_line"), Proof.IDENTITY),
        module="tls",
        help="`$tls_my_subject`, `$tls_my_issuer`, `$tls_peer_subject`, `$tls_peer_issuer`",
    )
