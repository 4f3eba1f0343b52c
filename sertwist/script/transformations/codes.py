"""`{s.*}` that write a text in another way, or a number for it: hashes, escapes, hexadecimal, base64, times."""

from __future__ import annotations

import binascii
import re
import time
import zlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

from sertwist.script.core_hash import core_hash
from sertwist.script.declare import Kind
from sertwist.script.runtime import number
from sertwist.script.transformations.declare import Change
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CODES"]

_ESCAPED_COMMON: Final = re.compile(r"['\"\\\0]")
_UNESCAPED_COMMON: Final = re.compile(r"\\(.)", re.DOTALL)
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")
#: What may stand in the user part of a URI, and in a parameter of one, without escape (RFC 3261 25.1).
_USER: Final = re.compile(rb"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]")
_PARAM: Final = re.compile(rb"[^A-Za-z0-9\-_.!~*'()\[\]/:&+$]")
_UNRESERVED: Final = re.compile(rb"[^A-Za-z0-9\-_.~]")
_LONGEST_TIME: Final = 1_024  # characters of a formatted time


def _hashed(name: str) -> Callable[[str], str]:
    def apply(value: str) -> str:
        import hashlib  # noqa: PLC0415 (the server has it; a check does not need it)

        return hashlib.new(name, as_bytes(value), usedforsecurity=False).hexdigest()

    return apply


def _escape_common(value: str) -> str:
    return _ESCAPED_COMMON.sub(lambda found: "\\0" if found.group() == "\0" else "\\" + found.group(), value)


def _unescape_common(value: str) -> str:
    return _UNESCAPED_COMMON.sub(lambda found: "\0" if found[1] == "0" else str(found[1]), value)


def _percent_escaper(reserved: re.Pattern[bytes]) -> Callable[[str], str]:
    def apply(value: str) -> str:
        return as_text(reserved.sub(lambda found: b"%%%02X" % found.group()[0], as_bytes(value)))

    return apply


def _percent_unescaped(value: str) -> str:
    """Octets that no text can hold stay escaped: they would split lines where the text is put."""
    if "%" not in value:
        return value

    def octet(found: re.Match[str]) -> str:
        code = int(found[1], 16)
        return found.group() if code < 0x20 or code == 0x7F else chr(code) if code < 0x80 else chr(0xDC00 + code)

    return as_text(as_bytes(_PERCENT.sub(octet, value)))


def _hexadecimal(value: str) -> str:
    return as_bytes(value).hex()


def _from_hexadecimal(value: str) -> str:
    return as_text(bytes.fromhex(value))


def _base64(value: str) -> str:
    return b64encode(as_bytes(value)).decode("ascii")


def _from_base64(value: str) -> str:
    padded = value + "=" * (-len(value) % 4)
    return as_text(b64decode(as_bytes(padded), validate=True))


def _corehash(value: str, slots: int = 0) -> int:
    return core_hash(value) % slots if slots > 0 else core_hash(value)


def _crc32(value: str) -> int:
    return zlib.crc32(as_bytes(value))


def _ftime(value: str, wanted: str) -> str | None:
    try:
        return time.strftime(wanted, time.localtime(number(value)))[:_LONGEST_TIME]
    except (OverflowError, OSError):
        return None


def _no_error(change: Callable[[str], str]) -> Callable[[str], str | None]:
    """What can't be decoded is undefined."""

    def apply(value: str) -> str | None:
        try:
            return change(value)
        except (ValueError, binascii.Error):
            return None

    return apply


#: By name.
CODES: Final = (
    Change(name="s.md5", apply=_hashed("md5"), help="The MD5 of it, hexadecimal."),
    Change(name="s.sha256", apply=_hashed("sha256"), help="The SHA-256 of it, hexadecimal."),
    Change(name="s.sha384", apply=_hashed("sha384"), help="The SHA-384 of it, hexadecimal."),
    Change(name="s.sha512", apply=_hashed("sha512"), help="The SHA-512 of it, hexadecimal."),
    Change(name="s.crc32", apply=_crc32, kind=Kind.NUMBER, help="The CRC-32 of it."),
    Change(
        name="s.corehash",
        apply=_corehash,
        arguments=(Kind.NUMBER,),
        needed=0,
        kind=Kind.NUMBER,
        help="A number that is the same for the same text, below the argument.",
    ),
    Change(name="s.encode.hexa", apply=_hexadecimal, help="Its octets, hexadecimal."),
    Change(name="s.decode.hexa", apply=_no_error(_from_hexadecimal), help="The text of hexadecimal octets."),
    Change(name="s.encode.base64", apply=_base64, help="In base64."),
    Change(name="s.decode.base64", apply=_no_error(_from_base64), help="The text that it is the base64 of."),
    Change(name="s.escape.common", apply=_escape_common, help="Quotes, backslashes and NUL behind a backslash."),
    Change(name="s.unescape.common", apply=_unescape_common, help="Without the backslashes of s.escape.common."),
    Change(name="s.escape.user", apply=_percent_escaper(_USER), help="Ready for the user part of a URI."),
    Change(name="s.unescape.user", apply=_percent_unescaped, help="%xx replaced by what it means, not controls."),
    Change(name="s.escape.param", apply=_percent_escaper(_PARAM), help="Ready for the value of a URI parameter."),
    Change(name="s.unescape.param", apply=_percent_unescaped, help="%xx replaced by what it means, not controls."),
    Change(name="s.urlencode.param", apply=_percent_escaper(_UNRESERVED), help="Ready for a URL's query."),
    Change(name="s.urldecode.param", apply=_percent_unescaped, help="%xx replaced by what it means, not controls."),
    Change(name="s.ftime", apply=_ftime, arguments=(Kind.TEXT,), help="Seconds since 1970 as local time, by strftime."),
)
