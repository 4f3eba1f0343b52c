"""Module uri: what SER 2 kept of siputils under this name (reference language 9.9)."""

from __future__ import annotations

from sertwist.modules.declare import Module
from sertwist.modules.sip_functions.about import DialogTest
from sertwist.modules.sip_functions.authorized import AuthorizedUser
from sertwist.modules.sip_functions.numbers import TelUris
from sertwist.modules.sip_functions.uris import UriParameters

__all__ = ["UriModule"]


class UriModule(DialogTest, AuthorizedUser, UriParameters, TelUris, Module):
    """Tests and changes of URIs."""

    name = "uri"
    help = "Functions on SIP URIs."
