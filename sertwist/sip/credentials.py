"""Read `Digest name="value", ...` of Authorization and its kin (RFC 3261 25.1, RFC 8760)."""

from __future__ import annotations

import re
from typing import TypeAlias

from sertwist.record import record
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import LWS, QUOTED, TOKEN, is_token, split_commas, unquote

__all__ = ["AuthParams", "Credentials", "parse_auth_params", "parse_credentials"]

AuthParams: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Names as received and values, quotes kept, in order."""

_parameter = re.compile(rb"(" + TOKEN + rb")[ \t]*+=[ \t]*+(" + QUOTED + rb"|[!#-+\--:=?-~]++)").fullmatch
_NEEDED = (b"username", b"realm", b"nonce", b"uri", b"response")


@record
class Credentials:
    """Credentials or a challenge.

    Attributes:
        scheme: as received, `Digest`.
        params: in order.
    """

    scheme: bytes
    params: AuthParams

    def param(self, name: bytes) -> bytes | None:
        """Return the first parameter called `name` (lower case), without quotes; None when absent."""
        return next((unquote(value) for key, value in self.params if key.lower() == name), None)

    @property
    def is_whole(self) -> bool:
        """Whether Digest credentials have what RFC 2617 3.2.2 asks for; those of other schemes always."""
        return self.scheme.lower() != b"digest" or all(self.param(name) is not None for name in _NEEDED)


def parse_credentials(value: bytes) -> Credentials:
    """Read the value of one Authorization, Proxy-Authorization, WWW-Authenticate or Proxy-Authenticate line.

    Raises:
        BadHeaderError: no scheme, or a malformed parameter.
    """
    scheme, _, rest = value.replace(b"\t", b" ").partition(b" ")
    if not is_token(scheme):
        raise BadHeaderError("Malformed credentials")
    return Credentials(scheme, parse_auth_params(rest))


def parse_auth_params(text: bytes) -> AuthParams:
    """Read `name=value` with commas between.

    Raises:
        BadHeaderError: none, or one that is malformed.
    """
    params = []
    for item in split_commas(text.strip(LWS)):
        match = _parameter(item)
        if match is None:
            raise BadHeaderError("Malformed parameter of credentials")
        params.append((match[1], match[2]))
    return tuple(params)
