"""`Policy`: who may call what. By default nobody anything; a denial wins over every grant.

Callers are sorted into holders of the same roles, and for each holder and method what does not depend on the single
call is settled once. A method without conditions on its rules then costs two look-ups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import MAX_POLICY_CALLERS
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.policy.facts import Facts, facts_of, is_same
from sertwist.rpc.policy.holder import Holder, Way
from sertwist.rpc.policy.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.declared import Declared, Role
    from sertwist.rpc.registry import Registry
    from sertwist.tls.certificate import CertificateView

__all__ = ["Policy"]

_Key = tuple["CertificateView | None", "tuple[CertificateView, ...]", int | None, str]


class Policy:
    """A policy in force; it never changes."""

    __slots__ = ("_callers", "declared")

    def __init__(self, declared: Declared) -> None:
        """`declared` was read without errors (`read_policy`)."""
        self.declared = declared
        self._callers: dict[_Key, Holder] = {}

    @property
    def file(self) -> str:
        """Its name, for people."""
        return self.declared.file

    def decide(self, call: Call, method: Method | None, caller: Caller, now: float) -> Verdict:
        """Whether `caller` may make one call.

        Args:
            call: not a multicall.
            method: that it calls, by the registry; None: there is none.
            caller: who is proved to make it now.
            now: seconds since the epoch.
        """
        return self.holder(caller).decide(call, method, Way(caller.source[0], caller.protocol), now)

    def decide_all(self, call: Call, registry: Registry, caller: Caller, now: float) -> Verdict:
        """Whether `caller` may make `call`, all members of a multicall: the first that is refused decides.

        A multicall needs no grant of its own, but can be denied. What must be confirmed in it must be for all of it.
        """
        if not call.members:
            return self.decide(call, registry.resolve(call.method), caller, now)
        holder, way = self.holder(caller), Way(caller.source[0], caller.protocol)
        around = registry.resolve(MULTICALL)
        denial = None if around is None else holder.denial(call, around, way, now)
        if denial is not None:
            return denial
        members = [holder.decide(each, registry.resolve(each.method), way, now) for each in call.members]
        refused = next((each for each in members if not each.allowed), None)
        return _together(call.method, members) if refused is None else refused

    def may_ever(self, method: Method, caller: Caller, now: float) -> bool:
        """Whether `caller` may call `method` now with some parameters: for lists of methods."""
        return self.holder(caller).may_ever(method, Way(caller.source[0], caller.protocol), now)

    def objection(self, verdict: Verdict, call: Call, registry: Registry, party: Sequence[Caller], now: float) -> str:
        """Why a confirmation does not count, in words; empty when it does.

        Args:
            verdict: on the call, which asks for it (`verdict.confirm`).
            call: that is confirmed.
            registry: every method.
            party: who made the call, who has confirmed it before, and last who confirms it now.
            now: seconds since the epoch, of the confirmation.
        """
        confirm, (caller, *before, other) = verdict.confirm, party
        if confirm is None:
            return "the call needs no confirmation"
        if is_same(caller, other):
            return "who made a call can't confirm it"
        if any(is_same(each, other) for each in before):
            return "who has confirmed it can't confirm it again"
        if confirm.roles is not None:
            held = confirm.roles.intersection(self.roles_of(other))
            return "" if held else f"only {' or '.join(sorted(confirm.roles)) or 'nobody'} may confirm it"
        theirs = self.decide_all(call, registry, other, now)
        return "" if theirs.allowed else f"who may not make the call can't confirm it: {theirs.reason}"

    def may_list(self, caller: Caller) -> bool:
        """Whether `caller` may know all methods."""
        return self.holder(caller).may_list

    def roles_of(self, caller: Caller) -> tuple[str, ...]:
        """Names of the roles that `caller` holds, in the order of the file."""
        return tuple(each.name for each in self.holder(caller).roles)

    def holder(self, caller: Caller) -> Holder:
        """What the policy says of `caller`, whatever it calls."""
        key = (caller.certificate, caller.chain, caller.uid, caller.user)
        found = self._callers.get(key)
        if found is None:
            found = self.holder_of(facts_of(caller), caller.key)
            if len(self._callers) >= MAX_POLICY_CALLERS:
                del self._callers[next(iter(self._callers))]
            self._callers[key] = found
        return found

    def holder_of(self, facts: Facts, key: str) -> Holder:
        """Likewise of somebody of whom `facts` are proved.

        Args:
            facts: about him.
            key: one text for one identity, for bounds; empty when nobody was proved.
        """
        held = {each.name for each in self.declared.roles.values() if any(who.is_met(facts) for who in each.who)}
        return self.holder_of_roles(sorted(held), key)

    def holder_of_roles(self, names: Sequence[str], key: str) -> Holder:
        """Likewise of somebody who holds the roles `names`, and those that they include."""
        roles = self.declared.roles
        held: set[str] = set()
        waiting = [*names]
        while waiting:
            name = waiting.pop()
            if name not in held:
                held.add(name)
                waiting += roles[name].includes
        found: list[Role] = [each for each in roles.values() if each.name in held]
        return Holder(self.declared, tuple(found), key)


def _together(name: str, members: list[Verdict]) -> Verdict:
    """Of members that all are allowed."""
    confirm = None
    for each in members:
        confirm = each.confirm.stricter(confirm) if each.confirm is not None else confirm
    first = members[0]
    return Verdict(
        allowed=True,
        reason=f"each of its {len(members)} calls may run",
        method=name,
        role=first.role,
        rule=first.rule,
        file=first.file,
        line=first.line,
        may_list=first.may_list,
        confirm=confirm,
        members=tuple(members),
    )
