"""Turn certificate and key files into a TLS context that verifies servers, or say which file is wrong."""

from __future__ import annotations

import os
import ssl
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import Failure, UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_FILE", "Credentials", "is_encrypted", "is_readable_by_others", "make_context"]

# A file of certificates is a few KiB; more is a mistake that need not be read.
MAX_FILE: Final = 1_048_576

CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
REVOCATION_LIST: Final = b"-----BEGIN X509 CRL-----"
ENCRYPTED: Final = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The files that say who we are and whom we trust.

    Attributes:
        cacert: authorities to trace a server to, perhaps with revocation lists; None: the system's.
        cert: our certificate, with its intermediates after it; None: we show none.
        key: our private key; None: it is in `cert`.
        password: opens an encrypted key.
        pins: keys of which the server must have one, beside a good certificate; none: any key.
        verify: is the server's certificate looked at? Without that anybody can be the server.
    """

    cacert: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    password: str | None = field(default=None, repr=False)
    pins: tuple[bytes, ...] = ()
    verify: bool = True

    @property
    def key_file(self) -> Path | None:
        """The file that holds the private key, if there is one."""
        return self.key or self.cert


def make_context(credentials: Credentials) -> ssl.SSLContext:
    """A context that requires the server's certificate and host name to be right, TLS 1.2 or newer.

    If `credentials` say not to verify it takes any server; then no file of authorities is read.

    Raises:
        Failure: a file is missing, unreadable or not what it should be (usage); the message names it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if credentials.verify:
        _load_authorities(context, credentials.cacert)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if credentials.cert is not None:
        _load_identity(context, credentials.cert, credentials.key or credentials.cert, credentials.password)
    elif credentials.key is not None:
        raise _usage("--key needs --cert, the certificate that belongs to the key", "key-without-cert")
    return context


def is_encrypted(key: Path) -> bool:
    """Does the private key in the file `key` need a password?"""
    content = read_pem(key, "private key")
    return any(mark in content for mark in ENCRYPTED)


def is_readable_by_others(path: Path) -> bool:
    """Can anyone but the owner and the group read `path`? False for what is not there."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def read_pem(path: Path, what: str) -> bytes:
    """The content of the PEM file `path`.

    Raises:
        Failure: it can't be read, is empty, too large or has no PEM block (usage); `what` names its kind.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise _usage(f"cannot read the {what} {path}: {reason}", "file-unreadable") from error
    if len(content) > MAX_FILE:
        raise _usage(f"the {what} {path} is larger than {MAX_FILE} bytes", "file-too-large")
    if b"-----BEGIN " not in content:
        wrong = "not in PEM form" if content else "empty"
        raise _usage(f"the {what} {path} is {wrong}", "file-not-pem")
    return content


def _load_authorities(context: ssl.SSLContext, cacert: Path | None) -> None:
    if cacert is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    content = read_pem(cacert, "CA file")
    if CERTIFICATE not in content:
        raise _usage(f"the CA file {cacert} holds no certificate", "ca-without-certificate")
    try:
        context.load_verify_locations(cafile=cacert)
    except ssl.SSLError as error:
        raise _usage(f"the CA file {cacert} holds something that cannot be read", "ca-unusable") from error
    if REVOCATION_LIST in content:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _load_identity(context: ssl.SSLContext, cert: Path, key: Path, password: str | None) -> None:
    """Load certificate and key; OpenSSL never asks for a password itself, and its errors are put in words."""
    if CERTIFICATE not in read_pem(cert, "certificate"):
        raise _usage(f"{cert} holds no certificate", "cert-without-certificate")
    if b"PRIVATE KEY-----" not in read_pem(key, "private key"):
        missing = " (name the key's file by --key)" if key == cert else ""
        raise _usage(f"{key} holds no private key{missing}", "key-without-key")
    if password is None and is_encrypted(key):
        message = f"the private key {key} is encrypted: give its password by --key-pass-file"
        raise _usage(message, "key-encrypted")
    try:
        context.load_cert_chain(cert, key, password=password or "")
    except ssl.SSLError as error:
        raise _identity_failure(error, cert, key, password) from error


def _identity_failure(error: ssl.SSLError, cert: Path, key: Path, password: str | None) -> Failure:
    if error.reason == "KEY_VALUES_MISMATCH":
        return _usage(f"the private key {key} does not belong to the certificate {cert}", "key-mismatch")
    if password is not None and is_encrypted(key):
        return _usage(f"the private key {key} does not open: wrong password or damaged file", "key-password")
    reason = error.reason or "damaged file"
    return _usage(f"{cert} with the key {key} cannot be used: {reason}", "cert-unusable")


def _usage(message: str, code: str) -> Failure:
    return UsageError(message, code=code)
