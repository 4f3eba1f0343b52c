"""Prove that a private key works, by a signature that its own public key accepts.

A whole validation of an RSA key tests its primes for 150 ms, in which nothing else of the process runs: too long for a
reload, and meant for keys of strangers. A key whose parts do not fit together makes no good signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

if TYPE_CHECKING:
    from sertwist.tls.domain import PrivateKey

__all__ = ["can_sign"]

_TEXT: Final = b"sertwist tries a key"


def can_sign(key: PrivateKey) -> bool:
    """Whether a signature of `key` is good for its public key."""
    try:
        match key:
            case rsa.RSAPrivateKey():
                scheme, digest = padding.PKCS1v15(), hashes.SHA256()
                key.public_key().verify(key.sign(_TEXT, scheme, digest), _TEXT, scheme, digest)
            case ec.EllipticCurvePrivateKey():
                algorithm = ec.ECDSA(hashes.SHA256())
                key.public_key().verify(key.sign(_TEXT, algorithm), _TEXT, algorithm)
            case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
                key.public_key().verify(key.sign(_TEXT), _TEXT)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, RuntimeError):
        return False
    return True
