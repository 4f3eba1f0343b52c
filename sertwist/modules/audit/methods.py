"""`audit.*`: the last records, whether the chain holds, and where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.limits import MAX_AUDIT_TAIL
from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from sertwist.modules.host import Host

    _T = TypeVar("_T")

__all__ = ["AuditMethods"]

_DEFAULT_TAIL = 20
_NONE = "No audit log: the script sets no audit_file"


class AuditMethods(Module):
    """What an operator asks about the audit log."""

    _host: Host

    @method(
        "audit.tail",
        Param(name="n", type=Type.INT, optional=True, minimum=1, maximum=MAX_AUDIT_TAIL, help="how many"),
        result=Type.ARRAY,
    )
    async def audit_tail(self, _request: object, n: int = _DEFAULT_TAIL) -> list[dict[str, Any]]:
        """The last records of the audit log, the oldest first: 20, or `n`."""
        audit = self._host.audit
        return await self._read(lambda: audit.last_records(n))

    @method("audit.verify", result=Type.STRUCT)
    async def audit_verify(self, _request: object) -> dict[str, Any]:
        """Whether the audit log holds: what does not, with file and line, and what is to be known.

        This server says so of itself: `sertwist audit verify` on a copy elsewhere, with a hash that `audit.head` gave
        before, is the stronger proof.
        """
        audit = self._host.audit
        report = await self._read(audit.verify)
        return {
            "holds": report.holds,
            "records": report.records,
            "first": report.first,
            "last": report.last.seq,
            "hash": report.last.digest,
            "failed": report.failed,
            "failures": [str(each) for each in report.failures],
            "notes": [str(each) for each in report.notes],
        }

    @method("audit.head", result=Type.STRUCT)
    def audit_head(self, _request: object) -> dict[str, Any]:
        """Number and SHA-256 of the newest record, and whether records can be written.

        Kept on another machine, it shows later that nothing before it was changed: `sertwist audit verify --expect
        NUMBER:HASH`.
        """
        audit = self._host.audit
        if not audit.settings.level:
            raise Fault(404, _NONE)
        spool = audit.spool
        return {
            "last": audit.end.seq,
            "hash": audit.end.digest,
            "written": spool.written,
            "lost": spool.lost,
            "failure": spool.failure,
        }

    async def _read(self, call: Callable[[], _T]) -> _T:
        """What `call` reads, in a thread, of all that has happened."""
        audit = self._host.audit
        if not audit.settings.level:
            raise Fault(404, _NONE)
        audit.flush()
        try:
            return await self._host.in_thread(call)
        except OSError as error:
            raise Fault(503, f"Audit log can not be read: {error.strerror or error}") from None
