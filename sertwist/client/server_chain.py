"""What the server's verified chain must not have, although OpenSSL takes it: sertwist refuses its peers the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import DEFAULT_DEPTH, MAX_CERTIFICATE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

__all__ = ["chain_fault"]

DER: Final = 2  # the `ssl` module's name for it is private
SERIAL_END: Final = 10**80
_SERIAL: Final = re.compile("[0-9A-F]{1,67}")  # else it is negative, or goes on in another line
# Line ends and controls, C1 and Unicode's own line separators among them.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def chain_fault(sock: ssl.SSLSocket) -> str:
    """What is wrong with the certificates that verified the server of `sock`, in words; empty: nothing."""
    chain: list[Any] = sock._sslobj.get_verified_chain()  # type: ignore[attr-defined]  # noqa: SLF001 (public from 3.13 on, as bytes)
    intermediates = len(chain) - 2
    if intermediates > DEFAULT_DEPTH:
        return f"its chain has {intermediates} intermediate certificates, more than {DEFAULT_DEPTH}"
    return next(filter(None, map(_certificate_fault, chain)), "")


def _certificate_fault(certificate: Any) -> str:
    if len(certificate.public_bytes(DER)) > MAX_CERTIFICATE:
        return f"it, or its issuer's, is larger than {MAX_CERTIFICATE // 1024} KB"
    said = certificate.get_info()
    serial = said["serialNumber"]
    if not _SERIAL.fullmatch(serial) or int(serial, 16) >= SERIAL_END:
        return "its serial number, or its issuer's, is not one"
    if any(_UNPRINTABLE.search(text) for text in _names(said)):
        return "a name in it, or in its issuer's, has control characters"
    return ""


def _names(said: dict[str, Any]) -> Iterator[str]:
    """The texts of subject, issuer and alternative names."""
    for name in (said["subject"], said["issuer"]):
        for part in name:
            for _, value in part:
                yield value
    for _, value in said.get("subjectAltName", ()):
        yield value if isinstance(value, str) else ""
