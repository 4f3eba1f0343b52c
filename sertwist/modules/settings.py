"""`SettingValue`: one value of a parameter that keeps every value given, with its place in the script."""

from __future__ import annotations

from sertwist.record import record

__all__ = ["SettingValue"]


@record
class SettingValue:
    """A value as `modparam` gave it; `where` prints as the script's file, line and column."""

    value: str | int
    where: object
