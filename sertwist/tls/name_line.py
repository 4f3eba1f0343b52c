"""A distinguished name on one line, `/C=CZ/O=iptel/CN=Bob`: how SER's descendants show whole names (reference tls 1.2).

OpenSSL, whose form it is, escapes nothing, so that an organisation called `x/CN=Bob` looks like two parts. Here what
could deceive is escaped with a backslash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.tls.certificate import MAX_NAME

if TYPE_CHECKING:
    from sertwist.tls.certificate import NameView

__all__ = ["name_line"]

#: Attribute to OpenSSL's short name; others are written with their numbers.
_SHORT_NAMES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.45": "x500UniqueIdentifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
}
_ESCAPES: Final = str.maketrans({"/": "\\/", "=": "\\=", "\\": "\\\\"})


def name_line(name: NameView) -> str | None:
    """`name` with its attributes in their order; None when it is empty, too long, or a part of it may not be shown."""
    parts = []
    for oid, value in name.attributes:
        if value is None:
            return None
        parts.append(f"/{_SHORT_NAMES.get(oid, oid)}={value.translate(_ESCAPES)}")
    line = "".join(parts)
    return line if 0 < len(line.encode("utf-8", "replace")) <= MAX_NAME else None
