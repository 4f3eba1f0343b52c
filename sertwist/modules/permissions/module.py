"""The `permissions` module's class, made of its parts."""

from __future__ import annotations

from typing import ClassVar

from sertwist.modules.permissions.by_address import ByAddress
from sertwist.modules.permissions.methods import AddressMethods
from sertwist.modules.permissions.routing import Routing
from sertwist.script.declare import Parameter

__all__ = ["PermissionsModule"]

_DATABASE = "databases are not available yet in this version; use address_file and trusted_file"
_ABOUT_DATABASES = (
    "db_url",
    "db_mode",
    "address_table",
    "trusted_table",
    "grp_col",
    "ip_addr_col",
    "mask_col",
    "port_col",
    "tag_col",
    "source_col",
    "proto_col",
    "from_col",
    "ruri_col",
    "priority_col",
    "max_subnets",
    "reload_delta",
    "trusted_cleanup_interval",
    "load_backends",
)


class PermissionsModule(AddressMethods, Routing):
    """Who may do what."""

    name = "permissions"
    help = "Who may do what, by files of rules and addresses."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        *ByAddress.parameters,
        *Routing.parameters,
        *(Parameter(name=name, ignored=_DATABASE) for name in _ABOUT_DATABASES),
    )
