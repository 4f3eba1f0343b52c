"""`mem.*`, and the `pkg.*` and `shm.*` of servers with allocators of their own (reference rpc 10.11)."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from sertwist.limits import OBJECTS_PER_TURN
from sertwist.modules.declare import Module, method
from sertwist.modules.process_memory import read_memory
from sertwist.rpc.declare import Cost, Effect, Param, Type

if TYPE_CHECKING:
    from sertwist.modules.host import Host

__all__ = ["MemoryMethods"]


class MemoryMethods(Module):
    """What an operator asks of memory."""

    host: Host

    @method("mem.stats", result=Type.STRUCT)
    def memory(self, _request: object) -> dict[str, int]:
        """The process's memory: rss, vms, max_rss and total in bytes; threads; objects waiting to be collected."""
        memory = read_memory()
        return {
            "rss": memory.resident,
            "vms": memory.virtual,
            "max_rss": memory.most,
            "total": memory.total,
            "threads": threading.active_count(),
            "gc_waiting": sum(gc.get_count()),
            "gc_collections": sum(each["collections"] for each in gc.get_stats()),
        }

    @method(
        "mem.top",
        Param(name="n", type=Type.INT, optional=True, minimum=1, maximum=200, help="rows; 20"),
        result=Type.ARRAY,
        cost=Cost.LISTS,
    )
    async def top(self, _request: object, n: int = 20) -> list[dict[str, Any]]:
        """The kinds of objects of which there are most: type, count. What was there at the start is not counted."""
        counts: Counter[type] = Counter()
        every = gc.get_objects()
        for start in range(0, len(every), OBJECTS_PER_TURN):
            counts.update(map(type, every[start : start + OBJECTS_PER_TURN]))
            await self.host.sleep(0)
        return [
            {"type": f"{kind.__module__}.{kind.__qualname__}", "count": count} for kind, count in counts.most_common(n)
        ]

    @method("mem.gc", result=Type.STRUCT, effect=Effect.WRITE, cost=Cost.LISTS)
    def collect(self, _request: object) -> dict[str, int]:
        """Look for objects that nobody has any more at once: collected, rss before and after."""
        before = read_memory().resident
        collected = gc.collect()
        return {"collected": collected, "rss_before": before, "rss_after": read_memory().resident}

    @method("pkg.stats", result=Type.ARRAY)
    def pkg_stats(self, _request: object) -> list[dict[str, Any]]:
        """The memory of each process: there is one; entry, pid, rank, used, free, real_used, total_size, desc."""
        memory = read_memory()
        return [
            {
                "entry": 0,
                "pid": os.getpid(),
                "rank": 0,
                "used": memory.resident,
                "free": max(0, memory.total - memory.resident),
                "real_used": memory.resident,
                "total_size": memory.total,
                "total_frags": 0,
                "desc": "main process - reactor",
            }
        ]

    @method("shm.info", result=Type.STRUCT, aliases=("shm.stats", "pkg.info"))
    def shm_info(self, _request: object) -> dict[str, int]:
        """The process's memory by the names of allocators: total, used, real_used, max_used, free, fragments."""
        memory = read_memory()
        return {
            "total": memory.total,
            "used": memory.resident,
            "real_used": memory.resident,
            "max_used": memory.most,
            "free": max(0, memory.total - memory.resident),
            "fragments": 0,
        }

    @method("mod.stats", result=Type.STRUCT, aliases=("mod.mem_stats",))
    def mod_stats(self, _request: object) -> dict[str, dict[str, int]]:
        """By module: nothing is counted for each, so Total is 0; `mem.top` tells what takes memory."""
        return {name: {"Total": 0} for name in self.host.module_names}
