"""The pseudo-variables of a message (reference language 8.3), as tables; they are there whatever is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.core.variables.around import around_variables
from sertwist.modules.core.variables.destination import destination_variables
from sertwist.modules.core.variables.message import message_variables
from sertwist.modules.core.variables.parties import party_variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.declare import Variable

__all__ = ["message_pseudo_variables"]


def message_pseudo_variables(host: Callable[[], Host]) -> list[Variable]:
    """All of them; `host` gives the running server once there is one."""
    return [*destination_variables(host), *party_variables(), *message_variables(), *around_variables()]
