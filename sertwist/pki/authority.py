"""Issue certificates and certificate revocation lists as RFC 5280 wants them, or deliberately otherwise.

What a `Profile` leaves open comes out right, and it can say everything, so that tests can make what a server
must refuse. There is no clock here: an authority's own dates are the default for what it issues.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

__all__ = [
    "CLIENT_AUTH",
    "SERVER_AUTH",
    "Authority",
    "Credential",
    "PrivateKey",
    "Profile",
    "PublicKey",
    "Revocation",
    "alternative_names",
    "issue_self_signed",
    "make_ec_key",
    "make_rsa_key",
]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

CLIENT_AUTH: Final = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH: Final = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a certificate says. Without a value, an end entity's certificate as RFC 5280 describes it.

    Attributes:
        common_names: the subject's common names, in order; several are legal and a trap, none: empty subject.
        subject: the whole subject, in place of `common_names`.
        alternative_names: subjectAltName entries (the function `alternative_names` makes them from text).
        usages: extended key usages; none leaves the extension out.
        not_before: start of validity, UTC; the issuer's own when None.
        not_after: end of validity, UTC, itself still valid; the issuer's own when None.
        key: the private key; a new one on P-256 when None.
        serial: serial number, positive, at most 159 bits; random when None.
        is_ca: may the holder issue certificates?
        path_length: how many authorities may follow below; only for an authority.
        extra: further extensions, each with whether it is critical; they replace their like.
        omit: kinds of extensions to leave out.
    """

    common_names: Sequence[str] = ()
    subject: x509.Name | None = None
    alternative_names: Sequence[x509.GeneralName] = ()
    usages: Sequence[ObjectIdentifier] = (CLIENT_AUTH,)
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: PrivateKey | None = None
    serial: int | None = None
    is_ca: bool = False
    path_length: int | None = None
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()
    omit: Sequence[ObjectIdentifier] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and the private key that belongs to it."""

    certificate: x509.Certificate
    key: PrivateKey

    def certificate_pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: bytes | None = None) -> bytes:
        """The private key in PEM (PKCS #8), encrypted if there is a password."""
        protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of a revocation list; the reason `unspecified` is left out, as RFC 5280 5.3.1 wants it."""

    serial: int
    when: datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


class Authority:
    """A certificate authority: its certificate, its key, and what they can sign."""

    def __init__(self, credential: Credential) -> None:
        self.credential = credential

    @classmethod
    def make(
        cls, common_name: str, *, not_before: datetime, not_after: datetime, key: PrivateKey | None = None
    ) -> Authority:
        """A new root: self-signed, may issue certificates and revocation lists."""
        profile = Profile(
            common_names=(common_name,),
            usages=(),
            not_before=not_before,
            not_after=not_after,
            key=key,
            is_ca=True,
        )
        return cls(issue_self_signed(profile))

    @property
    def certificate(self) -> x509.Certificate:
        """The authority's own certificate."""
        return self.credential.certificate

    def issue(self, profile: Profile) -> Credential:
        """A certificate for `profile`, signed by this authority, and its key."""
        key = profile.key or make_ec_key()
        return Credential(self.certify(profile, key.public_key()), key)

    def certify(self, profile: Profile, public_key: PublicKey) -> x509.Certificate:
        """A certificate for `profile` and the holder of `public_key`, whatever key `profile` has."""
        own = self.certificate
        profile = replace(
            profile,
            not_before=profile.not_before or own.not_valid_before_utc,
            not_after=profile.not_after or own.not_valid_after_utc,
        )
        return _sign(profile, public_key, own.subject, self.credential.key)

    def issue_authority(self, profile: Profile) -> Authority:
        """An authority below this one, for `profile` (which need not say `is_ca`)."""
        return Authority(self.issue(replace(profile, is_ca=True, usages=())))

    def crl(
        self,
        revoked: Iterable[x509.Certificate] = (),
        *,
        this_update: datetime | None = None,
        next_update: datetime | None = None,
        number: int = 1,
    ) -> x509.CertificateRevocationList:
        """The list of `revoked` certificates, their keys stolen, by default with the authority's own dates."""
        own = self.certificate
        this_update = this_update or own.not_valid_before_utc
        stolen = x509.ReasonFlags.key_compromise
        return self.revocation_list(
            [Revocation(certificate.serial_number, this_update, stolen) for certificate in revoked],
            this_update=this_update,
            next_update=next_update or own.not_valid_after_utc,
            number=number,
        )

    def revocation_list(
        self, revocations: Iterable[Revocation], *, this_update: datetime, next_update: datetime, number: int
    ) -> x509.CertificateRevocationList:
        """The list of `revocations` (RFC 5280 5)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_authority_key(self.credential.key), critical=False)
        )
        for each in revocations:
            entry = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(each.when)
            if each.reason is not x509.ReasonFlags.unspecified:
                entry = entry.add_extension(x509.CRLReason(each.reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.credential.key, _digest(self.credential.key))


def issue_self_signed(profile: Profile) -> Credential:
    """A certificate for `profile` that its own key signs: a root, or a certificate that nobody vouches for.

    Raises:
        ValueError: `profile` leaves the dates open, and there is no issuer to take them from.
    """
    key = profile.key or make_ec_key()
    return Credential(_sign(profile, key.public_key(), _subject(profile), key), key)


def alternative_names(*names: str) -> tuple[x509.GeneralName, ...]:
    """Entries for `names`: iPAddress, URI (what has a colon) or dNSName (RFC 5280 4.2.1.6)."""
    return tuple(_alternative_name(name) for name in names)


def make_ec_key() -> ec.EllipticCurvePrivateKey:
    """A new private key on the curve P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def make_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA private key of `bits` bits."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.UniformResourceIdentifier(name) if ":" in name else x509.DNSName(name)


def _subject(profile: Profile) -> x509.Name:
    if profile.subject is not None:
        return profile.subject
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in profile.common_names])


def _sign(profile: Profile, public_key: PublicKey, issuer: x509.Name, issuer_key: PrivateKey) -> x509.Certificate:
    if profile.not_before is None or profile.not_after is None:
        raise ValueError("a certificate needs both dates of its validity")
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(profile))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number() if profile.serial is None else profile.serial)
        .not_valid_before(profile.not_before)
        .not_valid_after(profile.not_after)
    )
    for extension, critical in _extensions(profile, public_key, issuer_key):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, _digest(issuer_key))


def _digest(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """A hash as strong as the key that signs it."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256:
        return hashes.SHA384()
    return hashes.SHA256()


def _extensions(
    profile: Profile, public_key: PublicKey, issuer_key: PrivateKey
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions of RFC 5280 4.2 that fit `profile`, then its wishes: replaced, added, left out."""
    chosen: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=profile.is_ca, path_length=profile.path_length), True),
        (_key_usage(is_ca=profile.is_ca), True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (_authority_key(issuer_key), False),
    ]
    if profile.usages:
        chosen.append((x509.ExtendedKeyUsage(profile.usages), False))
    if profile.alternative_names:
        # Critical when there is no other name (RFC 5280 4.2.1.6).
        chosen.append((x509.SubjectAlternativeName(profile.alternative_names), not _subject(profile).rdns))
    replaced = {extension.oid for extension, _ in profile.extra} | set(profile.omit)
    return [pair for pair in chosen if pair[0].oid not in replaced] + list(profile.extra)


def _authority_key(key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    """An authority signs certificates and lists, everybody else handshakes (RFC 5280 4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
