"""Read one extension of a certificate; what can't be read is not there."""

from __future__ import annotations

from typing import TypeVar

from cryptography import x509

__all__ = ["BROKEN", "is_ca", "read_extension"]

# What the library raises for extensions that contradict their standard, on first use and not when it parses.
BROKEN = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_E = TypeVar("_E", bound=x509.ExtensionType)


def read_extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    """The extension of that kind; None when there is none, or the extensions can't be parsed."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, *BROKEN):
        return None


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether `certificate` says that its holder may issue others."""
    constraints = read_extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca
