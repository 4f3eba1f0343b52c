"""A group whose help shows options and commands under headings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SectionedGroup"]


class SectionedGroup(click.Group):
    """A group with `sections` of options and of commands; what is in none comes last."""

    def __init__(
        self,
        *,
        option_sections: Mapping[str, Sequence[click.Option]],
        command_sections: Mapping[str, Sequence[str]],
        **more: Any,
    ) -> None:
        options = [option for section in option_sections.values() for option in section]
        super().__init__(params=options, **more)
        self.option_sections = option_sections
        self.command_sections = command_sections

    def other_options(self, ctx: click.Context) -> list[click.Parameter]:
        """Those that are in no section."""
        shown = {id(option) for section in self.option_sections.values() for option in section}
        return [parameter for parameter in self.get_params(ctx) if id(parameter) not in shown]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options under their headings, then the commands."""
        for title, options in {**self.option_sections, "Other options": self.other_options(ctx)}.items():
            records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
            with formatter.section(title):
                formatter.write_dl(records)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands under their headings."""
        listed = [name for names in self.command_sections.values() for name in names]
        others = [name for name in self.list_commands(ctx) if name not in listed]
        sections = {**self.command_sections, **({"Other commands": others} if others else {})}
        for title, names in sections.items():
            records = [(name, self.commands[name].get_short_help_str(formatter.width)) for name in names]
            with formatter.section(title):
                formatter.write_dl(records)
