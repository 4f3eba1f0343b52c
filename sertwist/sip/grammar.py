"""The lexical pieces that all SIP headers share: tokens, quoted strings, lists (RFC 3261 25.1).

Patterns here and in the header files repeat classes possessively and groups whose items begin with a character that
ends the one before, so that no input takes more than linear time. A possessive repeat of a *group* is never used: up to
CPython 3.11.4 its backtracking is wrong (`(?:=x++)?+` takes a bare `=`).
"""

from __future__ import annotations

import re

__all__ = [
    "HOST",
    "LWS",
    "PARAM",
    "PORT",
    "QUOTED",
    "TOKEN",
    "is_token",
    "quote",
    "safe_value",
    "split_commas",
    "split_semicolons",
    "unquote",
]

LWS = b" \t"

# Pattern texts, for use inside other patterns.
TOKEN = rb"[A-Za-z0-9\-.!%*_+`'~]++"
QUOTED = rb'"(?:[^"\\\r\n]++|\\[^\r\n])*"'
# gen-value is a token, host or quoted string; phones also send base64 with its `=`, so every printable
# octet that separates nothing is taken.
PARAM = rb";" + TOKEN + rb"(?:=[!#-+\--:=?-~]++)?"
# RFC 5118 4.10 wants one colon too many tolerated in an IPv6 reference, so only its octets are looked at.
HOST = rb"(?:[A-Za-z0-9._\-]++|\[[0-9A-Fa-f:.]{2,46}+\])"
# 1 to 59,999 without leading zeros: what a plain pattern takes; others go the long way.
PORT = rb"(?:[1-5][0-9]{4}|[1-9][0-9]{0,3})"

is_token = re.compile(TOKEN).fullmatch
"""Whether bytes are a `token`: a match or None."""

_REST_OF_ITEM = rb'"(?:[^"\\]++|\\.)*\\?+"?+|<[^>]*+>?+)*'
_comma_item = re.compile(rb'(?:[^",<]++|' + _REST_OF_ITEM, re.DOTALL).match
_semicolon_item = re.compile(rb'(?:[^";<]++|' + _REST_OF_ITEM, re.DOTALL).match
_escape = re.compile(rb"\\(.)", re.DOTALL)
_line_break = re.compile(rb"[\r\n\0]+[ \t]*")


def split_commas(text: bytes) -> list[bytes]:
    """Return the comma-separated items of `text`, trimmed; commas in quotes or `<>` separate nothing.

    An unterminated quote or `<` reaches to the end. Empty items are kept: whether they are wrong is the
    header's matter.
    """
    if b'"' not in text and b"<" not in text:
        return [item.strip(LWS) for item in text.split(b",")]
    items = []
    at = 0
    while True:
        match = _comma_item(text, at)
        end = match.end() if match else len(text)
        items.append(text[at:end].strip(LWS))
        if end >= len(text):
            return items
        at = end + 1


def split_semicolons(text: bytes) -> list[bytes]:
    """Return the semicolon-separated items of `text`, as `split_commas` does for commas."""
    if b'"' not in text and b"<" not in text:
        return [item.strip(LWS) for item in text.split(b";")]
    items = []
    at = 0
    while True:
        match = _semicolon_item(text, at)
        end = match.end() if match else len(text)
        items.append(text[at:end].strip(LWS))
        if end >= len(text):
            return items
        at = end + 1


def unquote(text: bytes) -> bytes:
    r"""Return the content of a quoted string, `\x` as `x`; text without quotes comes back as it is."""
    if len(text) < 2 or not text.startswith(b'"') or not text.endswith(b'"'):
        return text
    return _escape.sub(rb"\1", text[1:-1])


def quote(text: bytes) -> bytes:
    r"""Return `text` as a quoted string; `"` and backslash escaped."""
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def safe_value(text: str | bytes) -> bytes:
    """Return `text` as one header line's value: CR, LF and NUL become a space, so that no line can start."""
    if isinstance(text, str):
        if text.isalnum() and text.isascii():
            return text.encode("ascii")
        value = text.encode("utf-8", "backslashreplace")
    else:
        value = text
    if b"\r" in value or b"\n" in value or b"\0" in value:
        value = _line_break.sub(b" ", value)
    return value.strip(LWS)
