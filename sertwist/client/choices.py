"""What options choose from; apart from what it stands for, so that help can name it without loading that."""

from __future__ import annotations

from typing import Final

__all__ = ["PROTOCOLS"]

#: What is spoken; `auto` goes by the URL's path.
PROTOCOLS: Final = ("auto", "xmlrpc", "jsonrpc")
