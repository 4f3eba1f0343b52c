"""The `script.*` RPC methods: what script is in force, and how it is followed by another (reference rpc 10)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Effect, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.host import Host, ScriptOutcome

__all__ = ["ScriptMethods"]

_MOST_FINDINGS = 50  # in one answer


class ScriptMethods(Module):
    """What an operator asks of the routing script."""

    host: Host

    @method("script.reload", result=Type.STRUCT, effect=Effect.WRITE)
    async def reload_script(self, _request: object) -> dict[str, object]:
        """Read the script again and put it in force, or change nothing and tell every reason (fault 500).

        It is checked and compiled beside the running one and swapped at once; requests in progress finish on the old
        one. Sockets, modules and their settings can't change this way: the answer says so. Callers who ask while a
        reload runs share its outcome.
        """
        return _answer(await self.host.scripts.reload())

    @method("script.check", result=Type.STRUCT)
    async def check_script(self, _request: object) -> dict[str, object]:
        """Read and check the script as `script.reload` would, and change nothing."""
        outcome = await self.host.scripts.reload(take=False)
        return {"usable": outcome.usable, "findings": list(outcome.findings[:_MOST_FINDINGS])}

    @method("script.info", result=Type.STRUCT)
    def script_info(self, _request: object) -> dict[str, object]:
        """The script in force: file, SHA-256, generation, since when, number of route blocks."""
        state = self.host.scripts.state()
        return {
            "file": state.path,
            "sha256": state.digest,
            "generation": state.generation,
            "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(state.since)),
            "routes": len(state.routes),
        }

    @method("script.list_routes", result=Type.ARRAY)
    def list_routes(self, _request: object) -> list[str]:
        """The route blocks of the script in force, as they are written, in order."""
        return list(self.host.scripts.state().routes)

    def hang_up(self) -> None:
        """SIGHUP: reload, and log the outcome."""
        self.host.begin(self._reload_and_log())

    async def _reload_and_log(self) -> None:
        outcome = await self.host.scripts.reload()
        for each in outcome.findings[:_MOST_FINDINGS]:
            self.host.log("warn" if outcome.taken else "error", "script: {finding}", finding=each)
        word = "reloaded" if outcome.taken else "not reloaded, everything stays"
        self.host.log("info", "script: {word}; generation {number}", word=word, number=outcome.generation)


def _answer(outcome: ScriptOutcome) -> dict[str, object]:
    """The value for `outcome`.

    Raises:
        Fault: nothing was changed; its text has every reason (500).
    """
    if not outcome.taken:
        reasons = "\n".join(outcome.findings[:_MOST_FINDINGS])
        raise Fault(500, f"script not reloaded, generation {outcome.generation} stays:\n{reasons}")
    return {"generation": outcome.generation, "findings": list(outcome.findings[:_MOST_FINDINGS])}
