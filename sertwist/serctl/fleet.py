"""Do one thing on several servers: many at once, or one after the other until one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.client.failure import ExitCode, Failure, UnreachableError
from sertwist.serctl.output import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sertwist.serctl.server import Server

__all__ = ["exit_status", "run_on_all"]


def run_on_all(
    servers: Sequence[Server], work: Callable[[Server], Result], *, parallel: int, rolling: bool
) -> list[Result]:
    """What `work` gave on each of `servers`, in their order.

    Args:
        servers: at least one.
        work: is called in a thread of its own for each server.
        parallel: how many at once.
        rolling: one after the other, and no further after a failure.
    """
    if len(servers) == 1:
        return [_attempt(servers[0], work)]
    if rolling:
        return _rolling(servers, work)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only for several servers

    with ThreadPoolExecutor(min(parallel, len(servers))) as threads:
        futures = [threads.submit(_attempt, server, work) for server in servers]
        try:
            return [future.result() for future in futures]
        except BaseException:  # interrupted: the threads must not go on, nor be waited for
            threads.shutdown(wait=False, cancel_futures=True)
            for server in servers:
                server.client.abort()
            raise


def exit_status(results: Sequence[Result]) -> int:
    """What to exit with: the status that all share, the highest of those that succeeded, or that some failed."""
    statuses = [each.failure.exit_code if each.failure else each.status for each in results]
    if len(set(statuses)) == 1:
        return int(statuses[0])
    if not any(each.failure for each in results):
        return int(max(statuses))
    return int(ExitCode.SOME_FAILED)


def _rolling(servers: Sequence[Server], work: Callable[[Server], Result]) -> list[Result]:
    results: list[Result] = []
    for server in servers:
        if results and results[-1].failure is not None:
            message = "not called, since a server before it failed"
            results.append(Result(server=server.name, failure=UnreachableError(message, code="not-called")))
            continue
        results.append(_attempt(server, work))
    return results


def _attempt(server: Server, work: Callable[[Server], Result]) -> Result:
    try:
        return work(server)
    except Failure as failure:
        return Result(server=server.name, failure=failure)
