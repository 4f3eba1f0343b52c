"""What a policy file declares, read and checked one by one: authorities, roles, rules."""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.rpc.policy.pattern import method_matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.rpc.declare import Effect, Method
    from sertwist.rpc.policy.condition import Flag, Range, SourceTest, TimeTest
    from sertwist.rpc.policy.facts import Facts, Issuer
    from sertwist.rpc.policy.toml_lines import Path
    from sertwist.rpc.policy.verdict import Confirm
    from sertwist.tls.revocation import CanonicalName

__all__ = ["Authority", "Declared", "Kind", "ParamRule", "Rates", "Role", "Rule", "Who"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA that roles name: by its subject, its public key, or both."""

    name: str
    subject: CanonicalName | None
    key: str

    def is_issuer(self, issuer: Issuer | None) -> bool:
        """Whether it is `issuer`."""
        if issuer is None or (self.subject is not None and self.subject != issuer.subject):
            return False
        return not self.key or hmac.compare_digest(self.key, issuer.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One way to hold a role: everything that is said here must be so; None: not asked."""

    uri: str | None = None
    dns: str | None = None
    email: str | None = None
    issuer: CanonicalName | None = None
    serial: int | None = None
    key: str | None = None
    organisation: str | None = None
    cn: str | None = None
    ca: Authority | None = None
    unix: int | None = None
    digest: str | None = None

    def is_met(self, facts: Facts) -> bool:
        """Whether somebody of whom `facts` are proved is meant."""
        wanted = (self.issuer, self.serial, self.organisation, self.cn, self.unix, self.digest)
        proved = (facts.issuer, facts.serial, facts.organisation, facts.cn, facts.unix, facts.digest)
        if any(want is not None and want != found for want, found in zip(wanted, proved, strict=True)):
            return False
        names = ((self.uri, facts.uri), (self.dns, facts.dns), (self.email, facts.email))
        if any(want is not None and want not in found for want, found in names):
            return False
        if self.key is not None and not hmac.compare_digest(self.key, facts.key or ""):
            return False
        return self.ca is None or self.ca.is_issuer(facts.ca)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Bounds on calls; None: no bound."""

    rate: float | None = None
    burst: int = 1
    running: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role.

    Attributes:
        name: of it.
        at: where it stands.
        who: any of these holds it.
        includes: roles that its holders hold, too.
        variables: name to values, for patterns of parameters.
        list_all: its holders may know all methods.
        each: bounds for each identity.
        together: bounds for all of them together.
    """

    name: str
    at: Path
    who: tuple[Who, ...] = ()
    includes: tuple[str, ...] = ()
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    list_all: bool = False
    each: Rates | None = None
    together: Rates | None = None


class Kind(enum.Enum):
    """What a rule does."""

    ALLOW = "allow"
    DENY = "deny"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class ParamRule:
    """A condition on a parameter, before a role's variables are filled in: texts are patterns."""

    name: str
    choices: tuple[str | Range | Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule.

    Attributes:
        kind: what it does.
        name: as in the file, or its kind and number.
        at: where it stands.
        line: likewise.
        roles: whom it concerns; empty: everybody.
        methods: patterns of them.
        effects: of which methods.
        params: conditions on parameters; methods without them are not concerned.
        when: time.
        source: where from.
        reveal: secrets in the result may be shown.
        confirm: who must agree.
    """

    kind: Kind
    name: str
    at: Path
    line: int
    roles: tuple[str, ...]
    methods: tuple[str, ...]
    effects: frozenset[Effect]
    params: tuple[ParamRule, ...] = ()
    when: TimeTest | None = None
    source: SourceTest | None = None
    reveal: bool = False
    confirm: Confirm | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether it may hold for one call and not for another of the same method and caller."""
        return bool(self.params) or self.when is not None or self.source is not None

    def concerns(self, method: Method) -> bool:
        """Whether it says anything of `method`."""
        if method.effect not in self.effects or not any(method_matches(each, method) for each in self.methods):
            return False
        declared = {param.name for param in method.params}
        return all(each.name in declared for each in self.params)


@dataclass(frozen=True, slots=True)
class Declared:
    """A whole policy file."""

    file: str
    authorities: Mapping[str, Authority]
    roles: Mapping[str, Role]
    rules: tuple[Rule, ...]
