"""Read and print Via values: who sent a message and where its replies go (RFC 3261 18.2, 20.42; RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sertwist.sip.errors import BadHeaderError, BadViaError
from sertwist.sip.grammar import HOST, LWS, PARAM, PORT, is_token
from sertwist.sip.params import Params, encode_params, find_param, parse_params, split_plain

__all__ = ["Via", "is_plain_via", "parse_via", "via_of_match"]

is_plain_via = re.compile(
    rb"SIP/2\.0/([A-Za-z0-9\-]++) (" + HOST + rb")(?::(" + PORT + rb"))?((?:" + PARAM + rb")*)"
).fullmatch
"""Match the shape that nearly every Via has: SIP/2.0, one space, no other white space, no quotes.

Groups: transport, host, port, and the parameters with their semicolons. A list of values never matches.
"""
_sent_by = re.compile(rb"(" + HOST + rb")(?:[ \t]*+:[ \t]*+([0-9]{1,5}))?").fullmatch


@dataclass(slots=True)
class Via:
    """One Via value.

    Attributes:
        transport: as received, `UDP`, `TLS` ...
        host: the sent-by name or address; an IPv6 address keeps its brackets.
        port: 1 to 65535, None when not given (5060, or 5061 for TLS, is then meant).
        params: in order, names as received.
        protocol: b"SIP/2.0", or what stood there.
    """

    transport: bytes
    host: bytes
    port: int | None = None
    params: Params = ()
    protocol: bytes = b"SIP/2.0"

    @property
    def branch(self) -> bytes:
        """The branch, b"" when there is none (RFC 2543 peers)."""
        return find_param(self.params, b"branch") or b""

    @property
    def rport(self) -> bytes | None:
        """None: not asked for; b"": asked for and not filled in yet; else the port (RFC 3581 3)."""
        return find_param(self.params, b"rport")

    @property
    def received(self) -> bytes | None:
        """The address it came from as a server wrote it, None when nobody did."""
        return find_param(self.params, b"received")

    def param(self, name: bytes) -> bytes | None:
        """Return the value of parameter `name` (lower case); b"" when it has none, None when absent."""
        return find_param(self.params, name)

    def __bytes__(self) -> bytes:
        """Return the value as it stands in a message."""
        sent_by = self.host if self.port is None else b"%s:%d" % (self.host, self.port)
        return b"%s/%s %s%s" % (self.protocol, self.transport, sent_by, encode_params(self.params))


def parse_via(text: bytes) -> Via:
    """Parse one Via value (no list), folds already replaced.

    Raises:
        BadViaError: not `protocol/version/transport sent-by;params`, or an empty parameter.
    """
    match = is_plain_via(text)
    return _parse_spaced(text) if match is None else via_of_match(match)


def via_of_match(match: re.Match[bytes]) -> Via:
    """Return the value that `is_plain_via` matched."""
    transport, host, port, params = match.groups()
    return Via(transport, host, None if port is None else int(port), split_plain(params) if params else ())


def _parse_spaced(text: bytes) -> Via:
    """Parse with white space wherever the grammar allows it (SLASH, COLON, SEMI, EQUAL)."""
    before, semicolon, params = text.partition(b";")
    parts = [part.strip(LWS) for part in before.split(b"/", 2)]
    if len(parts) != 3:
        raise BadViaError("Malformed Via header field")
    name, version, rest = parts
    words = rest.replace(b"\t", b" ").split(b" ", 1)
    if len(words) != 2 or not (is_token(name) and is_token(version) and is_token(words[0])):
        raise BadViaError("Malformed Via header field")
    match = _sent_by(words[1].strip(LWS))
    if match is None:
        raise BadViaError("Malformed sent-by in Via header field")
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65_536:
        raise BadViaError("Port out of range in Via header field")
    try:
        parsed = parse_params(semicolon + params)
    except BadHeaderError:
        raise BadViaError("Malformed parameter in Via header field") from None
    return Via(words[0], match[1], port, parsed, name.upper() + b"/" + version)
