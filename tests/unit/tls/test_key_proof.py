"""Keys that work and keys that are broken inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sertwist.errors import ConfigError
from sertwist.pki.authority import make_rsa_key
from sertwist.tls.loading.key_proof import can_sign
from sertwist.tls.loading.pem import parse_private_key, read_pem_file

if TYPE_CHECKING:
    from pathlib import Path

KEYS = [
    make_rsa_key(),
    ec.generate_private_key(ec.SECP256R1()),
    ec.generate_private_key(ec.SECP384R1()),
    ed25519.Ed25519PrivateKey.generate(),
    ed448.Ed448PrivateKey.generate(),
]


@pytest.mark.parametrize("key", KEYS)
def test_key_that_works_can_sign(key: object) -> None:
    assert can_sign(key)


def broken_rsa_key() -> rsa.RSAPrivateKey:
    """A key with a wrong private exponent."""
    good = make_rsa_key().private_numbers()
    numbers = rsa.RSAPrivateNumbers(
        p=good.p, q=good.q, d=good.d + 2, dmp1=good.dmp1 + 2, dmq1=good.dmq1 + 2, iqmp=good.iqmp,
        public_numbers=good.public_numbers,
    )  # fmt: skip
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def test_key_file_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    key = broken_rsa_key()
    assert not can_sign(key)
    path = tmp_path / "broken.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigError, match="parts do not fit together"):
        parse_private_key(read_pem_file(path))
