"""`DomainLoader`: one domain's settings on their way to a `TLSDomain`, with the readers of single values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

from sertwist.errors import ConfigError
from sertwist.tls.loading.problem import Finding, Problem, note_problem

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable, Iterable

    from sertwist.tls.domain import Side
    from sertwist.tls.domain_table import DomainTable
    from sertwist.tls.loading.values import DomainSettings, GivenValue

__all__ = ["DomainLoader", "LoadOptions", "resolve_path"]

DEFAULT_EXPIRY_WARNING: Final = 30  # days
_TRUE = frozenset({"1", "yes", "true", "on", "enable", "enabled"})
_FALSE = frozenset({"0", "no", "false", "off", "disable", "disabled"})

_E = TypeVar("_E", bound="enum.Enum")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How strictly files are judged, and against what.

    Attributes:
        insecure_key_files: private keys that every user can read are only warned about.
        expiry_warning: days before its end from which an own certificate is warned about.
        in_force: the table that the new one is to replace. What it brings worse than that is an error: an own
            certificate that has expired, a CA whose CRL is gone or older.
        describe: how a `where` is written down for `TLSDomain.origins`.
    """

    insecure_key_files: bool = False
    expiry_warning: int = DEFAULT_EXPIRY_WARNING
    in_force: DomainTable | None = None
    describe: Callable[[object], str] = str


@dataclass(slots=True)
class DomainLoader:
    """One domain on its way, by its name; `problems` is shared by all, `files` is everything read for this one.

    `where` is the place at which the configuration first names the domain, if it does; `now` is in seconds since the
    epoch; `base_directory` is the folder of the main script; `shared` keeps what `once` has made, for all domains.
    """

    name: str
    side: Side
    where: object
    settings: DomainSettings
    base_directory: Path
    now: float
    options: LoadOptions
    problems: list[Problem]
    shared: dict[object, object] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    def add(self, where: object, findings: Iterable[Finding]) -> None:
        """Note `findings`, once for all domains that inherit the value."""
        for severity, text, fix in findings:
            note_problem(self.problems, Problem(where, severity, text, fix, (self.name,)))

    def error(self, where: object, text: str, fix: str = "") -> None:
        """Note an error."""
        self.add(where, [("error", text, fix)])

    def warn(self, where: object, text: str, fix: str = "") -> None:
        """Note a warning."""
        self.add(where, [("warning", text, fix)])

    def path(self, given: GivenValue) -> Path:
        """The file that `given` names; from now on it is one of `files`."""
        path = resolve_path(given.text, self.base_directory)
        if path not in self.files:
            self.files.append(path)
        return path

    def once(self, key: object, make: Callable[[], _T]) -> _T:
        """What `make` returns or raises, made once for all domains: many have the same CA, CRL and key files.

        Raises:
            ConfigError: `make` did.
        """
        if key not in self.shared:
            try:
                self.shared[key] = make()
            except ConfigError as error:
                self.shared[key] = error
        made = self.shared[key]
        if isinstance(made, ConfigError):
            raise made
        return cast("_T", made)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A setting of yes or no."""
        given = self.settings.one(name)
        if given is None:
            return default
        if given.text.lower() in _TRUE | _FALSE:
            return given.text.lower() in _TRUE
        self.error(given.where, f"{name} can't be {given.text!r}", "write 1 or 0")
        return default

    def number(self, name: str, low: int, high: int) -> int | None:
        """A setting that is a whole number from `low` to `high`; None when it is not set or not one."""
        given = self.settings.one(name)
        if given is None:
            return None
        digits = given.text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 10 and low <= int(given.text) <= high:
            return int(given.text)
        self.error(given.where, f"{name} can't be {given.text!r}", f"write a number from {low} to {high}")
        return None

    def word(self, name: str, words: type[_E], default: _E) -> _E:
        """A setting that is one of the words of an enumeration."""
        given = self.settings.one(name)
        if given is None:
            return default
        try:
            return words(given.text.lower())
        except ValueError:
            known = ", ".join(str(each.value) for each in words)
            self.error(given.where, f"{name} can't be {given.text!r}", f"write one of {known}")
            return default


def resolve_path(text: str, base_directory: Path) -> Path:
    """File name `text` as SER reads it: `/` absolute, `.` from the working directory, else beside the script."""
    path = Path(text)
    return path if path.is_absolute() else (Path.cwd() if text.startswith(".") else base_directory) / path
