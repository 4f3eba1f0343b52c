"""Texts of the script compared, and lists in them looked into (reference language 9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["Texts"]

_TEXT, _OTHER = Argument(name="text"), Argument(name="other")
_IN_LIST = (
    Argument(name="subject"),
    Argument(name="list", help="texts with `separator` between them"),
    Argument(name="separator", help="characters; blanks beside them do not count"),
)


class Texts:
    """Comparisons; those that end in `i` take either case."""

    @function("cmp_str", _TEXT, _OTHER, routes=RouteKind.ANY)
    def cmp_str(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether both are the same."""
        return _truth(text == other)

    @function("cmp_istr", _TEXT, _OTHER, routes=RouteKind.ANY)
    def cmp_istr(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether both are the same in any case."""
        return _truth(text.casefold() == other.casefold())

    @function("starts_with", _TEXT, _OTHER, routes=RouteKind.ANY)
    def starts_with(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `text` begins with `other`."""
        return _truth(text.startswith(other))

    @function("starts_with_i", _TEXT, _OTHER, routes=RouteKind.ANY)
    def starts_with_i(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `text` begins with `other`, in any case."""
        return _truth(text.casefold().startswith(other.casefold()))

    @function("ends_with", _TEXT, _OTHER, routes=RouteKind.ANY)
    def ends_with(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `text` ends with `other`."""
        return _truth(text.endswith(other))

    @function("ends_with_i", _TEXT, _OTHER, routes=RouteKind.ANY)
    def ends_with_i(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `text` ends with `other`, in any case."""
        return _truth(text.casefold().endswith(other.casefold()))

    @function("str_find", _TEXT, _OTHER, routes=RouteKind.ANY)
    def str_find(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `other` stands in `text`."""
        return _truth(other in text)

    @function("str_ifind", _TEXT, _OTHER, routes=RouteKind.ANY)
    def str_ifind(self, _ctx: RouteContext, text: str, other: str) -> int:
        """Whether `other` stands in `text`, in any case."""
        return _truth(other.casefold() in text.casefold())

    @function("in_list", *_IN_LIST, routes=RouteKind.ANY)
    def in_list(self, _ctx: RouteContext, subject: str, listed: str, separator: str) -> int:
        """Whether `subject` is one of the texts in `list`."""
        return _truth(bool(separator) and subject in _items(listed, separator))

    @function("in_list_prefix", *_IN_LIST, routes=RouteKind.ANY)
    def in_list_prefix(self, _ctx: RouteContext, subject: str, listed: str, separator: str) -> int:
        """Whether `subject` begins with one of the texts in `list`."""
        items = _items(listed, separator) if separator else []
        return _truth(any(subject.startswith(item) for item in items if item))


def _items(listed: str, separators: str) -> list[str]:
    for other in separators[1:]:
        listed = listed.replace(other, separators[0])
    return [item.strip() for item in listed.split(separators[0])]


def _truth(holds: bool) -> int:  # noqa: FBT001 (private)
    return 1 if holds else -1
