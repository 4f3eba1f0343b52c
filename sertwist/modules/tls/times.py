"""Points in time as rows and log lines show them."""

from __future__ import annotations

import datetime as dt

__all__ = ["utc_text"]


def utc_text(seconds: float) -> str:
    """`seconds` since the epoch as `2026-11-24T10:20:30Z`."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
