"""`Table`: one TOML table, read key by key; what is of another type, or was never asked for, is a finding.

So the reader is the declaration: the keys that it asks for are those that there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sertwist.rpc.policy.finding import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.rpc.policy.finding import Findings
    from sertwist.rpc.policy.toml_lines import Path

__all__ = ["Table"]

_T = TypeVar("_T")


class Table:
    """A table of the document.

    Attributes:
        at: where it is.
        findings: what is wrong is told there.
    """

    __slots__ = ("_asked", "_content", "at", "findings")

    def __init__(self, content: dict[str, Any], at: Path, findings: Findings) -> None:
        self._content = content
        self._asked: set[str] = set()
        self.at = at
        self.findings = findings

    def __contains__(self, key: str) -> bool:
        return key in self._content

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._content

    def at_key(self, key: str) -> Path:
        """Where `key` is."""
        return (*self.at, key)

    def text(self, key: str, default: str = "") -> str:
        """A text that is not empty."""
        found = self.get(key)
        if found is None:
            return default
        if isinstance(found, str) and found:
            return found
        self.wrong(key, f'a text, as in {key} = "..."')
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one alone; empty when there is none."""
        found = self.get(key)
        if found is None:
            return ()
        values = found if isinstance(found, list) else [found]
        if values and all(isinstance(each, str) and each for each in values):
            return tuple(values)
        self.wrong(key, f'a text or a list of them, as in {key} = ["...", "..."]')
        return ()

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        found = self.get(key)
        if found is None:
            return default
        if type(found) is int and low <= found <= high:
            return found
        self.wrong(key, f"a whole number from {low} to {high}")
        return default

    def flag(self, key: str) -> bool:
        """True or false; false when it is not there."""
        found = self.get(key)
        if found is None or isinstance(found, bool):
            return bool(found)
        self.wrong(key, f"true or false, as in {key} = true")
        return False

    def table(self, key: str) -> Table | None:
        """A table; None when there is none."""
        found = self.get(key)
        if found is None:
            return None
        if isinstance(found, dict):
            return Table(found, self.at_key(key), self.findings)
        self.wrong(key, f"a table, as in {key} = {{ ... }}")
        return None

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables `[key.NAME]` with their names."""
        found = self.table(key)
        for name in found.names() if found is not None else ():
            each = found.table(name) if found is not None else None
            if each is not None:
                yield name, each

    def tables(self, key: str) -> Iterator[Table]:
        """A list of tables, or `[[key]]`."""
        found = self.get(key)
        if found is None:
            return
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.wrong(key, f"a list of tables, as in {key} = [{{ ... }}]")
            return
        for number, each in enumerate(found):
            yield Table(each, (*self.at_key(key), number), self.findings)

    def names(self) -> list[str]:
        """All keys, which are thereby known."""
        self._asked.update(self._content)
        return list(self._content)

    def get(self, key: str) -> Any:
        """Whatever `key` holds, which is thereby known; None when it is not there."""
        self._asked.add(key)
        return self._content.get(key)

    def checked(self, key: str, text: str, make: Callable[[str], _T]) -> _T | None:
        """What `make` makes of `text`; None, and a finding, when it raises ValueError with what to write instead."""
        try:
            return make(text)
        except ValueError as error:
            self.findings.error("policy-value", self.at_key(key), f"{key} {text!r} can't be used", str(error))
            return None

    def wrong(self, key: str, wanted: str) -> None:
        """`key` holds something else than `wanted`."""
        self.findings.error("policy-value", self.at_key(key), f"{key} is of the wrong kind", f"write {wanted}")

    def close(self) -> None:
        """All keys have been asked for: others are not known."""
        for key in self._content.keys() - self._asked:
            self.findings.error("policy-key", self.at_key(key), f"unknown key {key!r}", nearest(key, self._asked))
