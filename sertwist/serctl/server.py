"""One server in one run of serctl: its client, and what was learnt of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sertwist.client.failure import NotFoundError
from sertwist.serctl.output import Result
from sertwist.serctl.paging import Paging, call_pages
from sertwist.serctl.planned import READ, Planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.client.client import Client
    from sertwist.rpc.call import Value

__all__ = ["Server"]


class Server:
    """One server.

    Attributes:
        name: its URL, as it was given.
        client: calls its methods.
    """

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self.client = client
        self._methods: frozenset[str] | None = None

    def ask(self, method: str, *params: Value) -> Value:
        """What the reading `method` returns."""
        return self.client.call(method, *params)

    def has(self, method: str) -> bool:
        """Does the server list `method`? It is asked once."""
        if self._methods is None:
            self._methods = frozenset(self.client.methods())
        return method in self._methods

    def execute(self, planned: Planned, paging: Paging, progress: Callable[[str], None]) -> Result:
        """Make the call, or the next way of it while the server does not have the method.

        Raises:
            Failure: what became of it.
        """
        ways = (planned, *planned.others)
        for way in ways[:-1]:
            try:
                return self._execute(way, paging, progress)
            except NotFoundError as failure:
                if failure.code != "no-method":
                    raise
        try:
            return self._execute(ways[-1], paging, progress)
        except NotFoundError as failure:
            if failure.code == "no-method":
                raise _no_method(failure, ways) from failure
            raise

    def _execute(self, planned: Planned, paging: Paging, progress: Callable[[str], None]) -> Result:
        key = "" if planned.effect == READ else os.urandom(16).hex()
        if paging.is_wanted and planned.effect == READ:
            return Result(server=self.name, value=call_pages(self.client, planned, paging, progress))
        value = self.client.call_with(planned.method, planned.params, planned.named, key=key)
        last = self.client.session.last
        return Result(server=self.name, value=value, body=last.body if last else b"", called=planned)


def _no_method(failure: NotFoundError, ways: tuple[Planned, ...]) -> NotFoundError:
    """The server's words with an advice: the methods of a module come and go with the script that loads it."""
    names = " nor ".join(way.method for way in ways)
    module = ways[0].method.partition(".")[0]
    hint = f"The server has no {names}: its script does not load a module for {module!r}, or you may not see it."
    return NotFoundError(str(failure), code=failure.code, number=failure.number, hint=failure.hint or hint)
