"""Who a request is known to be from (reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.script.declare import Argument
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.sip.credentials import Credentials

__all__ = ["AUTHORIZED", "AuthorizedUser"]

#: Note of a message: the `Credentials` in it that a module has verified.
AUTHORIZED: Final = "sip_functions.authorized"


class AuthorizedUser:
    """The user of verified credentials."""

    @function("is_user", Argument(name="user"))
    def is_user(self, ctx: RouteContext, user: str) -> int:
        """Whether the request has credentials of `user` that were verified.

        No module of this version verifies any: until one does, it is false. The user in a request proves nothing.
        """
        credentials: Credentials | None = None if ctx.notes is None else ctx.notes.get(AUTHORIZED)
        return 1 if credentials is not None and credentials.param(b"username") == as_bytes(user) else -1
