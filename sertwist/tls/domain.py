"""`TLSDomain`: one validated, immutable row of TLS settings, for a server address or a remote one."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from sertwist.limits import DEFAULT_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509

__all__ = [
    "ANY_ADDRESS",
    "CIPHERSUITES",
    "CIPHER_LIST",
    "NameMode",
    "NameRules",
    "OwnCertificate",
    "PrivateKey",
    "ProtocolVersion",
    "RevokedAction",
    "Side",
    "StapleSource",
    "TLSDomain",
    "VerifyMode",
]

ANY_ADDRESS = "*"  # in a domain's address: every address

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

# Mozilla's "intermediate" of guideline 5.8; the library's default has 60 suites, some with RSA key exchange.
CIPHER_LIST = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
CIPHERSUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"


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


class NameMode(enum.IntEnum):
    """How a domain's `server_name` matches the name that is asked for (`server_name_mode`)."""

    EXACT = 0
    WITH_SUBDOMAINS = 1
    SUBDOMAINS = 2


class NameRules(enum.Enum):
    """How a client domain compares the name it called with the server's certificate (`verify_name`)."""

    SIP = "sip"  # RFC 5922: whole names, no wildcards, SIP URIs before DNS names
    HTTPS = "https"  # RFC 9525: host names, with a left-most wildcard
    NONE = "no"


class RevokedAction(enum.Enum):
    """What happens to an open connection whose peer is no longer verified (`revoked_action`)."""

    CLOSE = "close"
    MARK = "mark"


class StapleSource(enum.Enum):
    """Where the OCSP response comes from that a server domain staples (`ocsp_stapling`)."""

    OFF = "off"
    FETCH = "fetch"  # asked of the responder that the certificate names
    FILE = "file"  # written by somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCertificate:
    """A certificate that a domain presents; its repr shows neither key nor contents.

    Attributes:
        chain: the certificate first, then its issuers in order.
        private_key: belongs to `chain[0]`.
        certificate_file: where the chain was read, resolved; None when it was not read from a file.
        key_file: where the key was read.
    """

    chain: tuple[x509.Certificate, ...] = field(repr=False)
    private_key: PrivateKey = field(compare=False, repr=False)
    certificate_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSDomain:
    """One row of TLS settings; its repr shows neither key nor certificate contents.

    Attributes:
        side: whether it serves accepted or outbound connections.
        address: local (server) or remote (client) address and port, host `*` for any, port 0 for any; None is the
            default of its side, or, with `server_name` or `server_id`, a row for every address.
        server_name: lower-case host name without trailing dot. Server: the SNI that it serves. Client: the SIP domain
            or host that it is for, sent as SNI and checked. Empty: no name.
        server_name_mode: how `server_name` matches.
        server_id: name by which a script chooses a client domain; empty: none.
        own: certificates that it presents, of different key types; empty when it presents none.
        authorities: trust anchors.
        system_trust: the machine's store of CAs is trusted too (client side only, only when asked for).
        exact_trust: any certificate of `authorities` ends a chain, a root or not.
        revocation_lists: CRLs; with none there is no revocation check, with any the whole chain is checked.
        crl_leaf_only: the peer's own certificate alone is looked up in them.
        verify: what happens about peer certificates; on the client side OFF or ON.
        depth: intermediates that a peer's chain may have.
        name_rules: client side: how the server's name is checked.
        minimum: oldest protocol version.
        maximum: newest protocol version.
        cipher_list: OpenSSL names for TLS 1.2.
        ciphersuites: names for TLS 1.3.
        groups: key exchange groups in order, OpenSSL's names with colons; empty: the library's.
        alpn: protocols in order of preference, `sip`; empty: none is negotiated.
        resumption: sessions may be resumed, by the rules of reference tls 9.3.
        handshake_timeout: seconds; None: the server's.
        send_timeout: seconds a peer may leave everything unread; None: the server's.
        idle_timeout: seconds without a message; None: the server's.
        revoked_action: about open connections whose peer is no longer verified.
        staple: where stapled OCSP responses come from.
        staple_file: the file, when `staple` says so.
        ca_files: files that `authorities` and `revocation_lists` came from, resolved; watched for changes.
        crl_files: further files of CRLs, watched too; like `ca_files`, folders may be among them.
        files: every file and folder that was read for this domain, those above among them.
        origins: parameter to where its value came from: `ser.cfg:12`, `server:default`; absent: built in.
    """

    side: Side
    address: tuple[str, int] | None = None
    server_name: str = ""
    server_name_mode: NameMode = NameMode.EXACT
    server_id: str = ""
    own: tuple[OwnCertificate, ...] = field(default=(), repr=False)
    authorities: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    system_trust: bool = False
    exact_trust: bool = False
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = field(default=(), repr=False)
    crl_leaf_only: bool = False
    verify: VerifyMode = VerifyMode.OFF
    depth: int = DEFAULT_DEPTH
    name_rules: NameRules = NameRules.SIP
    minimum: ProtocolVersion = ProtocolVersion.TLS_1_2
    maximum: ProtocolVersion = ProtocolVersion.TLS_1_3
    cipher_list: str = CIPHER_LIST
    ciphersuites: str = CIPHERSUITES
    groups: str = ""
    alpn: tuple[str, ...] = ()
    resumption: bool = False
    handshake_timeout: float | None = None
    send_timeout: float | None = None
    idle_timeout: float | None = None
    revoked_action: RevokedAction = RevokedAction.CLOSE
    staple: StapleSource = StapleSource.OFF
    staple_file: Path | None = None
    ca_files: tuple[Path, ...] = ()
    crl_files: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """`server:default`, `server:192.0.2.1:5061/a.example.com`, `client:[2001:db8::1]:5061`, `client:*#trunk`.

        Subdomains are written `*.example.com`, with the name itself `**.example.com`.
        """
        stars = ("", "**.", "*.")[self.server_name_mode] if self.server_name else ""
        rest = (f"/{stars}{self.server_name}" if self.server_name else "") + (
            f"#{self.server_id}" if self.server_id else ""
        )
        if self.address is None:
            return f"{self.side.value}:{ANY_ADDRESS if rest else 'default'}{rest}"
        host, port = self.address
        return f"{self.side.value}:[{host}]:{port}{rest}" if ":" in host else f"{self.side.value}:{host}:{port}{rest}"
