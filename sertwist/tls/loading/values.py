"""`DomainSettings`: the values that a script gives to one TLS domain, with what it inherits from its side's default."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sertwist.tls.loading.parameters import PARAMETER_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DomainSettings", "GivenValue"]


@dataclass(frozen=True, slots=True)
class GivenValue:
    """One value: `where` it stands, and whether the domain has it from the default domain."""

    text: str
    where: object
    inherited: bool = False


@dataclass(slots=True)
class DomainSettings:
    """Parameter to its values in order; only repeatable ones have more than one.

    A parameter without values was reset: it is not set, and not inherited either.
    """

    values: dict[str, list[GivenValue]] = field(default_factory=dict)

    def all(self, name: str) -> list[GivenValue]:
        """Every value of parameter `name`."""
        return self.values.get(name, [])

    def one(self, name: str) -> GivenValue | None:
        """The value of parameter `name`, if it is set."""
        return next(iter(self.all(name)), None)

    def settings(self) -> Iterator[tuple[str, list[GivenValue]]]:
        """Each parameter that is set, with its values."""
        return ((name, values) for name, values in self.values.items() if values)

    def first_of(self, *names: str) -> GivenValue | None:
        """The first value of the first of `names` that is set."""
        return next((given for name in names if (given := self.one(name))), None)

    def inherit(self, default: DomainSettings) -> DomainSettings:
        """These settings, with those of `default` for what is neither set here nor replaced by what is.

        A domain with its own certificate takes no key from the default, one with its own CA file no CA folder: what
        belongs together comes from one place.
        """
        taken = {
            name: [replace(value, inherited=True) for value in values]
            for name, values in default.values.items()
            if self._takes(name)
        }
        return DomainSettings(taken | self.values)

    def amend(self, earlier: DomainSettings) -> tuple[DomainSettings, list[tuple[str, GivenValue]]]:
        """These settings put over `earlier` ones of the same domain; and which of those are no longer used."""
        kept = {name: values for name, values in earlier.values.items() if self._takes(name)}
        dropped = [
            (name, value)
            for name, values in earlier.values.items()
            for value in values
            if name not in kept or name in self.values
        ]
        return DomainSettings(kept | self.values), dropped

    def _takes(self, name: str) -> bool:
        parameter = PARAMETER_BY_NAME[name]
        return not parameter.is_identity and not any(self.one(other) for other in parameter.replaced_by)
