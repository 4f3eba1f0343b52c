"""`DomainSettings`: the values that a script gives to one TLS domain, with what it inherits from its side's default."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

__all__ = ["DomainSettings", "GivenValue"]


@dataclass(frozen=True, slots=True)
class GivenValue:
    """One value: `where` it stands in the script, and whether the domain has it from the default domain."""

    text: str
    where: object
    inherited: bool = False


@dataclass(slots=True)
class DomainSettings:
    """Parameter to its values in order; only `crl` has more than one."""

    values: dict[str, list[GivenValue]] = field(default_factory=dict)

    def all(self, name: str) -> list[GivenValue]:
        """Every value of parameter `name`."""
        return self.values.get(name, [])

    def one(self, name: str) -> GivenValue | None:
        """The value of parameter `name`, if it is set."""
        return next(iter(self.all(name)), None)

    def inherit(self, default: DomainSettings) -> DomainSettings:
        """These settings, with those of `default` for every parameter that is not set here."""
        taken = {name: [replace(v, inherited=True) for v in values] for name, values in default.values.items()}
        return DomainSettings({**taken, **self.values})
