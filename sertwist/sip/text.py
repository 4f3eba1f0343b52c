"""Message octets as the text that scripts see, and back: UTF-8, and odd octets come through unchanged."""

from __future__ import annotations

__all__ = ["as_bytes", "as_text"]


def as_text(octets: bytes) -> str:
    """`octets` as text; those that are no UTF-8 become lone surrogates, which `as_bytes` turns back."""
    return octets.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """`text` as octets; a lone surrogate that stands for no octet becomes a question mark."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
