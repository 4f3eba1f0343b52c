"""The `avpops` module's class: operations on AVPs; its database functions come later."""

from __future__ import annotations

from typing import ClassVar, Final

from sertwist.modules.avpops.changing import AvpOperations
from sertwist.script.declare import Parameter

__all__ = ["AvpopsModule"]

_LATER: Final = "databases are not available yet in this version"
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
