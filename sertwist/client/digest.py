"""HTTP digest authentication, the client's half: MD5 and SHA-256 (RFC 7616), without `qop` too (RFC 2069)."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Account", "Challenge", "read_challenges"]

# The strongest first; what a server offers beside these is passed over.
ALGORITHMS: Final[dict[str, Callable[[bytes], str]]] = {
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
}

MAX_CHALLENGE: Final = 4_096
PARAMETER: Final = re.compile(r'\s*,?\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
SCHEME: Final = re.compile(r"\s*Digest\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a server asks for.

    Attributes:
        realm: whose password is wanted.
        nonce: the server's number for this.
        algorithm: a key of `ALGORITHMS`, perhaps with `-sess` after it.
        opaque: to be sent back as it came; None if there was none.
        has_auth: does the server know `qop=auth`?
        is_stale: was only the nonce wrong?
    """

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str | None = None
    has_auth: bool = False
    is_stale: bool = False

    @property
    def hash(self) -> Callable[[bytes], str]:
        """The hash of its algorithm, in hexadecimal digits."""
        return ALGORITHMS[self.algorithm.removesuffix("-sess")]


def read_challenges(values: Iterable[str]) -> Challenge | None:
    """The strongest challenge of the WWW-Authenticate fields `values` that we can answer; None if there is none."""
    found = [challenge for value in values if (challenge := _read(value)) is not None]
    order = list(ALGORITHMS)
    return min(found, key=lambda each: order.index(each.algorithm.removesuffix("-sess")), default=None)


def _read(value: str) -> Challenge | None:
    scheme = SCHEME.match(value[:MAX_CHALLENGE])
    if scheme is None:
        return None
    given = {
        match[1].lower(): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        for match in PARAMETER.finditer(value[:MAX_CHALLENGE], scheme.end())
    }
    algorithm = given.get("algorithm", "MD5").upper().replace("-SESS", "-sess")
    offered = [each.strip().lower() for each in given.get("qop", "").split(",")]
    is_ours = algorithm.removesuffix("-sess") in ALGORITHMS and {"realm", "nonce"} <= given.keys()
    if not is_ours or (offered != [""] and "auth" not in offered):
        return None
    return Challenge(
        realm=given["realm"],
        nonce=given["nonce"],
        algorithm=algorithm,
        opaque=given.get("opaque"),
        has_auth="auth" in offered,
        is_stale=given.get("stale", "").lower() == "true",
    )


@dataclass(slots=True)
class Account:
    """A user with a password, and what the server last asked of them.

    Attributes:
        user: name.
        password: secret.
        challenge: the one that is answered from now on; None until there was one.
    """

    user: str
    password: str = field(repr=False)
    challenge: Challenge | None = None
    _count: int = 0

    def accept(self, challenge: Challenge | None) -> bool:
        """Take what a 401 asks for. False: there is nothing to answer, or our answer to a new nonce was wrong."""
        is_wrong = self.challenge is not None and self._count == 1 and not (challenge and challenge.is_stale)
        self.challenge, self._count = challenge, 0
        return challenge is not None and not is_wrong

    def authorization(self, method: str, target: str) -> str:
        """The Authorization field for the request `method target`; empty while nothing was asked."""
        challenge = self.challenge
        if challenge is None:
            return ""
        self._count += 1
        count, nonce = f"{self._count:08x}", secrets.token_hex(16)
        secret = f"{self.user}:{challenge.realm}:{self.password}"
        first = challenge.hash(secret.encode())
        if challenge.algorithm.endswith("-sess"):
            first = challenge.hash(f"{first}:{challenge.nonce}:{nonce}".encode())
        second = challenge.hash(f"{method}:{target}".encode())
        middle = f"{challenge.nonce}:{count}:{nonce}:auth" if challenge.has_auth else challenge.nonce
        parts = {
            "username": _quoted(self.user),
            "realm": _quoted(challenge.realm),
            "nonce": _quoted(challenge.nonce),
            "uri": _quoted(target),
            "response": _quoted(challenge.hash(f"{first}:{middle}:{second}".encode())),
            "algorithm": challenge.algorithm,
        }
        if challenge.has_auth:
            parts |= {"qop": "auth", "nc": count}
        if challenge.has_auth or challenge.algorithm.endswith("-sess"):
            parts["cnonce"] = _quoted(nonce)
        if challenge.opaque is not None:
            parts["opaque"] = _quoted(challenge.opaque)
        return "Digest " + ", ".join(f"{name}={value}" for name, value in parts.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
