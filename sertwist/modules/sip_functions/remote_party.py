"""Remote-Party-ID, the header before P-Asserted-Identity (reference language 9.9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sertwist.errors import ConfigError
from sertwist.modules.declare import function
from sertwist.modules.sip_functions.numbers import is_e164
from sertwist.modules.sip_functions.uris import read_uri
from sertwist.script.attributes import AttributeName, avp_name, read_avp
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["RemoteParty"]

_avp = re.compile(r"\$avp\((.*)\)").fullmatch
_ROUTES = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH


class RemoteParty:
    """The header, made of the AVP that the parameter `rpid_avp` names."""

    settings: dict[str, Any]
    _rpid: AttributeName

    def start(self, _host: Host) -> None:
        """See `Module.start`."""
        written = str(self.settings["rpid_avp"]).strip()
        match = _avp(written)
        try:
            self._rpid = avp_name(written if match is None else match[1])
        except ValueError as error:
            raise ConfigError(f"rpid_avp: {error}", code="bad-avp") from None

    @function(
        "append_rpid_hf",
        forms=((Argument(name="prefix", one_line=True), Argument(name="suffix", one_line=True)),),
        routes=_ROUTES,
    )
    def append_rpid_hf(self, ctx: RouteContext, prefix: str | None = None, suffix: str | None = None) -> int:
        """Add `Remote-Party-ID: ` with the value of the AVP between `prefix` and `suffix`; -1 when it has none.

        Without arguments these are the parameters `rpid_prefix` and `rpid_suffix`.
        """
        value = read_avp(ctx, self._rpid)
        if value is None or ctx.message is None:
            return -1
        before = self.settings["rpid_prefix"] if prefix is None else prefix
        behind = self.settings["rpid_suffix"] if suffix is None else suffix
        ctx.wish().edit().append_header("remote-party-id", as_bytes(f"{before}{value}{behind}"))
        return 1

    @function("is_rpid_user_e164", routes=_ROUTES)
    def is_rpid_user_e164(self, ctx: RouteContext) -> int:
        """Whether the AVP is an international number, or a URI with one as its user."""
        value = read_avp(ctx, self._rpid)
        uri = read_uri(str(value))
        user = as_text(uri.user or b"") if isinstance(uri, SipUri) else str(value)
        return 1 if is_e164(user) else -1
