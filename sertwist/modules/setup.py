"""`Setup`: what a module sees of the script that loads it, before anything starts (`Module.set_up`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sertwist.script.source import Span

if TYPE_CHECKING:
    from sertwist.modules.groups import Groups
    from sertwist.modules.settings import SettingValue
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Script

__all__ = ["Setup"]


@dataclass(frozen=True, slots=True)
class Setup:
    """One script that is being loaded.

    Attributes:
        script: its tree.
        diagnostics: what is wrong with it.
        groups: all settings, of modules and of the script's own groups.
    """

    script: Script
    diagnostics: Diagnostics
    groups: Groups

    @property
    def folder(self) -> Path:
        """The script's: files that it names are found from there."""
        return Path(self.script.source.name).resolve().parent

    def error(self, code: str, value: SettingValue | str, message: str, fix: str = "") -> None:
        """Say what is wrong with a setting: one value of several, or the parameter of that name."""
        self.diagnostics.error(code, self._span(value), message, fix, cause=(value, message))

    def warning(self, code: str, value: SettingValue | str, message: str, fix: str = "") -> None:
        """The same, where the script can run."""
        self.diagnostics.warning(code, self._span(value), message, fix, cause=(value, message))

    def _span(self, value: SettingValue | str) -> Span:
        """Where it was set, the last time; the beginning of the script when it is a default."""
        if not isinstance(value, str):
            return value.where if isinstance(value.where, Span) else Span(0, 0)
        places = [each.value_span for each in self.script.modparams if each.parameter == value]
        places += [each.value_span for each in self.script.globals if each.name == value]
        return places[-1] if places else Span(0, 0)
