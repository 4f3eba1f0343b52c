"""The `pv` module's class: its parts, each a mixin in its own file."""

from __future__ import annotations

from sertwist.modules.pv.asking import Asking
from sertwist.modules.pv.shared import SharedVariables
from sertwist.modules.pv.static_branch import StaticBranch
from sertwist.modules.pv.xavp import Extended

__all__ = ["PvModule"]


class PvModule(Asking, Extended, SharedVariables, StaticBranch):
    """Each part adds to `functions`, `variables` and `methods` of the parts behind it."""

    name = "pv"
    help = "Pseudo-variables, shared variables, extended attributes, and functions that ask about variables."
    parameters = SharedVariables.parameters
