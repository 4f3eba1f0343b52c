"""Why a handshake failed, in words an operator can act on and as a stable code (reference tls 2.3, 8.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.tls.domain import VerifyMode
from sertwist.tls.verification import reason_of_faults, words_of_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.tls.identity import PeerIdentity
    from sertwist.tls.verification import Fault

__all__ = ["Failure", "describe_failure", "openssl_reasons", "refuse_peer"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed handshake: `reason_code` is kebab-case, `words` one line without anything that the peer chose."""

    reason_code: str
    words: str


_CLOSED = Failure("closed", "the peer closed the connection during the handshake")
_DISTRUST = Failure("distrusted", "the {peer} does not trust our certificate")
_GARBLED = Failure("not-tls", "what came is not TLS, or is garbled")
_NO_SHARED_CIPHER = Failure("no-shared-cipher", "no shared cipher: the {peer} offers none that this domain allows")
_VERSION = Failure("protocol-version", "no shared protocol version: the {peer} offers none that this domain allows")
_NO_CERTIFICATE = Failure("no-certificate", "no certificate was sent and this domain requires one")

# Text of OpenSSL's reason, or its beginning; the first that fits decides.
_BY_REASON: Final[tuple[tuple[str, Failure], ...]] = (
    ("peer did not return a certificate", _NO_CERTIFICATE),
    ("no shared cipher", _NO_SHARED_CIPHER),
    ("no suitable key share", _NO_SHARED_CIPHER),
    ("no suitable groups", _NO_SHARED_CIPHER),
    ("no shared group", _NO_SHARED_CIPHER),
    ("no suitable signature algorithm", _NO_SHARED_CIPHER),
    ("no shared signature algorithms", _NO_SHARED_CIPHER),
    ("unsupported protocol", _VERSION),
    ("version too low", _VERSION),
    ("no protocols available", _VERSION),
    ("tlsv1 alert protocol version", _VERSION),
    ("unexpected eof", _CLOSED),
    ("http request", _GARBLED),
    ("https proxy request", _GARBLED),
    ("wrong version number", _GARBLED),
    ("wrong ssl version", _GARBLED),
    ("packet length too long", _GARBLED),
    ("unexpected message", _GARBLED),
    ("bad record type", _GARBLED),
    ("record layer failure", _GARBLED),
    ("length mismatch", _GARBLED),
    ("tlsv1 alert unknown ca", _DISTRUST),
    ("ssl/tls alert bad certificate", _DISTRUST),
    ("ssl/tls alert certificate unknown", _DISTRUST),
    ("ssl/tls alert certificate expired", _DISTRUST),
    ("ssl/tls alert certificate revoked", _DISTRUST),
    ("ssl/tls alert unsupported certificate", _DISTRUST),
    ("sslv3 alert bad certificate", _DISTRUST),
    ("sslv3 alert certificate", _DISTRUST),
    ("excessive message size", Failure("too-large", "a handshake message is too large")),
)


def describe_failure(error: Exception, record: object, *, peer: str = "client") -> Failure:
    """What to log and count for `error`, raised by `do_handshake`.

    Args:
        error: OpenSSL's error (known by its arguments, not its class), or what else ended the handshake.
        record: the connection's `HandshakeRecord`; faults in it explain a refused certificate.
        peer: what the other end is, `client` or `server`.
    """
    reasons = openssl_reasons(error)
    faults = getattr(record, "faults", ())
    if faults and any("certificate verify failed" in reason for reason in reasons):
        return _certificate_failure(faults, getattr(record, "expired_on", ""))
    for reason in reasons:
        for beginning, failure in _BY_REASON:
            if reason.startswith(beginning):
                return Failure(failure.reason_code, failure.words.format(peer=peer))
    if reasons:
        return _other_failure(reasons, peer)
    # OpenSSL's system call errors are (errno, text), its end of connection has no arguments.
    if isinstance(error, OSError) or type(error).__name__ in {"SysCallError", "ZeroReturnError"}:
        return _CLOSED
    return Failure("internal-error", f"internal error ({type(error).__name__})")


def refuse_peer(peer: PeerIdentity, verify: VerifyMode, now: float) -> Failure | None:
    """Why a finished handshake fails after all at `now`, seconds since the epoch; None when it does not.

    OpenSSL refuses what its own verification does not pass, in a domain that wants that. It takes what only we refuse:
    a bad name, a certificate that can't be read, a session whose peer is no longer good. Those end here (reference
    tls 2.3).
    """
    verdict = peer.verdict(now)
    refused = verify is VerifyMode.ON or (verify is VerifyMode.OPTIONAL and peer.presented)
    if verdict.verified or not (refused or verdict.reason == "too-large"):
        return None
    return Failure(verdict.reason, peer.describe(now))


def _certificate_failure(faults: Sequence[Fault], expired_on: str) -> Failure:
    reason = reason_of_faults(faults)
    words = words_of_reason(reason)
    return Failure(reason, f"{words} {expired_on}" if reason == "expired" and expired_on else words)


def openssl_reasons(error: Exception) -> list[str]:
    """The reasons in OpenSSL's error queue: the error's one argument, `[(library, function, reason), ...]`."""
    queue = error.args[0] if error.args else None
    if not isinstance(queue, list):
        return []
    return [entry[2] for entry in queue if isinstance(entry, tuple) and len(entry) == 3 and entry[2]]


def _other_failure(reasons: list[str], peer: str) -> Failure:
    alert = next((reason for reason in reasons if " alert " in reason), "")
    if alert:
        return Failure("alert", f"the {peer} ended the handshake with the alert {alert.partition(' alert ')[2]}")
    return Failure("handshake-failed", f"the handshake failed: {reasons[0]}")
