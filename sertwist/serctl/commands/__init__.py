"""The commands of serctl as data: names, arguments and help. What they do is in `actions`, imported when one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.serctl.commands.build import group
from sertwist.serctl.commands.calls import CALLS, CORE_KILL, UPTIME
from sertwist.serctl.commands.catalogue import GROUP_TEXTS, GROUPS, TOP
from sertwist.serctl.commands.operating import CFG_MORE, HT_MORE, OPERATING
from sertwist.serctl.commands.own import OWN
from sertwist.serctl.commands.thin import build

if TYPE_CHECKING:
    import click

__all__ = ["all_commands"]

#: Commands in groups that are more than one call.
MORE: Final = {"core": (UPTIME, CORE_KILL), "cfg": CFG_MORE, "ht": HT_MORE}


def all_commands() -> list[click.Command]:
    """Every command, those of groups inside theirs."""
    groups = [
        group(name, GROUP_TEXTS[name], [*(build(each) for each in thins), *MORE.get(name, ())])
        for name, thins in GROUPS.items()
    ]
    return [*(build(each) for each in TOP), *CALLS, *OPERATING, *groups, *OWN]
