"""Module siputils: what a SIP message and its URIs are (reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.declare import Module
from sertwist.modules.sip_functions.about import AboutMessage, DialogTest
from sertwist.modules.sip_functions.authorized import AuthorizedUser
from sertwist.modules.sip_functions.contact_coding import ContactCoding
from sertwist.modules.sip_functions.contact_parameter import ContactParameter
from sertwist.modules.sip_functions.numbers import Numbers, TelUris
from sertwist.modules.sip_functions.options_reply import OptionsReply
from sertwist.modules.sip_functions.remote_party import RemoteParty
from sertwist.modules.sip_functions.uris import UriComparison, UriParameters, UriParts
from sertwist.script.declare import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SiputilsModule"]


class SiputilsModule(
    AboutMessage,
    DialogTest,
    AuthorizedUser,
    UriParameters,
    UriComparison,
    UriParts,
    Numbers,
    TelUris,
    ContactCoding,
    ContactParameter,
    RemoteParty,
    OptionsReply,
    Module,
):
    """Tests and changes of messages and URIs."""

    name = "siputils"
    help = "Functions on SIP messages and URIs."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="options_accept", default="*/*", help="Accept of options_reply(); empty for none."),
        Parameter(name="options_accept_encoding", default="", help="Its Accept-Encoding; empty for none."),
        Parameter(name="options_accept_language", default="en", help="Its Accept-Language; empty for none."),
        Parameter(
            name="options_support", default="", aliases=("options_supported",), help="Its Supported; empty for none."
        ),
        Parameter(name="contact_flds_separator", default="*", help="What divides a URI put away by encode_contact()."),
        Parameter(name="rpid_avp", default="$avp(s:rpid)", help="What append_rpid_hf() writes."),
        Parameter(name="rpid_prefix", default="<", help="What stands before it."),
        Parameter(
            name="rpid_suffix",
            default=">;party=calling;id-type=subscriber;screen=yes",
            help="What stands behind it.",
        ),
        Parameter(name="ring_timeout", ignored="ring_insert_callid() is gone"),
    )
    option_headers: ClassVar[Mapping[str, str]] = {
        "options_accept": "accept",
        "options_accept_encoding": "accept-encoding",
        "options_accept_language": "accept-language",
        "options_support": "supported",
    }
