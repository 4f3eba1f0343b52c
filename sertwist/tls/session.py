"""`TlsSession`: what the script, `tls.list` and the log see of one finished handshake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sertwist.tls.ciphers import describe_cipher

if TYPE_CHECKING:
    from sertwist.tls.certificate import CertificateView
    from sertwist.tls.identity import PeerIdentity

__all__ = ["TlsSession"]


@dataclass(slots=True, kw_only=True, eq=False)
class TlsSession:
    """One TLS session; written once, when its handshake is done.

    Attributes:
        version: `TLSv1.2` or `TLSv1.3`.
        cipher: OpenSSL's name of the suite.
        bits: secret bits of its cipher.
        group: key exchange group, `X25519MLKEM768`; None when the library does not say.
        sni: server name that the peer sent, if it is a host name.
        alpn: protocol agreed on; None without.
        domain_name: the TLS domain in use.
        generation: of the domain table.
        peer: who is at the other end.
        my: our own certificate on this connection; None when we presented none.
        resumed: an earlier session was continued.
        ticket_left: why the ticket that the peer came with was not taken: `off`, this domain resumes nothing;
            `unknown`, it is of another domain or generation, or has run out; empty: it was, or there was none.
        caller: who makes management calls on it, kept there by what carries them; None until then.
        given_up: its peer is no longer verified, and what the domain says about that has been done.
    """

    version: str
    cipher: str
    bits: int
    group: str | None
    sni: str | None
    alpn: str | None
    domain_name: str
    generation: int
    peer: PeerIdentity
    my: CertificateView | None
    resumed: bool = False
    ticket_left: str = ""
    caller: Any = None
    given_up: bool = False

    @property
    def description(self) -> str:
        """The cipher described as OpenSSL does, with single blanks and no line end (`@tls`)."""
        return describe_cipher(self.cipher, self.version, self.bits)

    def ticket_fault(self, now: float) -> str:
        """Why the peer's ticket was of no use at `now`, seconds since the epoch; empty: it was, or there was none.

        As in `ticket_left`, or why the peer of a resumed session is not verified although it has a certificate.
        """
        if not self.resumed or not self.peer.presented:
            return self.ticket_left
        return self.peer.verdict(now).reason
