"""Module uri: what SER 2 kept of siputils under this name (reference language 9.9)."""

from __future__ import annotations

from typing import ClassVar, Final

from sertwist.modules.declare import Module
from sertwist.modules.sip_functions.about import DialogTest
from sertwist.modules.sip_functions.authorized import AuthorizedUser
from sertwist.modules.sip_functions.numbers import TelUris
from sertwist.modules.sip_functions.uris import UriParameters
from sertwist.script.declare import Parameter

__all__ = ["UriModule"]

_LATER: Final = "databases are not available yet in this version"
_SETTINGS: Final = (
    "db_url",
    "db_table",
    "user_column",
    "domain_column",
    "uriuser_column",
    "use_uri_table",
    "use_domain",
    "aaa_url",
    "service_type",
)


class UriModule(DialogTest, AuthorizedUser, UriParameters, TelUris, Module):
    """Tests and changes of URIs."""

    name = "uri"
    help = "Functions on SIP URIs."
    parameters: ClassVar[tuple[Parameter, ...]] = tuple(Parameter(name=each, ignored=_LATER) for each in _SETTINGS)
