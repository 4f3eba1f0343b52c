"""`Watches`: what a WebSocket's peer wants to be told of when it changes (reference rpc 11.2).

A watch is a call that is made again and again for its caller. Each time it is judged anew, as if it had come now, so
a right that was taken away ends it; what it gives is sent when it is not what was sent last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_WATCHES
from sertwist.rpc.fault import Fault
from sertwist.rpc.jsonrpc_writer import write_value
from sertwist.rpc.websocket import text_frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sertwist.modules.host import Host, HttpPeer
    from sertwist.rpc.call import Call

__all__ = ["Watches"]

_BEGIN: Final = b'{"jsonrpc":"2.0",'  # of an answer; then come its result or error
_END: Final = b',"id":0}'


@dataclass(slots=True)
class _Watch:
    """One call that is watched.

    Attributes:
        number: its name for the peer.
        call: that is made.
        every: seconds between two.
        sent: what was sent last: `result` or `error` with its value, as JSON; None before the first.
        missed: changes that the peer was not told of, because it had not read what was sent before.
    """

    number: int
    call: Call
    every: float
    sent: bytes | None = None
    missed: int = 0


class Watches:
    """Those of one connection."""

    def __init__(self, host: Host, peer: HttpPeer, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        """`ask` answers a JSON-RPC document of the peer, judged, recorded and run as any other."""
        self._host = host
        self._peer = peer
        self._ask = ask
        self._open: dict[int, _Watch] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._open)

    def add(self, call: Call, every: float) -> int:
        """See `sertwist.rpc.dispatch.Watching`."""
        if len(self._open) >= MAX_WATCHES:
            raise Fault(429, f"Too Many Watches: {MAX_WATCHES} at most on one connection")
        watch = self._open[self._next] = _Watch(self._next, call, every)
        self._next += 1
        self._host.begin(self._follow(watch))
        return watch.number

    def remove(self, number: int) -> bool:
        """See `sertwist.rpc.dispatch.Watching`."""
        return self._open.pop(number, None) is not None

    async def _follow(self, watch: _Watch) -> None:
        document = (
            f'{{"jsonrpc":"2.0","method":{json.dumps(watch.call.method)},"params":{write_value(watch.call.params)},"id":0}}'
        ).encode()
        try:
            await self._host.sleep(0)  # the answer that tells its number goes first
            while watch.number in self._open and self._peer.is_usable:
                answer = await self._ask(document)
                if not answer.startswith(_BEGIN) or not answer.endswith(_END):
                    return
                outcome = answer[len(_BEGIN) : -len(_END)]
                self._tell(watch, outcome)
                if outcome.startswith(b'"error"'):
                    return
                await self._host.sleep(watch.every)
        finally:
            self._open.pop(watch.number, None)

    def _tell(self, watch: _Watch, outcome: bytes) -> None:
        if outcome == watch.sent:
            return
        missed = f',"missed":{watch.missed}' if watch.missed else ""
        about = f'"watch":{watch.number},"method":{json.dumps(watch.call.method)}{missed},'
        note = b'{"jsonrpc":"2.0","method":"rpc.changed","params":{%b%b}}' % (about.encode(), outcome)
        if self._peer.push(text_frame(note)):
            watch.sent, watch.missed = outcome, 0
        else:
            watch.missed += 1
