"""`AsyncClient`: the same client for asyncio. Each call runs in a thread, so that both fail in the same ways."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar

from sertwist.client.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from sertwist.client.described import Described
    from sertwist.client.failure import FaultError
    from sertwist.client.options import Options
    from sertwist.rpc.call import Value

__all__ = ["AsyncClient"]

Result = TypeVar("Result")


class AsyncClient:
    """The methods of one server for many tasks: as many calls at once as there are connections, the others wait."""

    def __init__(self, url: str, options: Options | None = None, *, connections: int = 1) -> None:
        """Read the files that `options` name; nothing is connected yet.

        Args:
            url: `https://HOST[:PORT][/PATH]` or `unix:/PATH`.
            options: how to reach it.
            connections: how many calls may be under way.

        Raises:
            UsageError: a URL, pin or file cannot be used.
            ValueError: no connection.
        """
        if connections < 1:
            raise ValueError("an AsyncClient needs a connection")
        self._clients = [Client(url, options) for _ in range(connections)]
        self._idle: asyncio.LifoQueue[Client] = asyncio.LifoQueue()
        for client in self._clients:
            self._idle.put_nowait(client)
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="sertwist-client")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for the calls that are under way, then close the connections."""
        clients = [await self._idle.get() for _ in self._clients]
        for client in clients:
            client.close()
        self._threads.shutdown()

    async def call(self, method: str, /, *params: Value, idempotency_key: str = "", **named: Value) -> Value:
        """The result of `method`; see `Client.call`. Cancelling breaks the connection: the call may have run."""
        return await self._run(
            lambda client: functools.partial(client.call, method, *params, idempotency_key=idempotency_key, **named)
        )

    async def multicall(self, calls: Iterable[tuple[str, Sequence[Value]]]) -> list[Value | FaultError]:
        """What each of `calls` returned or failed with; see `Client.multicall`."""
        members = list(calls)
        return await self._run(lambda client: functools.partial(client.multicall, members))

    async def methods(self) -> list[str]:
        """The names of the methods that the server lets us see."""
        return await self._run(lambda client: client.methods)

    async def describe(self, method: str) -> Described:
        """What the server declares of `method`."""
        return await self._run(lambda client: functools.partial(client.describe, method))

    async def _run(self, make: Callable[[Client], Callable[[], Result]]) -> Result:
        client = await self._idle.get()
        try:
            future = asyncio.get_running_loop().run_in_executor(self._threads, make(client))
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                client.abort()
                await asyncio.wait([future])
                client.resume()
                raise
        finally:
            self._idle.put_nowait(client)
