"""Pins: the one key that a server must have, whatever its certificate says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import UnreachableError, UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

__all__ = ["check_pins", "key_pin", "parse_pin"]

HEX: Final = re.compile("(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
BASE64: Final = re.compile("[0-9A-Za-z+/]{43}=")
SCHEME: Final = re.compile("sha256(?::|//)", re.IGNORECASE)


def parse_pin(text: str) -> bytes:
    """The 32 bytes of a pin: the SHA-256 of a public key, as `sha256:HEX` or, as curl writes it, `sha256//BASE64`.

    Raises:
        UsageError: it is neither.
    """
    found = SCHEME.match(text)
    rest = text[found.end() :] if found else text
    if HEX.fullmatch(rest):
        return bytes.fromhex(rest.replace(":", ""))
    if BASE64.fullmatch(rest):
        return base64.b64decode(rest)
    message = f"{text!r} is no pin: it is the SHA-256 of the server's public key, as sha256:HEX or sha256//BASE64"
    raise UsageError(message, code="bad-pin")


def key_pin(certificate: bytes) -> bytes:
    """The pin of the public key in the DER `certificate`."""
    from cryptography import x509  # noqa: PLC0415 - 70 ms that only pins need
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def check_pins(sock: ssl.SSLSocket, pins: Iterable[bytes], address: str) -> None:
    """Refuse the server of `sock` unless its key is one of `pins`.

    Raises:
        UnreachableError: it is none of them, or cannot be read.
    """
    try:
        shown = key_pin(sock.getpeercert(binary_form=True) or b"")
    except ValueError:
        shown = b""
    if not any(hmac.compare_digest(shown, pin) for pin in pins):
        message = f"the key of {address} is not the pinned one but sha256:{shown.hex() or '(unreadable)'}"
        hint = "Somebody may stand between, or the server has a new key: ask who runs it before you change --pin."
        raise UnreachableError(message, code="pin-mismatch", hint=hint)
