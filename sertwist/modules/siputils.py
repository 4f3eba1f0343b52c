"""Module siputils: questions about SIP messages and URIs."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["SiputilsModule"]


class SiputilsModule(Module):
    """See the module's help."""

    name = "siputils"
    help = "Questions about SIP messages and URIs."
