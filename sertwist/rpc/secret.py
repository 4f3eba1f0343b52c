"""`Secret`: a text in a method's result that only some may see (reference rpc 10.16, 14.13).

No codec can write one: a result that was not gone through with `shown` is a fault, never a leak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["HIDDEN", "Secret", "shown"]

HIDDEN: Final = "***"


class Secret:
    """A value that prints as `***`; `shown` alone gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str | int) -> None:
        self._value = value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not copied")


def shown(value: Any, *, reveal: bool) -> Value:
    """`value` with every secret in it as `***`, or with `reveal` as itself."""
    if isinstance(value, Secret):
        return value._value if reveal else HIDDEN  # noqa: SLF001 (this is how a secret is read)
    if isinstance(value, Mapping):
        return {name: shown(each, reveal=reveal) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown(each, reveal=reveal) for each in value]
    return value  # type: ignore[no-any-return]
