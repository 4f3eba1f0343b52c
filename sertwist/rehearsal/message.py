"""SIP messages as people write them in files: LF line ends, usual headers left out; and where they come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["compose_request", "message_bytes", "parse_address"]

_ADDRESS: Final = re.compile(
    r"(?:(udp|tcp|tls):)?(\[[0-9a-f:.]+\]|[^:/\s]+):(\d{1,5})(?:/(udp|tcp|tls))?", re.IGNORECASE
)
_USUAL: Final = ("via", "max-forwards", "from", "to", "call-id", "cseq", "contact")
_COMPACT: Final = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


def parse_address(text: str) -> tuple[str, str, int]:
    """`udp:192.0.2.1:5060`, `192.0.2.1:5060/udp` or without protocol (UDP): protocol in upper case, host, port.

    Raises:
        ConfigError: it is none of these.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match[3]) > 65_535:
        raise ConfigError(f"{text!r} is no address: write udp:192.0.2.1:5060", code="rehearsal-address")
    return (match[1] or match[4] or "udp").upper(), match[2].strip("[]"), int(match[3])


def message_bytes(text: str) -> bytes:
    """A whole message written with any line ends; the empty line behind its headers may be left out."""
    lines = text.lstrip("\r\n").replace("\r\n", "\n")
    if "\n\n" not in lines:
        lines = lines.rstrip("\n") + "\n\n"
    head, _, body = lines.partition("\n\n")
    return "\r\n".join((*head.split("\n"), "", body.replace("\n", "\r\n"))).encode("utf-8", "surrogateescape")


def compose_request(line: str, headers: Iterable[str], body: str, origin: tuple[str, str, int]) -> bytes:
    """A request of `METHOD URI` with the headers that a request must have, those in `headers` as they are.

    Args:
        line: `INVITE sip:bob@example.com`.
        headers: header lines; a value of `-` leaves that header out.
        body: its lines end with CRLF in the message.
        origin: protocol, host and port that it comes from.

    Raises:
        ConfigError: the line is no method and URI.
    """
    method, blank, uri = line.strip().partition(" ")
    if not blank or " " in uri:
        raise ConfigError(f"{line!r} is no request line: write INVITE sip:bob@example.com", code="rehearsal-request")
    given = [each for each in headers if each.partition(":")[2].strip() != "-"]
    named = {_name(each) for each in headers}
    protocol, host, port = origin
    shown = f"[{host}]" if ":" in host else host
    usual = {
        "via": f"Via: SIP/2.0/{protocol} {shown}:{port};branch=z9hG4bK-rehearsal",
        "max-forwards": "Max-Forwards: 70",
        "from": "From: <sip:alice@example.org>;tag=from1",
        "to": f"To: <{uri}>",
        "call-id": "Call-ID: rehearsal@example.org",
        "cseq": f"CSeq: 1 {method}",
        "contact": f"Contact: <sip:alice@{shown}:{port}>",
    }
    data = body.replace("\r\n", "\n").replace("\n", "\r\n")
    lines = [f"{method} {uri} SIP/2.0", *(usual[name] for name in _USUAL if name not in named), *given]
    if "content-length" not in named:
        lines.append(f"Content-Length: {len(data.encode())}")
    return "\r\n".join((*lines, "", data)).encode("utf-8", "surrogateescape")


def _name(line: str) -> str:
    name = line.partition(":")[0].strip().lower()
    return _COMPACT.get(name, name)
