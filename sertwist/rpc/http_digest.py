"""HTTP digest for management calls, the server's half (RFC 7616): SHA-256 and MD5, `qop=auth`, stateless nonces.

A nonce says when it was made and is sealed with a key of this process. Each of its counts is taken once, so a request
that was overheard is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.limits import DIGEST_NONCE_SECONDS, MAX_DIGEST_NONCES, MAX_DIGEST_USERS
from sertwist.sip.credentials import parse_credentials
from sertwist.sip.errors import BadHeaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DigestGate", "DigestUsers", "Proved", "read_digest_users"]

_ALGORITHMS: Final[dict[str, Callable[[bytes], str]]] = {
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
}
_BY_LENGTH: Final = {32: "MD5", 64: "SHA-256"}
_COUNT: Final = re.compile(rb"[0-9a-fA-F]{8}")
_NONCE: Final = re.compile(r"([0-9a-f]{12})-([0-9a-f]{32})")
_NOBODY: Final = "0" * 64  # compared with when there is no such user, so that it takes as long

#: (user, realm) to algorithm to HA1, lower-case hexadecimal.
DigestUsers = dict[tuple[str, str], dict[str, str]]


def read_digest_users(text: str) -> DigestUsers:
    """The users in lines of `user:realm:HA1`, as `htdigest` writes them; an HA1 of 64 digits is SHA-256's.

    Raises:
        ValueError: a line is none, in words, with its number.
    """
    users: DigestUsers = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.strip().split(":")
        algorithm = _BY_LENGTH.get(len(parts[-1]))
        if len(parts) != 3 or algorithm is None or not re.fullmatch("[0-9a-fA-F]+", parts[2]) or not all(parts):
            raise ValueError(f"line {number}: write user:realm:HA1, with 32 (MD5) or 64 (SHA-256) hexadecimal digits")
        users.setdefault((parts[0], parts[1]), {})[algorithm] = parts[2].lower()
        if len(users) > MAX_DIGEST_USERS:
            raise ValueError(f"line {number}: there are more than {MAX_DIGEST_USERS} users")
    return users


@dataclass(frozen=True, slots=True)
class Proved:
    """What credentials proved.

    Attributes:
        user: who it is; empty: nobody.
        is_stale: everything was right but the nonce's age: the client may answer a new one without asking anybody.
    """

    user: str = ""
    is_stale: bool = False


_NOTHING: Final = Proved()


class DigestGate:
    """Challenges, and judges what they are answered with."""

    def __init__(self, users: Mapping[tuple[str, str], Mapping[str, str]], key: bytes) -> None:
        """`key` is secret, and this process's own."""
        self._users = users
        self._key = key
        self._counts: OrderedDict[str, int] = OrderedDict()  # nonce to its highest count so far
        self._forgotten = 0  # nonces made before are not known any more: milliseconds

    def challenge(self, realm: str, now: float, *, stale: bool = False) -> list[tuple[str, str]]:
        """The WWW-Authenticate fields of a 401, the strongest first; `realm` has no quotes in it.

        Only algorithms that some user of the realm has: a client takes the strongest that is offered.
        """
        usable = {each for (_, of), known in self._users.items() if of == realm for each in known} or {"MD5"}
        nonce = self._nonce(realm, int(now * 1000))
        more = ", stale=true" if stale else ""
        return [
            ("WWW-Authenticate", f'Digest realm="{realm}", nonce="{nonce}", qop="auth", algorithm={name}{more}')
            for name in _ALGORITHMS
            if name in usable
        ]

    def check(self, credentials: bytes, request: tuple[str, str], realm: str, now: float) -> Proved:
        """Judge the value of an Authorization field.

        Args:
            credentials: as received.
            request: its method and target.
            realm: that was asked for.
            now: seconds since the epoch.
        """
        try:
            given = parse_credentials(credentials)
        except BadHeaderError:
            return _NOTHING
        names = ("username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce")
        found = {name: given.param(name.encode()) for name in names}
        if given.scheme.lower() != b"digest" or any(value is None for value in found.values()):
            return _NOTHING
        values = {name: (value or b"").decode("utf-8", "surrogateescape") for name, value in found.items()}
        algorithm = (given.param(b"algorithm") or b"MD5").decode("latin-1")
        method, target = request
        if (
            algorithm not in _ALGORITHMS
            or values["qop"] != "auth"
            or values["uri"] != target
            or values["realm"] != realm
        ):
            return _NOTHING
        if not self._is_right(values, method, algorithm):
            return _NOTHING
        return self._of_nonce(values, realm, now)

    def _is_right(self, values: dict[str, str], method: str, algorithm: str) -> bool:
        digest = _ALGORITHMS[algorithm]
        known = self._users.get((values["username"], values["realm"]), {}).get(algorithm)
        ha2 = digest(f"{method}:{values['uri']}".encode("utf-8", "surrogateescape"))
        parts = (known or _NOBODY, values["nonce"], values["nc"], values["cnonce"], "auth", ha2)
        wanted = digest(":".join(parts).encode("utf-8", "surrogateescape"))
        is_equal = hmac.compare_digest(wanted.encode(), values["response"].lower().encode("utf-8", "surrogateescape"))
        return is_equal and known is not None

    def _of_nonce(self, values: dict[str, str], realm: str, now: float) -> Proved:
        """Whether the nonce is ours, young, and its count new."""
        nonce = values["nonce"]
        match = _NONCE.fullmatch(nonce)
        if match is None or _COUNT.fullmatch(values["nc"].encode("utf-8", "surrogateescape")) is None:
            return Proved(is_stale=True)
        made = int(match[1], 16)
        if not hmac.compare_digest(self._nonce(realm, made), nonce):
            return Proved(is_stale=True)
        if not 0 <= now * 1000 - made <= DIGEST_NONCE_SECONDS * 1000 or made <= self._forgotten:
            return Proved(is_stale=True)
        count = int(values["nc"], 16)
        if count <= self._counts.get(nonce, 0):
            return Proved(is_stale=True)
        self._counts[nonce] = count
        if len(self._counts) > MAX_DIGEST_NONCES:
            oldest, _ = self._counts.popitem(last=False)
            self._forgotten = max(self._forgotten, int(oldest[:12], 16))
        return Proved(values["username"])

    def _nonce(self, realm: str, made: int) -> str:
        """`made` is milliseconds since the epoch."""
        seal = hmac.new(self._key, f"{made} {realm}".encode(), "sha256").hexdigest()[:32]
        return f"{made:012x}-{seal}"
