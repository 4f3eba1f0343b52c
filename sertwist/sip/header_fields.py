"""`HeaderFields`: the header lines of one message, looked up by name, each parsed on first use and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.sip.address import Address, address_uri, parse_address
from sertwist.sip.cseq import CSeq, parse_cseq
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import split_commas
from sertwist.sip.header_names import canonical_name
from sertwist.sip.scan import split_texts
from sertwist.sip.text import as_text
from sertwist.sip.via import Via, is_plain_via, parse_via, via_of_match

if TYPE_CHECKING:
    import re

    from sertwist.sip.scan import Head

__all__ = ["HeaderFields"]


class HeaderFields:
    """Header fields in the order received.

    Names are taken in any case and in compact form; canonical lower-case names are the quick way. The
    structured properties raise a `BadHeaderError` subclass when the field is malformed, and those of fields
    that every message has (`top_via`, `from_`, `to`, `cseq`, `call_id`) when it is missing; after
    `sanity.check_request` none of them does.

    Attributes:
        lines: header lines as received, folds included, without CRLF.
        first: canonical name to the value of the first line of that name: the quickest look-up. Not to be changed.
        has_repeats: whether any header name stands on more than one line.
        start_line: without its CRLF.
    """

    __slots__ = (
        "_by_line",
        "_cseq",
        "_from",
        "_from_uri",
        "_lists",
        "_plain_via",
        "_texts",
        "_to",
        "_to_uri",
        "_top_via",
        "first",
        "has_repeats",
        "lines",
        "start_line",
    )

    def __init__(self, head: Head) -> None:
        self.start_line, self.lines, self._texts, self.first = head
        self.has_repeats = len(self.first) != len(self.lines)
        self._plain_via: re.Match[bytes] | None = None
        self._by_line: tuple[list[str], list[bytes]] | None = None
        self._top_via: Via | None = None
        self._from: Address | None = None
        self._from_uri: str | None = None
        self._to: Address | None = None
        self._to_uri: str | None = None
        self._cseq: CSeq | None = None
        self._lists: dict[str, tuple[Address, ...]] | None = None

    @property
    def names(self) -> list[str]:
        """Canonical names, one a line."""
        return self._split()[0]

    def _split(self) -> tuple[list[str], list[bytes]]:
        if self._by_line is None:
            self._by_line = split_texts(self._texts)
        return self._by_line

    def header(self, name: str) -> bytes | None:
        """Return the value of the first line called `name`, None when there is none."""
        value = self.first.get(name)
        return value if value is not None else self.first.get(canonical_name(name))

    def header_values(self, name: str) -> list[bytes]:
        """Return the values of all lines called `name`, one a line."""
        wanted = name if name in self.first else canonical_name(name)
        if wanted not in self.first:
            return []
        if not self.has_repeats:
            return [self.first[wanted]]
        return [value for key, value in zip(*self._split(), strict=True) if key == wanted]

    def header_count(self, name: str) -> int:
        """Return how many lines are called `name` (canonical)."""
        if name not in self.first:
            return 0
        return self.names.count(name) if self.has_repeats else 1

    def values(self, name: str) -> list[bytes]:
        """Return all values called `name`, lines split at commas outside quotes and `<>`.

        Only for headers whose grammar is a comma-separated list (RFC 3261 7.3.1).
        """
        return [item for line in self.header_values(name) for item in split_commas(line)]

    def _required(self, name: str) -> bytes:
        value = self.first.get(name)
        if value is None:
            raise BadHeaderError("Missing required header field", code="missing-header")
        return value

    @property
    def plain_via(self) -> re.Match[bytes] | None:
        """The first Via line as `is_plain_via` matches it; None when it is missing or takes more to read."""
        match = self._plain_via
        if match is None:
            match = self._plain_via = is_plain_via(self.first.get("via", b""))
        return match

    @property
    def top_via(self) -> Via:
        """The first Via value: the hop that sent this message."""
        via = self._top_via
        if via is None:
            match = self.plain_via
            via = self._top_via = parse_via(self._first_via()) if match is None else via_of_match(match)
        return via

    def _first_via(self) -> bytes:
        value = self._required("via")
        return split_commas(value)[0] if b"," in value else value

    @property
    def vias(self) -> tuple[Via, ...]:
        """All Via values, top first, read anew at each call; empty when there is none."""
        return tuple([parse_via(value) for value in self.values("via")])

    @property
    def from_(self) -> Address:
        """The From address."""
        if self._from is None:
            self._from = parse_address(self._required("from"))
        return self._from

    @property
    def to(self) -> Address:
        """The To address."""
        if self._to is None:
            self._to = parse_address(self._required("to"))
        return self._to

    @property
    def from_uri(self) -> str | None:
        """The URI in From as text; None when there is none that can be read."""
        uri = self._from_uri
        if uri is None:
            try:
                uri = self._from_uri = as_text(address_uri(self._required("from")))
            except BadHeaderError:
                return None
        return uri

    @property
    def to_uri(self) -> str | None:
        """The URI in To as text; None when there is none that can be read."""
        uri = self._to_uri
        if uri is None:
            try:
                uri = self._to_uri = as_text(address_uri(self._required("to")))
            except BadHeaderError:
                return None
        return uri

    @property
    def cseq(self) -> CSeq:
        """The CSeq number and method."""
        if self._cseq is None:
            self._cseq = parse_cseq(self._required("cseq"))
        return self._cseq

    @property
    def contacts(self) -> tuple[Address, ...]:
        """All Contact addresses; empty when there is none, and for `Contact: *` (`header` tells which)."""
        return () if self.first.get("contact") == b"*" else self._addresses("contact")

    @property
    def routes(self) -> tuple[Address, ...]:
        """All Route addresses, next hop first."""
        return self._addresses("route")

    @property
    def record_routes(self) -> tuple[Address, ...]:
        """All Record-Route addresses, top first."""
        return self._addresses("record-route")

    def _addresses(self, name: str) -> tuple[Address, ...]:
        if self._lists is None:
            self._lists = {}
        found = self._lists.get(name)
        if found is None:
            found = self._lists[name] = tuple([parse_address(value) for value in self.values(name)])
        return found

    @property
    def call_id(self) -> bytes:
        """The Call-ID as received."""
        return self._required("call-id")

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards, 0 to 255, None when absent (RFC 3261 20.22)."""
        value = self.first.get("max-forwards")
        if value is None:
            return None
        # Leading zeros are legal (RFC 4475 3.1.1.1); nobody needs more than a handful.
        if not value.isdigit() or len(value) > 10 or int(value) > 255:
            raise BadHeaderError("Malformed Max-Forwards header field")
        return int(value)

    @property
    def content_length(self) -> int | None:
        """Content-Length, None when absent; twice is malformed even when both agree (RFC 3261 20.14)."""
        value = self.first.get("content-length")
        if value is None:
            return None
        if not value.isdigit() or len(value) > 10:
            raise BadHeaderError("Malformed Content-Length header field", code="bad-content-length")
        if self.has_repeats and self.names.count("content-length") > 1:
            raise BadHeaderError("More than one Content-Length", code="bad-content-length")
        return int(value)
