"""Random policies, callers and calls: the policy says what a plain walk over the TOML says (issue: an oracle)."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.caller import Caller
from sertwist.rpc.policy import read_policy
from tests.unit.rpc.policy import oracle
from tests.unit.rpc.policy.making import METHODS, USERS, bearer, registry, user

ROLES = ("r1", "r2", "r3")
CAS = {"demo": "Test CA", "other": "Other CA"}
REGISTRY = registry()

#: Callers, and what is proved of each in the oracle's words.
CALLERS: tuple[tuple[Caller, dict[str, Any]], ...] = (
    (bearer("A", names=("uri:urn:a",)), {"cn": "A", "issuer": "CN=Test CA,O=Example", "uri": "urn:a"}),
    (bearer("A", "Other CA"), {"cn": "A", "issuer": "CN=Other CA,O=Example"}),
    (bearer("B", organisation="Org"), {"cn": "B", "issuer": "CN=Test CA,O=Example", "organisation": "Org"}),
    (user(0), {"unix": 0}),
    (user(1000), {"unix": 1000}),
    (Caller(user="a@r", source=("192.0.2.1", 1)), {"digest": "a@r"}),
    (Caller(), {}),
)
who = st.sampled_from(
    [{"cn": "A", "ca": "demo"}, {"cn": "A", "ca": "other"}, {"uri": "urn:a"}, {"ca": "demo"}, {"unix": 0},
     {"organisation": "Org", "ca": "demo"}, {"unix": 1000}, {"digest": "a@r"}]
)  # fmt: skip


def role(*includes: str) -> st.SearchStrategy[dict[str, Any]]:
    found = st.fixed_dictionaries(
        {"who": st.lists(who, min_size=1, max_size=3), "variables": st.just({"d": ["x", "A.b"]})},
        optional={"includes": st.just(list(includes))},
    )
    return found if includes else found.map(lambda each: {key: each[key] for key in ("who", "variables")})


names = [
    "*",
    "core.*",
    "core.kill",
    "htable.*",
    "*.sets",
    "ul.rm",
    "ul.*",
    "usrloc.rm",
    "gflags.set",
    "*s*",
    "system.*",
]
texts = ["x", "X", "{d}", "*@{d}", "u*@A.b", "**", "**@x", "x*", "{d}{d}"]
wanted = st.one_of(st.sampled_from(texts), st.lists(st.sampled_from(texts), min_size=1, max_size=2))
when = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(oracle.DAYS), min_size=1, max_size=4, unique=True),
        "hours": st.sampled_from(["08:00-18:00", "22:00-06:00", "00:00-24:00", "12:00-12:01"]),
    }
)
source = st.lists(st.sampled_from(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "unix"]), min_size=1, max_size=2)
some_roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True)
effects = st.lists(st.sampled_from(["read", "write", "destructive"]), min_size=1, max_size=2, unique=True)

#: Methods, and conditions on parameters that some of them have.
CONDITIONS: tuple[tuple[list[str], dict[str, Any]], ...] = (
    (["*", "htable.*", "*.sets"], {"table": wanted, "key": wanted}),
    (["ul.*", "usrloc.rm", "usrloc.*", "*"], {"table": wanted, "aor": wanted}),
    (["usrloc.*", "usrloc.dump"], {"domain": wanted}),
    (["gflags.*", "*s*"], {"flag": st.sampled_from([3, [3, 4]])}),
    (["pv.shvSet"], {"value": st.sampled_from(["x", 3, ["x", "{d}"], [3, "x"]])}),
    (["dns.forget"], {"names": wanted}),
)


@st.composite
def rule(draw: Any, **more: Any) -> dict[str, Any]:
    """A rule that the reader takes."""
    found = draw(st.fixed_dictionaries({"roles": some_roles}, optional={"when": when, "source": source, **more}))
    if draw(st.booleans()):
        meant, params = draw(st.sampled_from(CONDITIONS))
        chosen = draw(st.lists(st.sampled_from(sorted(params)), min_size=1, unique=True))
        found |= {"methods": [draw(st.sampled_from(meant))], "params": {name: draw(params[name]) for name in chosen}}
    else:
        found["methods"] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2))
        if "*" in found["methods"] and draw(st.booleans()):
            found |= {"methods": ["*"], "effects": draw(effects)}
    return found


everybody = st.fixed_dictionaries({"methods": st.sampled_from([["core.kill"], ["*"]]), "when": when})
policies = st.fixed_dictionaries(
    {
        "ca": st.just({name: {"subject": f"CN={cn},O=Example"} for name, cn in CAS.items()}),
        "role": st.fixed_dictionaries({"r1": role("r2", "r3"), "r2": role("r3"), "r3": role()}),
        "allow": st.lists(rule(reveal=st.booleans()), min_size=1, max_size=4),
        "deny": st.lists(st.one_of(rule(), everybody), max_size=2),
        "confirm": st.lists(rule(confirmations=st.integers(1, 3)), max_size=2),
    }
)
values = {
    "int": st.sampled_from([3, 4, 5]),
    "string": st.sampled_from(["x", "X", "A.b", "a.B", "u@x", "u@A.b", "u@y@x", "u;a@x", "xA.b", "", "x@", "A.bx"]),
    "array": st.just(()),
}
values["undef"] = st.one_of(values["int"], values["string"])


def written(value: Any) -> str:
    """`value` as an inline TOML value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {written(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(written, value)) + "]" if isinstance(value, list) else json.dumps(value)


def toml(raw: dict[str, Any]) -> str:
    return "".join(f"{key} = {written(value)}\n" for key, value in raw.items())


@st.composite
def calls(draw: Any) -> tuple[Call, dict[str, Any]]:
    """A call that fits its method, and what the oracle is told of it; others are in test_deciding.py."""
    method = draw(st.sampled_from(METHODS))
    given: list[Any] = []
    by_name: dict[str, Any] = dict.fromkeys(param.name for param in method.params)
    for param in method.params:
        if (param.optional or param.rest) and draw(st.booleans()):
            break
        found = [draw(values[param.type.value]) for _ in range(draw(st.integers(1, 2)) if param.rest else 1)]
        by_name[param.name] = found if param.rest else found[0]
        given += found
    told = {"names": [method.name, *method.aliases], "effect": method.effect.name.lower(), "params": by_name}
    return Call(draw(st.sampled_from(told["names"])), tuple(given)), told


ways = st.sampled_from([("192.0.2.9", "TLS"), ("198.51.100.7", "TCP"), ("192.0.2.9", "UDP"), ("2001:db8::1", "TLS")])
times = st.integers(0, 7 * 24 * 60).map(lambda minute: 1_767_225_600.0 + minute * 60 - 30)


def moved(caller: Caller, way: tuple[str, str]) -> Caller:
    """`caller` by another way; a Unix socket stays one."""
    if caller.protocol == "UNIX":
        return caller
    return Caller(
        source=(way[0], 9), protocol=way[1], certificate=caller.certificate, chain=caller.chain, user=caller.user
    )


@given(policies, st.lists(st.tuples(calls(), st.sampled_from(CALLERS), ways, times), min_size=1, max_size=6))
def test_policy_says_what_the_oracle_says(raw: dict[str, Any], asked: list[Any]) -> None:
    document = toml(raw)
    assert tomllib.loads(document) == raw
    reading = read_policy(document, "p.toml", METHODS, USERS.get)
    assert reading.policy is not None, reading.text
    for (call, told), (caller, proved), way, now in asked:
        met = moved(caller, way)
        about = {**told, "now": now, "source": met.source[0], "protocol": met.protocol}
        allowed, confirmations, reveal = oracle.decide(raw, proved, about)
        event(f"allowed: {allowed}, confirmed by {confirmations}")
        verdict = reading.policy.decide_all(REGISTRY.canonical(call), REGISTRY, met, now)
        found = verdict.confirm.confirmations if verdict.confirm is not None else 0
        assert (verdict.allowed, found, verdict.reveal) == (allowed, confirmations, reveal), verdict
        if allowed and told["names"][0] != MULTICALL:
            assert reading.policy.may_ever(REGISTRY.resolve(call.method), met, now)


@given(policies, st.lists(calls(), min_size=1, max_size=3), st.sampled_from(CALLERS), ways, times)
def test_multicall_runs_when_each_member_may(
    raw: dict[str, Any], members: list[Any], caller: Any, way: Any, now: float
) -> None:
    reading = read_policy(toml(raw), "p.toml", METHODS, USERS.get)
    assert reading.policy is not None, reading.text
    met = moved(caller[0], way)
    place = {"now": now, "source": met.source[0], "protocol": met.protocol}
    inner = [(call, told) for call, told in members if told["names"][0] != MULTICALL]
    assume(inner)
    every = [oracle.decide(raw, caller[1], {**told, **place})[0] for _, told in inner]
    around = {**raw, "allow": [{"methods": ["*"]}]}  # it can be denied, and needs no grant
    anybody = {"names": [MULTICALL], "effect": "read", "params": {"calls": None}, **place}
    free = oracle.decide(around, caller[1], anybody)[0]
    verdict = reading.policy.decide_all(
        REGISTRY.canonical(Call(MULTICALL, (), tuple(call for call, _ in inner))), REGISTRY, met, now
    )
    assert verdict.allowed is (all(every) and free)
    assert len(verdict.members) == (len(inner) if verdict.allowed else 0)
    if free and not all(every):
        assert verdict.method == REGISTRY.canonical(inner[every.index(False)][0]).method
