"""What an authority issues, right and deliberately wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtensionOID, NameOID

from sertwist.pki.authority import (
    CLIENT_AUTH,
    SERVER_AUTH,
    Authority,
    Profile,
    alternative_names,
    issue_self_signed,
    make_rsa_key,
)

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2036, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make("Root", not_before=FIRST, not_after=LAST)


def names(certificate: x509.Certificate) -> list[str | bytes]:
    """The subject's common names."""
    return [each.value for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def test_root_may_sign_certificates_and_lists(authority: Authority) -> None:
    found = authority.certificate.extensions
    assert found.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = found.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (
        *(True, True, True, False),
    )
    authority.certificate.verify_directly_issued_by(authority.certificate)


def test_certificate_is_as_rfc_5280_wants_it_when_nothing_is_said(authority: Authority) -> None:
    issued = authority.issue(Profile(common_names=("Bob",)))
    certificate, found = issued.certificate, issued.certificate.extensions
    certificate.verify_directly_issued_by(authority.certificate)
    assert names(certificate) == ["Bob"]
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (FIRST, LAST)
    assert 0 < certificate.serial_number < 2**159
    assert found.get_extension_for_class(x509.BasicConstraints) == x509.Extension(
        ExtensionOID.BASIC_CONSTRAINTS, critical=True, value=x509.BasicConstraints(ca=False, path_length=None)
    )
    assert list(found.get_extension_for_class(x509.ExtendedKeyUsage).value) == [CLIENT_AUTH]
    issuer_key = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    own = found.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert own.key_identifier == issuer_key.digest
    assert isinstance(issued.key, ec.EllipticCurvePrivateKey)
    assert issued.key.public_key() == certificate.public_key()


def test_certificate_says_what_the_profile_says(authority: Authority) -> None:
    key = make_rsa_key()
    profile = Profile(
        common_names=("a", "b"),
        alternative_names=alternative_names("example.com", "::1", "127.0.0.1", "sip:example.com"),
        usages=(SERVER_AUTH, CLIENT_AUTH),
        not_before=FIRST + timedelta(days=1),
        not_after=FIRST + timedelta(days=2),
        key=key,
        serial=7,
    )
    certificate = authority.issue(profile).certificate
    assert names(certificate) == ["a", "b"]
    assert (certificate.serial_number, certificate.not_valid_after_utc) == (7, FIRST + timedelta(days=2))
    assert certificate.public_key() == key.public_key()
    assert isinstance(certificate.public_key(), rsa.RSAPublicKey)
    entry = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert [type(name).__name__ for name in entry.value] == [
        *("DNSName", "IPAddress", "IPAddress", "UniformResourceIdentifier")
    ]
    assert not entry.critical


def test_alternative_names_are_critical_when_there_is_no_other_name(authority: Authority) -> None:
    certificate = authority.issue(Profile(alternative_names=alternative_names("example.com"))).certificate
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


def test_common_name_holds_a_nul_when_asked_for(authority: Authority) -> None:
    assert names(authority.issue(Profile(common_names=("Bob\0.evil",))).certificate) == ["Bob\0.evil"]


def test_extensions_are_replaced_added_and_left_out_when_asked_for(authority: Authority) -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    usage = x509.BasicConstraints(ca=True, path_length=None)
    profile = Profile(extra=((odd, True), (usage, True)), omit=(ExtensionOID.SUBJECT_KEY_IDENTIFIER,), usages=())
    found = authority.issue(profile).certificate.extensions
    assert found.get_extension_for_oid(odd.oid).critical
    assert found.get_extension_for_class(x509.BasicConstraints).value.ca
    for kind in (x509.SubjectKeyIdentifier, x509.ExtendedKeyUsage):
        with pytest.raises(x509.ExtensionNotFound):
            found.get_extension_for_class(kind)


def test_authority_below_issues_when_made(authority: Authority) -> None:
    below = authority.issue_authority(Profile(common_names=("Sub",), path_length=0))
    below.certificate.verify_directly_issued_by(authority.certificate)
    assert below.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    below.issue(Profile(common_names=("x",))).certificate.verify_directly_issued_by(below.certificate)


def test_self_signed_certificate_is_nobody_elses(authority: Authority) -> None:
    own = issue_self_signed(Profile(common_names=("x",), not_before=FIRST, not_after=LAST)).certificate
    own.verify_directly_issued_by(own)
    with pytest.raises((ValueError, InvalidSignature)):
        own.verify_directly_issued_by(authority.certificate)
    with pytest.raises(ValueError, match="both dates"):
        issue_self_signed(Profile(common_names=("x",)))


def test_list_names_the_revoked_and_nobody_else(authority: Authority) -> None:
    bad, good = (authority.issue(Profile(common_names=(name,))).certificate for name in "ab")
    public = authority.certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    crl = authority.crl([bad], number=5, next_update=LAST - timedelta(days=1))
    assert crl.is_signature_valid(public)
    assert crl.get_revoked_certificate_by_serial_number(bad.serial_number) is not None
    assert crl.get_revoked_certificate_by_serial_number(good.serial_number) is None
    assert (crl.last_update_utc, crl.next_update_utc) == (FIRST, LAST - timedelta(days=1))
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 5


def test_key_opens_with_its_password_only(authority: Authority) -> None:
    issued = authority.issue(Profile(common_names=("x",)))
    assert load_pem_private_key(issued.key_pem(), None).public_key() == issued.key.public_key()
    sealed = issued.key_pem(b"secret")
    assert load_pem_private_key(sealed, b"secret").public_key() == issued.key.public_key()
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(sealed, b"wrong")
