"""Every setting of a TLS domain: its names of all ages, which side has it, and what a domain takes from its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sertwist.tls.domain import Side

__all__ = ["DOMAIN_PARAMETERS", "PARAMETER_BY_NAME", "DomainParameter"]


@dataclass(frozen=True, slots=True)
class DomainParameter:
    """One setting that each domain may have.

    Attributes:
        name: its first name.
        help: what it does, for the reference.
        aliases: other names of it.
        side: the only side that has it; None: both.
        is_identity: says which domain this is, so it is never taken from the default domain.
        repeatable: several values add up.
        secret: its value is never shown.
        needs_value: an empty value would be taken for something else than "not set".
        replaced_by: when a domain sets one of these itself, this one is not taken from the default domain.
    """

    name: str
    help: str
    aliases: tuple[str, ...] = ()
    side: Side | None = None
    is_identity: bool = False
    repeatable: bool = False
    secret: bool = False
    needs_value: bool = False
    replaced_by: tuple[str, ...] = ()


_PAIR = ("certificate",)
_FIRST_KEY = ("certificate", "private_key")
_SECOND_KEY = ("certificate", "certificate2", "private_key2")

DOMAIN_PARAMETERS: Final = (
    DomainParameter("method", "TLS versions: TLSv1.2+ (default), TLSv1.3, TLSv1.2", ("tls_method",)),
    DomainParameter(
        "verify_certificate",
        "verify the peer's certificate; default 0, client domains 1",
        ("verify_cert",),
        replaced_by=("verify_client",),
    ),
    DomainParameter(
        "require_certificate",
        "refuse peers without a verified certificate",
        ("require_cert",),
        replaced_by=("verify_client",),
    ),
    DomainParameter(
        "verify_client",
        "off, optional_no_ca, optional or on, instead of the two above",
        side=Side.SERVER,
        replaced_by=("verify_certificate", "require_certificate"),
    ),
    DomainParameter("verify_depth", "intermediate certificates a peer's chain may have, 0 to 100, default 9"),
    DomainParameter("certificate", "PEM file: the domain's certificate, then its intermediates", ("cert_file",)),
    DomainParameter(
        "private_key", "PEM file: the key; default: the certificate's file", ("pkey_file",), replaced_by=_PAIR
    ),
    DomainParameter(
        "private_key_password",
        "password of an encrypted key; better in a file",
        ("pkey_password",),
        secret=True,
        replaced_by=(*_FIRST_KEY, "private_key_password_file"),
    ),
    DomainParameter(
        "private_key_password_file",
        "file with that password in its first line",
        replaced_by=(*_FIRST_KEY, "private_key_password"),
    ),
    DomainParameter(
        "certificate2", "a second certificate, of another key type (RSA, ECDSA)", ("cert_file2",), replaced_by=_PAIR
    ),
    DomainParameter(
        "private_key2",
        "its key; default: the file of certificate2",
        ("pkey_file2",),
        replaced_by=(*_PAIR, "certificate2"),
    ),
    DomainParameter(
        "private_key_password2",
        "password of the second key; better in a file",
        ("pkey_password2",),
        secret=True,
        replaced_by=(*_SECOND_KEY, "private_key_password_file2"),
    ),
    DomainParameter(
        "private_key_password_file2",
        "file with that password in its first line",
        replaced_by=(*_SECOND_KEY, "private_key_password2"),
    ),
    DomainParameter(
        "ca_list",
        "PEM file: CA certificates that peers are verified by, and their CRLs; client domains: or `system`",
        ("calist_file",),
        replaced_by=("ca_path",),
    ),
    DomainParameter("ca_path", "folder of such files, read whole", ("ca_dir",), replaced_by=("ca_list",)),
    DomainParameter("trust", "`exact`: any certificate of ca_list ends a chain; default: a root must"),
    DomainParameter(
        "crl",
        "PEM file of CRLs, or folder of such files, besides those in ca_list; may be given several times",
        ("crl_path", "crl_dir"),
        repeatable=True,
    ),
    DomainParameter(
        "crl_check", "`chain` (default): each certificate needs a current CRL; `leaf`: only the peer's own"
    ),
    DomainParameter("revoked_action", "an open connection whose peer is no longer verified: close (default) or mark"),
    DomainParameter("cipher_list", "OpenSSL's names of TLS 1.2 suites", ("ciphers_list",)),
    DomainParameter("ciphersuites", "names of TLS 1.3 suites", needs_value=True),
    DomainParameter(
        "groups",
        "key exchange groups in order, OpenSSL's names with colons; default: X25519MLKEM768:X25519:P-256:P-384",
    ),
    DomainParameter("alpn", "protocols to agree on, in order, with commas between; default: none"),
    DomainParameter(
        "session_cache",
        "sessions may be resumed, by tickets; default 1 where no certificate is verified, else 0",
        ("session_tickets",),
        side=Side.SERVER,
    ),
    DomainParameter("handshake_timeout", "seconds from accept to the end of the handshake, default 10"),
    DomainParameter("send_timeout", "seconds a peer may read nothing of what waits for it, default 10"),
    DomainParameter("connection_timeout", "seconds of a SIP connection without a message; -1 never, default 600"),
    DomainParameter(
        "server_name",
        "server domain: the name (SNI) that it serves; client domain: the SIP domain or host that it is for",
        is_identity=True,
    ),
    DomainParameter(
        "server_name_mode", "0: that name (default), 1: also its subdomains, 2: only those", is_identity=True
    ),
    DomainParameter("server_id", "name by which a script chooses a client domain", side=Side.CLIENT, is_identity=True),
    DomainParameter(
        "verify_name",
        "how the server's name is checked: sip (default, RFC 5922), https (host names with wildcards), no",
        side=Side.CLIENT,
    ),
    DomainParameter(
        "ocsp_stapling",
        "off (default), fetch (from the responder that the certificate names), or `file:PATH`",
        side=Side.SERVER,
    ),
)
PARAMETER_BY_NAME: Final = {name: each for each in DOMAIN_PARAMETERS for name in (each.name, *each.aliases)}
