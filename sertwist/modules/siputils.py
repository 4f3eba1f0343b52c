"""Module siputils: what a SIP message and its URIs are (reference language 9.9)."""

from __future__ import annotations

from sertwist.modules.declare import Module
from sertwist.modules.sip_functions.about import AboutMessage, DialogTest
from sertwist.modules.sip_functions.numbers import Numbers, TelUris
from sertwist.modules.sip_functions.uris import UriComparison, UriParameters, UriParts

__all__ = ["SiputilsModule"]


class SiputilsModule(AboutMessage, DialogTest, UriParameters, UriComparison, UriParts, Numbers, TelUris, Module):
    """Tests and changes of messages and URIs."""

    name = "siputils"
    help = "Functions on SIP messages and URIs."
