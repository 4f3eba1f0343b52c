"""Certificates and revocation lists that one test needs, issued by the demonstration's authority or below it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sertwist.pki.authority import Authority, Credential, Profile, make_ec_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["crl_pem", "impostor", "open_authority", "read_certificate", "write_credential"]


def open_authority(pki: Path) -> Authority:
    """The authority of the demonstration in `pki`, with its key."""
    key = load_pem_private_key((pki / "ca.key").read_bytes(), None)
    return Authority(Credential(read_certificate(pki, "ca"), key))  # type: ignore[arg-type]  # the demo's is on P-256


def impostor(pki: Path) -> Authority:
    """An authority of the same name and dates, with a key of its own."""
    real = open_authority(pki).certificate
    return Authority.make(
        str(real.subject.rdns[0].get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value),
        not_before=real.not_valid_before_utc,
        not_after=real.not_valid_after_utc,
        key=make_ec_key(),
    )


def read_certificate(pki: Path, name: str) -> x509.Certificate:
    """The first certificate of the file `name`.pem."""
    return x509.load_pem_x509_certificates((pki / f"{name}.pem").read_bytes())[0]


def crl_pem(authority: Authority, revoked: Iterable[x509.Certificate] = (), **dates: datetime) -> bytes:
    """A list of `authority`, in PEM; by default it has begun an hour ago and lasts."""
    dates.setdefault("this_update", datetime.now(UTC) - timedelta(hours=1))
    return authority.crl(revoked, **dates).public_bytes(Encoding.PEM)


def write_credential(
    directory: Path, authority: Authority, profile: Profile, *, chain: Iterable[Authority] = (), name: str = "odd"
) -> Path:
    """Issue for `profile`; write `name`.pem, with the certificates of `chain` after it, and `name`.key.

    Returns:
        The path without ending, as `RunningServer.connect` and `proxy` take it.
    """
    credential = authority.issue(profile)
    certificates = [credential.certificate_pem(), *(each.credential.certificate_pem() for each in chain)]
    (directory / f"{name}.pem").write_bytes(b"".join(certificates))
    (directory / f"{name}.key").write_bytes(credential.key_pem())
    return directory / name
