"""The core module: settings and operand words from their tables, core functions, and the methods of `methods`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.core.attribute_flags import CoreAttributeFlags
from sertwist.modules.core.branches import CoreBranches
from sertwist.modules.core.counter_methods import CounterMethods
from sertwist.modules.core.flags import CoreFlags
from sertwist.modules.core.forward import CoreForward
from sertwist.modules.core.grouped import Grouped
from sertwist.modules.core.happenings import TKV, happening_variables
from sertwist.modules.core.log_methods import LogMethods
from sertwist.modules.core.logging import CoreLogging
from sertwist.modules.core.memory_methods import MemoryMethods
from sertwist.modules.core.methods import CoreMethods
from sertwist.modules.core.name_methods import NameMethods
from sertwist.modules.core.next_hop import CoreNextHop
from sertwist.modules.core.operands import OPERANDS
from sertwist.modules.core.process_methods import ProcessMethods
from sertwist.modules.core.request_uri import CoreRequestUri
from sertwist.modules.core.script_methods import ScriptMethods
from sertwist.modules.core.selects import SELECTS
from sertwist.modules.core.settings import SETTINGS
from sertwist.modules.core.socket_methods import SocketMethods
from sertwist.modules.core.variables import message_pseudo_variables
from sertwist.modules.core.ways import CoreWays
from sertwist.modules.declare import Module
from sertwist.script.declare import Event

if TYPE_CHECKING:
    from sertwist.script.declare import Operand, Select, Variable

__all__ = ["PARSE_ERROR", "RECEIVED", "CoreModule"]

PARSE_ERROR: Final = "core:receive-parse-error"
RECEIVED: Final = "core:msg-received"


class CoreModule(
    CoreAttributeFlags,
    CoreFlags,
    CoreRequestUri,
    CoreBranches,
    CoreNextHop,
    CoreForward,
    CoreWays,
    CoreLogging,
    Grouped,
    CoreMethods,
    ProcessMethods,
    SocketMethods,
    CounterMethods,
    MemoryMethods,
    NameMethods,
    LogMethods,
    ScriptMethods,
    Module,
):
    """The core."""

    name = "core"
    help = "Global settings, operand words, core functions and the core.* methods."
    parameters = SETTINGS
    events: ClassVar[tuple[Event, ...]] = (
        Event(name="core:worker-one-init", at_start=True, help="The server has started."),
        Event(name=PARSE_ERROR, help="Something came that is no SIP message; `$si` and `$sp` say from where."),
        Event(name=RECEIVED, help="A SIP message came and was not read yet, `$mb`; after `drop` nothing else sees it."),
        Event(name=TKV, help="Something failed: `$atkv(type)`, `$atkv(key)` and `$atkv(val)` say what."),
    )

    def operands(self) -> list[Operand]:
        """See `Module.operands`."""
        return list(OPERANDS)

    def selects(self) -> list[Select]:
        """See `Module.selects`."""
        return [*super().selects(), *SELECTS]

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        return [*super().variables(), *message_pseudo_variables(lambda: self.host), *happening_variables()]
