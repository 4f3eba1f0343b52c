"""`permissions`: who may do what, by files of rules and addresses (reference language 9.11)."""

from sertwist.modules.permissions.module import PermissionsModule

__all__ = ["PermissionsModule"]
