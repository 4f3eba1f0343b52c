"""The `permissions` module's class."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["PermissionsModule"]


class PermissionsModule(Module):
    """See the module's help."""

    name = "permissions"
    help = "Who may do what, by files of rules and addresses."
