"""Module uri: questions about URIs."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["UriModule"]


class UriModule(Module):
    """See the module's help."""

    name = "uri"
    help = "Questions about URIs."
