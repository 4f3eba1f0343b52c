"""`AuditLog`: what the call's way through the server tells it, and the records that come of it (reference rpc 14.14).

Of a destructive call there are two records: the intent is on the disk before `begin` returns, the outcome follows.
Other calls have one, in the file within `AUDIT_FLUSH_SECONDS`.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Final

from sertwist.rpc.audit.level import Level
from sertwist.rpc.audit.record import Kind, time_text
from sertwist.rpc.audit.redacted import cut
from sertwist.rpc.audit.spool import Spool
from sertwist.rpc.audit.strangers import Strangers
from sertwist.rpc.audit.token import make_token
from sertwist.rpc.audit.verify import Report
from sertwist.rpc.declare import Effect
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sertwist.rpc.audit.level import AuditSettings
    from sertwist.rpc.audit.record import Link, Record
    from sertwist.rpc.audit.spool import Around
    from sertwist.rpc.audit.store import Store
    from sertwist.rpc.audit.token import Token
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.declare import Method

__all__ = ["AuditLog"]

NOT_WRITABLE: Final = "Audit log can not be written"


class AuditLog:
    """Records calls.

    Attributes:
        settings: in force.
        spool: where its lines go.
    """

    def __init__(
        self,
        settings: AuditSettings,
        store: Store,
        around: Around,
        resolve: Callable[[str], Method | None],
    ) -> None:
        """`resolve` finds a method's declaration by name: its effect, and what is secret in its parameters."""
        self.settings = settings
        self.spool = Spool(settings, store, around)
        self._store = store
        self._around = around
        self._resolve = resolve
        self._level = settings.level
        self._strangers = Strangers(around.clock())
        self._second = 0
        self._second_text = ""

    def records(self, effect: Effect) -> bool:
        """Whether calls that reach as far as `effect` have records when they run."""
        return self._level >= (Level.WRITE if effect else Level.ALL)

    # -- calls --------------------------------------------------------------------------------------------------------

    def begin(
        self,
        call: Call,
        caller: Caller,
        *,
        call_id: str,
        connection: int = 0,
        rule: str = "",
        size: int = 0,
    ) -> Token | None:
        """A call that may run is about to; when it is destructive, that is on the disk when this returns.

        Args:
            call: what will run, with canonical names.
            caller: who makes it.
            call_id: its name in the logs.
            connection: number of the connection; 0: none.
            rule: what let it pass: script line or policy rule.
            size: bytes of the request.

        Returns:
            For `outcome`; None when this call has no record.

        Raises:
            Fault: 503, it would change something and the log can't be written, with `refuse` set. The call is to be
                `refused` then.
        """
        if self._level < Level.WRITE:
            return None
        effect = self._effect(call)
        if not effect and self._level < Level.ALL:
            return None
        if effect and self.settings.refuse and not self.spool.is_usable():
            raise self._not_writable()
        token = make_token(
            call,
            caller,
            effect,
            self._resolve,
            began=self._around.clock(),
            call_id=call_id,
            connection=connection,
            rule=rule,
            size=size,
        )
        if effect is Effect.DESTRUCTIVE:
            self._write(Kind.INTENT, token)
            if not self.spool.flush(sync=True) and self.settings.refuse:
                raise self._not_writable()
        return token

    def outcome(self, token: Token | None, code: int, text: str = "", *, size: int = 0) -> None:
        """The call has run.

        Args:
            token: of `begin`; None does nothing.
            code: 0 for a result, the fault's code otherwise.
            text: the fault's text.
            size: bytes of the answer.
        """
        if token is None:
            return
        self._write(Kind.OUTCOME, token, text, code, size)
        if token.is_urgent:
            self.spool.flush()

    def refused(  # noqa: PLR0913 (as `begin`)
        self,
        call: Call | None,
        caller: Caller,
        code: int,
        text: str,
        *,
        call_id: str,
        connection: int = 0,
        rule: str = "",
        size: int = 0,
    ) -> None:
        """A call does not run.

        Args:
            call: None when nobody has read it, or it can't be read.
            caller: who made it; of those who are nobody only so many have records of their own.
            code: what the caller heard; 0 for nothing.
            text: likewise.
            call_id: its name in the logs.
            connection: as of `begin`.
            rule: what refused it.
            size: bytes of the request.
        """
        if self._level < Level.DENIED:
            return
        now = self._around.clock()
        if not caller.key and not self._strangers.has_room(now):
            self._around.count("audit.skipped")
            return
        token = make_token(
            call,
            caller,
            None if call is None else self._effect(call),
            self._resolve,
            began=now,
            call_id=call_id,
            connection=connection,
            rule=rule,
            size=size,
        )
        self._write(Kind.REFUSED, token, text, code)

    # -- the server ---------------------------------------------------------------------------------------------------

    def start(self, **facts: str | int) -> None:
        """The server starts; `facts` (version, pid, script, its digest) stand in the record."""
        if self._level and self.spool.is_ready():
            self.spool.add_record({"kind": Kind.START, **facts})
            self.spool.flush(sync=True)

    def stop(self, why: str) -> None:
        """The server ends in order; nothing is recorded after this."""
        if not self._level:
            return
        self._level = Level.NONE
        if self.spool.is_ready():
            self.spool.add_record({"kind": Kind.STOP, "reason": cut(why)})
        self.spool.close()

    def flush(self) -> bool:
        """Bring every record into the file now, and follow it when another program has moved it; whether that went."""
        return not self._level or self.spool.flush()

    def last_records(self, count: int) -> list[Record]:
        """The last `count` records, the oldest first; flush before. May be called in another thread.

        Raises:
            OSError: they can't be read.
        """
        return self._store.last_records(count) if self.settings.level else []

    def verify(self, accept: Collection[int] = (), expect: Mapping[int, str] | None = None) -> Report:
        """The report on all records, see `Verifier`; likewise."""
        return self._store.verify(accept, expect or {}) if self.settings.level else Report()

    @property
    def end(self) -> Link:
        """The newest record's place; kept elsewhere, it shows later that nothing before was changed."""
        return self.spool.end

    # -- records ------------------------------------------------------------------------------------------------------

    def _effect(self, call: Call) -> Effect:
        """How far it reaches; READ for methods that do not exist: nothing runs then."""
        method = self._resolve(call.method)
        effect = Effect.READ if method is None else method.effect
        for member in call.members:
            method = self._resolve(member.method)
            if method is not None and method.effect > effect:
                effect = method.effect
        return effect

    def _not_writable(self) -> Fault:
        self._around.count("audit.refused")
        return Fault(503, NOT_WRITABLE)

    def _write(self, kind: Kind, token: Token, text: str = "", code: int = 0, size: int = 0) -> None:
        """Add the record, its members in alphabetical order as the canonical form wants them."""
        spool = self.spool
        if not spool.is_ready():
            self._around.count("audit.lost")
            return
        skipped = self._strangers.take_skipped() if self._strangers.skipped else 0
        seq, prev = spool.end
        duration = int((self._around.clock() - token.began) * 1_000_000)
        decision = "refused" if kind is Kind.REFUSED else "allowed"
        reason = f'"reason":{quoted(cut(text))},' if text else ""
        count = f'"skipped":{skipped},' if skipped else ""
        called = token.called
        spool.add(
            f'{{"bytes_in":{token.size},"bytes_out":{size},{token.origin},"code":{code},"connection":{token.connection},'
            f'"decision":"{decision}",{called.digest},"duration_us":{duration},{called.effect},"kind":"{kind}",'
            f'{called.methods},{token.peer},"prev":"{prev}",{token.protocol},{reason}{token.rule},"seq":{seq + 1},'
            f'{count}{called.text},"time":"{self._time()}"}}'
        )

    def _time(self) -> str:
        """The time now, as `time_text` writes it; the date is made once a second."""
        now = self._around.wall_clock()
        second = int(now)
        if second != self._second:
            self._second, self._second_text = second, time_text(second)[:19]
        return f"{self._second_text}.{int((now - second) * 1_000_000):06d}Z"
