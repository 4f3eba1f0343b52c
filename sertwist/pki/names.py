"""Which names a certificate may be issued for: what its reader could take for another name is refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sertwist.errors import ConfigError
from sertwist.limits import MAX_ALTERNATIVE_NAMES, MAX_COMMON_NAME
from sertwist.tls.certificate import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "WantedNames",
    "check_common_name",
    "check_entries",
    "check_file_name",
    "is_host",
    "is_host_name",
    "name_text",
]

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+ -]*", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)
_MAX_HOST: Final = 253
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[\x21-\x7e]+", re.ASCII | re.IGNORECASE)
_SIP_URI: Final = re.compile(r"sips?:(?:[^@]+@)?([^@]*)", re.ASCII | re.IGNORECASE)
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", re.ASCII)


def check_file_name(name: str) -> str:
    """`name` of what is issued: it names files, and is the common name unless another is given.

    Raises:
        ConfigError: it is empty, too long, or holds what a file name or an exact comparison should not (`pki-name`).
    """
    if not name or name != name.strip() or len(name) > MAX_COMMON_NAME or not _FILE_NAME.fullmatch(name):
        raise _refusal(
            "NAME", name, f"write 1 to {MAX_COMMON_NAME} letters, digits, '.', '_', '-', '@', '+', blanks inside"
        )
    return name


def check_common_name(name: str) -> str:
    """`name` as a common name: any printable text.

    Raises:
        ConfigError: it is empty, too long, or has control characters or blanks at its ends (`pki-name`).
    """
    if not name or name != name.strip() or len(name) > MAX_COMMON_NAME or not name.isprintable():
        raise _refusal(
            "common name", name, f"write 1 to {MAX_COMMON_NAME} printable characters without blanks at the ends"
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedNames:
    """Subject alternative names as an operator writes them.

    Attributes:
        hosts: host names and IP addresses.
        sip_domains: SIP domains; each becomes a URI `sip:DOMAIN` and a host name (RFC 5922 7.1).
        uris: URIs; `sip:bob@example.com` is a user.
        emails: mail addresses.
    """

    hosts: tuple[str, ...] = ()
    sip_domains: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    def entries(self) -> tuple[x509.GeneralName, ...]:
        """The certificate's entries, each once.

        Raises:
            ConfigError: one can't be, or there are too many (`pki-name`).
        """
        found: list[x509.GeneralName] = []
        for domain in self.sip_domains:
            found += [x509.UniformResourceIdentifier(f"sip:{_host_name(domain)}"), x509.DNSName(_host_name(domain))]
        found += [_host(text) for text in self.hosts]
        found += [x509.UniformResourceIdentifier(_uri(text)) for text in self.uris]
        found += [x509.RFC822Name(_email(text)) for text in self.emails]
        return _bounded(dict.fromkeys(found))


def check_entries(names: Iterable[x509.GeneralName]) -> tuple[x509.GeneralName, ...]:
    """`names` that somebody else wrote, by the same rules.

    Raises:
        ConfigError: one can't be, or is of another kind (`pki-name`).
    """
    return _bounded(dict.fromkeys(_checked(name) for name in names))


def is_host(text: str) -> bool:
    """Whether `text` is an IP address or a host name of two labels or more."""
    try:
        return isinstance(_host(text), x509.IPAddress) or "." in text
    except ConfigError:
        return False


def is_host_name(text: str) -> bool:
    """Whether `text` is a host name that a certificate may have."""
    try:
        return bool(_host_name(text))
    except ConfigError:
        return False


def name_text(name: x509.GeneralName) -> str:
    """`DNS:example.com`, `IP:192.0.2.1`, `URI:sip:example.com`, `email:...`; another kind by its name alone."""
    match name:
        case x509.DNSName():
            text = f"DNS:{name.value}"
        case x509.IPAddress():
            text = f"IP:{name.value}"
        case x509.UniformResourceIdentifier():
            text = f"URI:{name.value}"
        case x509.RFC822Name():
            text = f"email:{name.value}"
        case _:
            text = type(name).__name__
    return text if text.isprintable() else ascii(text)[1:-1]


def _checked(name: x509.GeneralName) -> x509.GeneralName:
    match name:
        case x509.DNSName():
            return x509.DNSName(_host_name(name.value))
        case x509.UniformResourceIdentifier():
            return x509.UniformResourceIdentifier(_uri(name.value))
        case x509.RFC822Name():
            return x509.RFC822Name(_email(name.value))
        case x509.IPAddress() if isinstance(name.value, ipaddress.IPv4Address | ipaddress.IPv6Address):
            return name
        case _:
            raise _refusal(
                "name of kind", type(name).__name__, "only host names, addresses, URIs and mail addresses are"
            )


def _bounded(names: dict[x509.GeneralName, None]) -> tuple[x509.GeneralName, ...]:
    if len(names) > MAX_ALTERNATIVE_NAMES:
        raise ConfigError(f"{len(names)} alternative names are more than {MAX_ALTERNATIVE_NAMES}", code="pki-name")
    return tuple(names)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return x509.DNSName(_host_name(text))


def _host_name(text: str) -> str:
    """`text` in lower case, if it is a host name of letters, digits and `-` (RFC 1123 2.1, as A-labels)."""
    if "*" in text:
        raise _refusal("host name", text, "SIP knows no wildcards (RFC 5922 7.2): name each host")
    if not text.isascii():
        raise _refusal("host name", text, "write it as it stands in DNS, xn--...")
    labels = text.split(".")
    if len(text) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise _refusal("host name", text, "write it like sip.example.com")
    return text.lower()


def _uri(text: str) -> str:
    if len(text) > MAX_NAME or not _URI.fullmatch(text):
        raise _refusal("URI", text, "write it like sip:bob@example.com, in ASCII without blanks")
    if text[:4].lower() in {"sip:", "sips"}:
        found = _SIP_URI.fullmatch(text)
        if found is None or not is_host_name(found[1]):  # some readers give up at a port or a parameter (reference 6.3)
            raise _refusal("URI", text, "after the user comes a host name alone, without port and parameters")
    return text


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local):
        raise _refusal("mail address", text, "write it like bob@example.com")
    return f"{local}@{_host_name(domain)}"


def _refusal(what: str, text: str, fix: str) -> ConfigError:
    shown = ascii(text if len(text) <= 80 else text[:77] + "...")
    return ConfigError(f"{what} {shown} can't be in a certificate: {fix}", code="pki-name")
