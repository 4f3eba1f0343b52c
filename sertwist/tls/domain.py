"""`TLSDomain`: one validated, immutable row of TLS settings, for a server address or a remote one."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

if TYPE_CHECKING:
    from cryptography import x509

__all__ = [
    "CIPHERSUITES",
    "CIPHER_LIST",
    "DEFAULT_DEPTH",
    "PrivateKey",
    "ProtocolVersion",
    "Side",
    "TLSDomain",
    "VerifyMode",
]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

# Mozilla's "intermediate" of guideline 5.8; the library's default has 60 suites, some with RSA key exchange.
CIPHER_LIST = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
CIPHERSUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
DEFAULT_DEPTH = 9  # intermediates; OpenSSL's own default let twelve pass


class Side(enum.Enum):
    """Which end of the connections that it serves a domain is."""

    SERVER = "server"
    CLIENT = "client"


class VerifyMode(enum.Enum):
    """What a server domain does about client certificates; the words are those of `verify_client`.

    OPTIONAL_NO_CA is what `verify_certificate=1` with `require_certificate=0` means here: a certificate is asked
    for, and one that does not verify reaches the script as unverified, with the reason and without identity.
    """

    OFF = "off"
    OPTIONAL_NO_CA = "optional_no_ca"
    OPTIONAL = "optional"
    ON = "on"


class ProtocolVersion(enum.IntEnum):
    """TLS versions that a domain may use, as on the wire (RFC 8446 4.1.2)."""

    TLS_1_2 = 0x0303
    TLS_1_3 = 0x0304


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSDomain:
    """One row of TLS settings; its repr shows neither key nor certificate contents.

    Attributes:
        side: whether it serves accepted or outbound connections.
        address: local (server) or remote (client) address and port; None is the default of its side.
        chain: own certificate first, then its issuers in order; empty when the domain presents none.
        private_key: belongs to `chain[0]`.
        authorities: the only trust anchors; the system's store is never consulted.
        revocation_lists: CRLs; with none there is no revocation check, with any the whole chain is checked.
        verify: what happens about peer certificates.
        depth: intermediates that a peer's chain may have.
        minimum: oldest protocol version.
        maximum: newest protocol version.
        cipher_list: OpenSSL names for TLS 1.2.
        ciphersuites: names for TLS 1.3.
        ca_files: files that `authorities` and `revocation_lists` came from, resolved; watched for changes.
        crl_files: further files of CRLs, watched too.
    """

    side: Side
    address: tuple[str, int] | None = None
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    private_key: PrivateKey | None = field(default=None, compare=False, repr=False)
    authorities: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = field(default=(), repr=False)
    verify: VerifyMode = VerifyMode.OFF
    depth: int = DEFAULT_DEPTH
    minimum: ProtocolVersion = ProtocolVersion.TLS_1_2
    maximum: ProtocolVersion = ProtocolVersion.TLS_1_3
    cipher_list: str = CIPHER_LIST
    ciphersuites: str = CIPHERSUITES
    ca_files: tuple[Path, ...] = ()
    crl_files: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """`server:default`, `server:192.0.2.1:5061`, `client:[2001:db8::1]:5061`."""
        if self.address is None:
            return f"{self.side.value}:default"
        host, port = self.address
        return f"{self.side.value}:[{host}]:{port}" if ":" in host else f"{self.side.value}:{host}:{port}"
