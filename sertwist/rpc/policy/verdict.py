"""`Verdict`: what a policy says to one call, with everything that somebody who asks why needs to know."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bound", "Confirm", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Somebody else must confirm the call before it runs.

    Attributes:
        confirmations: how many others.
        within: seconds from the call to the last of them.
        roles: of which one must be held by each; None: whoever may make the call.
    """

    confirmations: int = 1
    within: int = 300
    roles: frozenset[str] | None = None

    def stricter(self, other: Confirm | None) -> Confirm:
        """What satisfies both."""
        if other is None or other is self:
            return self
        roles = self.roles if other.roles is None else other.roles if self.roles is None else self.roles & other.roles
        return Confirm(
            confirmations=max(self.confirmations, other.confirmations),
            within=min(self.within, other.within),
            roles=roles,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How much one identity, or everybody with one role together, may call.

    Attributes:
        key: whose calls count together, in the server.
        rate: calls a second in the long run; None: no bound.
        burst: calls at once after a pause.
        running: calls at the same time; None: no bound.
    """

    key: str
    rate: float | None = None
    burst: int = 1
    running: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to one call; of a multicall that is refused, the refused member's.

    Attributes:
        allowed: whether it may run, once it is confirmed and within its bounds.
        reason: why, in words for the log and `explain`; what a peer chose in it is escaped and cut.
        method: that it is about.
        role: by which the caller may, or that a denial names; empty when there is none.
        rule: the rule's name, or its kind and number; empty when no rule decided.
        file: of the policy.
        line: of the rule; 0 when no rule decided.
        known: there is such a method. Who may not list all must not learn that from the answer (14.12).
        may_list: the caller may know all methods, also those that it may not call.
        reveal: secrets in the result may be shown.
        confirm: who else must agree.
        bounds: that the call counts for.
        members: of an allowed multicall, one each; empty otherwise.
    """

    allowed: bool
    reason: str
    method: str
    role: str = ""
    rule: str = ""
    file: str = ""
    line: int = 0
    known: bool = True
    may_list: bool = False
    reveal: bool = False
    confirm: Confirm | None = None
    bounds: tuple[Bound, ...] = ()
    members: tuple[Verdict, ...] = ()
