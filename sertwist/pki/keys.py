"""Kinds of private keys by the names that `--key` takes, and what a key is in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sertwist.pki.authority import make_ec_key, make_rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.pki.authority import PrivateKey

__all__ = ["KEY_KINDS", "describe_key"]

# `rsa` is for phones that know nothing else. Longer RSA keys slow every handshake: 3,072 bits take three times as long.
KEY_KINDS: Final[Mapping[str, Callable[[], PrivateKey]]] = {
    "ec": make_ec_key,
    "ec384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": make_rsa_key,
    "rsa3072": lambda: make_rsa_key(3072),
    "rsa4096": lambda: make_rsa_key(4096),
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def describe_key(key: object) -> str:
    """Kind and size of a public or private `key`: `EC P-256`, `RSA 2048 bits`."""
    match key:
        case rsa.RSAPublicKey() | rsa.RSAPrivateKey():
            return f"RSA {key.key_size} bits"
        case ec.EllipticCurvePublicKey() | ec.EllipticCurvePrivateKey():
            return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
        case _:
            return type(key).__name__.lstrip("_").removesuffix("PublicKey").removesuffix("PrivateKey")
