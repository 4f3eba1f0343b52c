"""Bounds of the script language; a script is the operator's, so they guard against accidents, not attacks.

A bound is inclusive: exactly the limit passes, one more does not.
"""

from __future__ import annotations

__all__ = ["MAX_ARMS", "MAX_DIAGNOSTICS", "MAX_NESTING", "MAX_ROUTE_DEPTH", "MAX_SUBJECT"]

MAX_DIAGNOSTICS = 200  # shown of one run (reference language 12)
MAX_NESTING = 64  # parentheses, blocks, operators of one chain: Python's own compiler and our walks recurse on them
MAX_ARMS = 300  # `else if` of one chain: they nest in Python's syntax tree
MAX_ROUTE_DEPTH = 256  # route calls within each other (reference language 4.1)
MAX_SUBJECT = 65_535  # characters that `=~` looks at: the largest message; a longer value is refused, not cut
