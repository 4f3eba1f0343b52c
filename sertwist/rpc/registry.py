"""`Registry`: every RPC method by its names. A look-up is a dictionary's, never an attribute by a caller's text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.rpc.call import Call
    from sertwist.rpc.declare import Method

__all__ = ["Registry"]


class Registry:
    """The methods of one server, by canonical name and by alias; both are case-sensitive."""

    __slots__ = ("_by_any_name", "_methods")

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}
        self._by_any_name: dict[str, Method] = {}

    def add(self, method: Method) -> None:
        """Register `method` under its name and its aliases.

        Raises:
            ValueError: a name is taken; nothing was registered then.
        """
        names = (method.name, *method.aliases)
        for name in names:
            taken = self._by_any_name.get(name)
            if taken is not None or names.count(name) > 1:
                other = taken or method
                raise ValueError(f"RPC method name {name} is already used by {other.name} of module {other.module}")
        self._methods[method.name] = method
        self._by_any_name.update(dict.fromkeys(names, method))

    def resolve(self, name: str) -> Method | None:
        """Return the method that is called `name`, by its own name or an alias."""
        return self._by_any_name.get(name)

    def canonical(self, call: Call) -> Call:
        """Return `call` with aliases replaced by methods' own names, its members' too; unknown names stay.

        Done before the script looks, so that a rule about a method holds for all its names (reference rpc
        14.3).
        """
        method = self._canonical_name(call.method)
        if not call.members:
            return call if method == call.method else replace(call, method=method)
        return replace(call, method=method, members=tuple(self.canonical(member) for member in call.members))

    def _canonical_name(self, name: str) -> str:
        method = self._by_any_name.get(name)
        return name if method is None else method.name

    def names(self) -> list[str]:
        """Canonical names, sorted."""
        return sorted(self._methods)

    def __iter__(self) -> Iterator[Method]:
        """Methods in the order of their names."""
        return (self._methods[name] for name in sorted(self._methods))

    def __len__(self) -> int:
        return len(self._methods)
