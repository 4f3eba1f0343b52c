"""Module options: OPTIONS answered by the server itself (reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.declare import Module
from sertwist.modules.sip_functions.options_reply import OptionsReply
from sertwist.script.declare import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OptionsModule"]


class OptionsModule(OptionsReply, Module):
    """Answers OPTIONS."""

    name = "options"
    help = "Answers to OPTIONS."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="accept", default="*/*", help="Its Accept header; empty for none."),
        Parameter(name="accept_encoding", default="", help="Its Accept-Encoding header; empty for none."),
        Parameter(name="accept_language", default="en", help="Its Accept-Language header; empty for none."),
        Parameter(name="supported", default="", aliases=("support",), help="Its Supported header; empty for none."),
        Parameter(name="contact", default="", help="Its Contact header; empty for none."),
    )
    option_headers: ClassVar[Mapping[str, str]] = {
        "accept": "accept",
        "accept_encoding": "accept-encoding",
        "accept_language": "accept-language",
        "supported": "supported",
        "contact": "contact",
    }
