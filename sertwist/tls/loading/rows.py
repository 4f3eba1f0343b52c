"""`DomainRows`: the domains that a configuration names, each with its values, before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sertwist.errors import ConfigError
from sertwist.tls.domain import Side
from sertwist.tls.loading.address import DomainAddress, parse_domain_value
from sertwist.tls.loading.parameters import DOMAIN_PARAMETERS, PARAMETER_BY_NAME, DomainParameter
from sertwist.tls.loading.problem import Problem
from sertwist.tls.loading.values import DomainSettings, GivenValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sertwist.tls.loading.tls_cfg import CfgSection

_CONFIG = "the file that config names"

__all__ = ["DomainRow", "DomainRows", "Setting"]


class Setting(Protocol):
    """One value of a parameter and the place in the script where it stands."""

    @property
    def value(self) -> str | int:
        """As given."""

    @property
    def where(self) -> object:
        """Handed through to `Problem.where`."""


@dataclass(slots=True)
class DomainRow:
    """One domain as it is written: `address` None is the default of `side`; `where` it is first named, if anywhere."""

    side: Side
    address: DomainAddress | None
    where: object = None
    settings: DomainSettings = field(default_factory=DomainSettings)


@dataclass(slots=True)
class DomainRows:
    """Every row, the default of each side first; and what is wrong with how they are written."""

    problems: list[Problem] = field(default_factory=list)
    server: DomainRow = field(default_factory=lambda: DomainRow(Side.SERVER, None))
    client: DomainRow = field(default_factory=lambda: DomainRow(Side.CLIENT, None))
    others: list[DomainRow] = field(default_factory=list)

    def default(self, side: Side) -> DomainRow:
        """The default row of `side`."""
        return self.server if side is Side.SERVER else self.client

    def take_modparams(self, values: Mapping[str, Sequence[Setting]]) -> None:
        """Take the values that the script gives by `modparam`, by the parameters' first names."""
        by_address: dict[tuple[Side, DomainAddress | None], DomainRow] = {
            (side, None): self.default(side) for side in Side
        }
        for parameter in DOMAIN_PARAMETERS:
            for setting in values.get(parameter.name, ()):
                self._take_modparam(by_address, parameter, setting)
        self.others += [row for key, row in by_address.items() if key[1] is not None]

    def take_sections(self, sections: Iterable[CfgSection]) -> None:
        """Take the domains of tls.cfg; those that modparams name go, what they set for a default domain stays.

        A value of `[server:default]` counts more than one that a modparam gives the default domain.
        """
        for row in self.others:
            self._drop(row.settings, f"domains stand in {_CONFIG}, so")
        self.others.clear()
        defaults: set[Side] = set()
        for section in sections:
            row = DomainRow(section.side, section.address, section.where)
            for setting in section.settings:
                self.set(row, setting.name, setting.value, setting.where)
            if section.address is not None:
                self.others.append(row)
            elif section.side in defaults:
                text = f"[{section.side.value}:default] is there twice"
                self.problems.append(Problem(section.where, "error", text, "keep one"))
            else:
                defaults.add(section.side)
                self._amend_default(row)

    def _amend_default(self, row: DomainRow) -> None:
        default = self.default(row.side)
        default.settings, dropped = row.settings.amend(default.settings)
        default.where = row.where
        for name, value in dropped:
            text = f"{name} is not used: {row.where} sets it, or what it belongs to"
            self.problems.append(Problem(value.where, "warning", text, "keep one"))

    def _drop(self, settings: DomainSettings, why: str) -> None:
        for name, values in settings.values.items():
            for value in values:
                text = f"{why} {name} of one domain is not used here"
                self.problems.append(Problem(value.where, "warning", text, f"write it in a section of {_CONFIG}"))

    def set(self, row: DomainRow, name: str, text: str, where: object) -> None:
        """Set parameter `name`, any of its names, of `row`; an empty text resets it."""
        parameter = PARAMETER_BY_NAME[name]
        if parameter.side not in (None, row.side):
            text_of = f"{parameter.name} is for {_other(row.side)} domains: it has no effect here"
            self.problems.append(Problem(where, "warning", text_of, "leave it out"))
            return
        row.where = where if row.where is None else row.where
        given = row.settings.values.setdefault(parameter.name, [])
        if not text and parameter.needs_value:
            self.problems.append(Problem(where, "error", f"{parameter.name} is empty", "leave it out for the default"))
        elif not text and row.address is not None and not parameter.is_identity:
            text_of = f"{parameter.name} is empty: not set here, nor taken from the default domain"
            self.problems.append(Problem(where, "hint", text_of))
        elif not text:
            text_of = f"{parameter.name} is empty: taken as not set"
            self.problems.append(Problem(where, "warning", text_of, "leave it out"))
        elif given and not parameter.repeatable:
            self._note_repeat(parameter, where, same=given[0].text == text)
        else:
            given.append(GivenValue(text, where))

    def _take_modparam(
        self,
        by_address: dict[tuple[Side, DomainAddress | None], DomainRow],
        parameter: DomainParameter,
        setting: Setting,
    ) -> None:
        try:
            parsed = parse_domain_value(str(setting.value))
        except ConfigError as error:
            text = "the value begins with an address that is none" if parameter.secret else str(error)
            self.problems.append(Problem(setting.where, "error", f"{parameter.name}: {text}"))
            return
        row = by_address.setdefault(
            (parsed.side, parsed.address), DomainRow(parsed.side, parsed.address, setting.where)
        )
        self.set(row, parameter.name, parsed.text, setting.where)

    def _note_repeat(self, parameter: DomainParameter, where: object, *, same: bool) -> None:
        text = f"{parameter.name} is given twice for one domain" + ("" if same else ", with different values")
        self.problems.append(Problem(where, "warning" if same else "error", text, "keep one"))


def _other(side: Side) -> str:
    return Side.CLIENT.value if side is Side.SERVER else Side.SERVER.value
