"""`core_hash`: a number that depends on a text alone, the same in every run: `core_hash()` and `{s.corehash}`."""

from __future__ import annotations

from typing import Final
from zlib import crc32

__all__ = ["core_hash"]

_BITS: Final = 31


def core_hash(text: str, bits: int = 0) -> int:
    """A number from 0 to two to the power of `bits` (31 for 0) less one."""
    return crc32(text.encode("utf-8", "surrogateescape")) & ((1 << (bits or _BITS)) - 1)
