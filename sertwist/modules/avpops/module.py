"""The `avpops` module's class: operations on AVPs; its database functions come later."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.avpops.changing import AvpOperations
from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["AvpopsModule"]

_LATER: Final = "databases are not available yet in this version"
_ARGUMENTS: Final = tuple(Argument(name=f"argument{n}", optional=n > 1, expands=False) for n in range(1, 5))
_SETTINGS: Final = (
    "db_url",
    "avpops_url",
    "avp_url",
    "avp_table",
    "use_domain",
    "uuid_column",
    "attribute_column",
    "value_column",
    "type_column",
    "username_column",
    "domain_column",
    "db_scheme",
)


class AvpopsModule(AvpOperations):
    """AVPs of OpenSER and Kamailio."""

    name = "avpops"
    help = "Operations on AVPs: compare, copy, compute, substitute, write elsewhere."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        *(Parameter(name=name, ignored=_LATER) for name in _SETTINGS),
        Parameter(name="avp_aliases", ignored="an alias and the AVP that it names are two; use one name throughout"),
    )

    @function(
        "avp_db_load",
        *_ARGUMENTS,
        aliases=("avp_db_store", "avp_db_delete", "avp_db_query"),
        refused=_LATER,
        routes=RouteKind.ANY,
    )
    def use_database(self, _ctx: RouteContext, *_arguments: str) -> int:
        """Load, store, delete and query AVPs in a database."""
        return -1
