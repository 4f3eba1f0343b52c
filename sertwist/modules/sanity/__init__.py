"""Module sanity: more checks of a message than every message passes anyway (reference language 9.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.declare import Module, function
from sertwist.modules.sanity.checks import (
    ALL_CHECKS,
    ALL_URI_CHECKS,
    CONTACT_URIS,
    MADE_FOR_ALL,
    URIS,
    Rules,
    first_refusal,
)
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind
from sertwist.sip.message import Response

if TYPE_CHECKING:
    from typing import Any

    from sertwist.script.context import RouteContext
    from sertwist.sip.message import Message
    from sertwist.sip.sanity import Refusal

__all__ = ["SanityModule"]


def _made_already(message: Message, rules: Rules) -> int:
    """Checks that every message passes before a script sees it (`sip.sanity`)."""
    if isinstance(message, Response) and rules.uri_checks & CONTACT_URIS:
        return MADE_FOR_ALL
    return MADE_FOR_ALL | URIS


class SanityModule(Module):
    """Refuses malformed messages."""

    name = "sanity"
    help = "Checks of messages."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="default_checks",
            kind=Kind.NUMBER,
            default=3047,
            minimum=0,
            maximum=ALL_CHECKS,
            help="Sum of the checks that sanity_check() makes without arguments.",
        ),
        Parameter(
            name="uri_checks",
            kind=Kind.NUMBER,
            default=7,
            minimum=0,
            maximum=ALL_URI_CHECKS,
            help="Sum of the URIs that check 1024 looks at: 1 Request-URI, 2 From, 4 To, 8 Contact.",
        ),
        Parameter(name="proxy_require", default="", help="Option tags of Proxy-Require that are taken, with commas."),
        Parameter(name="autodrop", kind=Kind.BOOLEAN, default=True, help="A message that is refused ends the script."),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        tags = self.settings["proxy_require"].encode("utf-8", "surrogateescape").lower().split(b",")
        self._extensions = frozenset(tag.strip() for tag in tags)
        self._rules = Rules(self.settings["uri_checks"], self._extensions)
        self._asked: dict[int, Rules] = {}

    @function(
        "sanity_check",
        Argument(name="checks", kind=Kind.NUMBER, minimum=0, maximum=ALL_CHECKS, optional=True),
        Argument(name="uri_checks", kind=Kind.NUMBER, minimum=0, maximum=ALL_URI_CHECKS, optional=True),
        routes=RouteKind.REQUEST | RouteKind.REPLY,
    )
    def sanity_check(self, ctx: RouteContext, checks: int | None = None, uri_checks: int | None = None) -> int:
        """Check the message; a request that is not sound is answered (400, 416, 420 or 505), a reply is dropped.

        The checks, to be added up: 1 version in the request line, 2 scheme of the Request-URI, 4 headers that must be
        there, 32 method in CSeq, 64 number in CSeq, 128 Content-Length, 256 Expires, 512 Proxy-Require, 1024 URIs, 2048
        credentials can be read, 4096 one tag only, 8192 credentials are complete, 16384 top Via, 32768 all that every
        message must pass here anyway, 65536 lengths. 8 and 16 have no meaning.

        Returns 1 when it is sound, also for what is no SIP; else -1, or with `autodrop` the script ends.
        """
        message = ctx.message
        if message is None:
            return 1
        rules = self._rules if uri_checks is None else self._rules_for(uri_checks)
        left = (self.settings["default_checks"] if checks is None else checks) & ~_made_already(message, rules)
        refusal = first_refusal(message, left, rules) if left else None
        if refusal is None:
            return 1
        self._refuse(ctx, refusal)
        return 0 if self.settings["autodrop"] else -1

    def _rules_for(self, uri_checks: int) -> Rules:
        """The rules with other URIs to look at; scripts ask for few, and those are kept."""
        rules = self._asked.get(uri_checks)
        if rules is None:
            rules = Rules(uri_checks, self._extensions)
            if uri_checks <= ALL_URI_CHECKS:
                self._asked[uri_checks] = rules
        return rules

    def _refuse(self, ctx: RouteContext, refusal: Refusal) -> None:
        ctx.environment.count("sanity.refused")
        if isinstance(ctx.message, Response):
            ctx.dropped = self.settings["autodrop"]
        elif ctx.method != "ACK":
            headers = ctx.wish().reply_headers
            headers += refusal.headers
            ctx.reply(refusal.status, refusal.reason)
