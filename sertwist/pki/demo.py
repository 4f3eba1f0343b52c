"""Write the demonstration set: an authority, a server, two operators, and clients that it must refuse."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sertwist.errors import ConfigError
from sertwist.pki.authority import (
    SERVER_AUTH,
    Authority,
    Credential,
    Profile,
    alternative_names,
    issue_self_signed,
    make_rsa_key,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AUTHORITY_NAME", "DEMO_HOSTS", "describe", "write_demo"]

AUTHORITY_NAME: Final = "sertwist demonstration CA"
DEMO_HOSTS: Final = ("localhost", "127.0.0.1", "::1")

# The set begins before `now`, so that the expired certificate lies within its authority's validity.
BEFORE: Final = timedelta(days=60)
AUTHORITY_LIFE: Final = timedelta(days=3652)
LIFE: Final = timedelta(days=365)

# What each file is for. `ca.pem` is written first: it says whose set this is, even if nothing follows.
FILES: Final = {
    "ca.pem": "the authority and its revocation list: the server's ca_list, serctl's --cacert",
    "ca.key": "the authority's private key",
    "crl.pem": "the authority's revocation list alone",
    "other-ca.pem": "an authority that the server does not know",
    "server.pem": "the server, RSA",
    "server-ec.pem": "the server, ECDSA",
    "bob.pem": "Bob: may call everything but core.kill",
    "ser-killer.pem": "SER-Killer: may also call core.kill",
    "expired.pem": "SER-Killer, expired",
    "revoked.pem": "SER-Killer, on the revocation list",
    "not-yet-valid.pem": "SER-Killer, valid next year",
    "wrong-ca.pem": "SER-Killer, issued by the other authority",
    "self-signed.pem": "SER-Killer, signed by himself",
    "wrong-purpose.pem": "SER-Killer, for servers only",
}
ALONE: Final = frozenset({"ca.pem", "ca.key", "crl.pem", "other-ca.pem"})  # the files without a private key beside them
NAMES: Final = (*FILES, *(name.replace(".pem", ".key") for name in FILES if name not in ALONE))
GOOD: Final = ("server", "server-ec", "bob", "ser-killer")


@dataclass(frozen=True, slots=True)
class _Demo:
    """Everything of one set before it is written."""

    authority: Authority
    other: Authority
    leaves: dict[str, Credential] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """File names and contents, `ca.pem` first."""
        pem = serialization.Encoding.PEM
        crl = self.authority.crl([self.leaves["revoked"].certificate]).public_bytes(pem)
        contents = {
            "ca.pem": self.authority.credential.certificate_pem() + crl,
            "ca.key": self.authority.credential.key_pem(),
            "crl.pem": crl,
            "other-ca.pem": self.other.credential.certificate_pem(),
        }
        for name, credential in self.leaves.items():
            contents[f"{name}.pem"] = credential.certificate_pem()
            contents[f"{name}.key"] = credential.key_pem()
        return contents


def write_demo(directory: Path, *, now: datetime, hosts: Sequence[str] = DEMO_HOSTS, force: bool = False) -> list[Path]:
    """Write the demonstration set to `directory` unless a usable one is there.

    Args:
        directory: made, with its parents and mode 0700, if it is not there; one that is there keeps its mode.
        now: the time from which the good certificates are valid for a year, with a time zone.
        hosts: host names and IP addresses of the server's certificates.
        force: replace a set that could be kept, and files of these names that are something else.

    Returns:
        The files written, private keys with mode 0600; none when a complete set that is in date was kept.

    Raises:
        ConfigError: files of these names are there that no demonstration set has put there, or writing fails.
    """
    if not force:
        if _is_usable(directory, now, hosts):
            return []
        _check_ours(directory)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_write(directory / name, content) for name, content in _make(now, hosts).files().items()]
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename or directory}: {error.strerror}", code="pki-write") from error


def describe(path: Path) -> str:
    """One line on what the file `path` of a set is for."""
    if path.name in FILES:
        return FILES[path.name]
    return f"private key of {path.stem}.pem"


def _make(now: datetime, hosts: Sequence[str]) -> _Demo:
    now = now.replace(microsecond=0)
    start, end = now - BEFORE, now - BEFORE + AUTHORITY_LIFE
    demo = _Demo(
        Authority.make(AUTHORITY_NAME, not_before=start, not_after=end),
        Authority.make("sertwist demonstration other CA", not_before=start, not_after=end),
    )
    soon = now - timedelta(hours=1)  # clocks that are a little slow still accept it
    names = alternative_names(*hosts)
    server = Profile(
        common_names=(hosts[0],),
        alternative_names=names,
        usages=(SERVER_AUTH,),
        not_before=soon,
        not_after=now + LIFE,
    )
    killer = Profile(common_names=("SER-Killer",), not_before=soon, not_after=now + LIFE)
    issue = demo.authority.issue
    leaves = {
        "server": issue(replace(server, key=make_rsa_key())),
        "server-ec": issue(server),
        "bob": issue(replace(killer, common_names=("Bob",))),
        "ser-killer": issue(killer),
        "expired": issue(replace(killer, not_before=start, not_after=now - timedelta(days=1))),
        "revoked": issue(killer),
        "not-yet-valid": issue(replace(killer, not_before=now + LIFE, not_after=now + 2 * LIFE)),
        "wrong-ca": demo.other.issue(killer),
        "self-signed": issue_self_signed(killer),
        "wrong-purpose": issue(replace(killer, usages=(SERVER_AUTH,))),
    }
    demo.leaves.update(leaves)
    return demo


def _is_usable(directory: Path, now: datetime, hosts: Sequence[str]) -> bool:
    """Is a complete set there whose good certificates are good and whose bad ones still are what they say?"""
    if not all((directory / name).is_file() for name in NAMES):
        return False
    try:
        authority = _certificate(directory / "ca.pem")
        return (
            _is_ours(directory)
            and _crl(directory / "crl.pem").is_signature_valid(_signer(authority))
            and all(_is_good(directory, name, authority, now) for name in GOOD)
            and all(_hosts(directory / f"{name}.pem") == alternative_names(*hosts) for name in ("server", "server-ec"))
            and _certificate(directory / "not-yet-valid.pem").not_valid_before_utc > now
        )
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False


def _is_good(directory: Path, name: str, authority: x509.Certificate, now: datetime) -> bool:
    certificate = _certificate(directory / f"{name}.pem")
    key = serialization.load_pem_private_key((directory / f"{name}.key").read_bytes(), None)
    try:
        certificate.verify_directly_issued_by(authority)
    except InvalidSignature:
        return False
    in_date = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    return in_date and key.public_key() == certificate.public_key()


def _check_ours(directory: Path) -> None:
    """Refuse to replace somebody's own certificates that have the same names.

    Raises:
        ConfigError: there are such files, and `ca.pem` is not the demonstration's.
    """
    there = [name for name in NAMES if (directory / name).exists()]
    if there and not _is_ours(directory):
        raise ConfigError(
            f"{directory / there[0]} is there and no demonstration's: take another directory, or --force",
            code="pki-not-ours",
        )


def _is_ours(directory: Path) -> bool:
    try:
        subject = _certificate(directory / "ca.pem").subject
    except (OSError, ValueError):
        return False
    return [attribute.value for attribute in subject] == [AUTHORITY_NAME]


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _crl(path: Path) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(path.read_bytes())


def _signer(authority: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = authority.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("the demonstration's authority has a key on a curve")
    return key


def _hosts(path: Path) -> tuple[x509.GeneralName, ...]:
    return tuple(_certificate(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _write(path: Path, content: bytes) -> Path:
    """Put `content` at `path` in one step, so that a reader sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600 if path.suffix == ".key" else 0o644)
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return path
