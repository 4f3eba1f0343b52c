"""`StapleBox`: the OCSP responses that one domain's handshakes staple, held in memory so that no handshake waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["StapleBox"]


class StapleBox:
    """Own certificate to its response in DER; what puts responses in has validated them.

    A domain's box outlives its contexts, so a reload keeps what was fetched, and a context reads from it at each
    handshake whose client asks (RFC 6066 8).
    """

    __slots__ = ("_responses",)

    def __init__(self) -> None:
        self._responses: dict[x509.Certificate, bytes] = {}

    def put(self, certificate: x509.Certificate, response: bytes) -> None:
        """Staple `response` for `certificate` from now on; empty: staple nothing."""
        if response:
            self._responses[certificate] = response
        else:
            self._responses.pop(certificate, None)

    def response_for(self, certificate: x509.Certificate | None) -> bytes:
        """The response for the certificate that a handshake presents; empty: there is none to staple."""
        return b"" if certificate is None else self._responses.get(certificate, b"")

    def keep_only(self, certificates: tuple[x509.Certificate, ...]) -> None:
        """Forget the responses of all other certificates."""
        self._responses = {each: response for each, response in self._responses.items() if each in certificates}
