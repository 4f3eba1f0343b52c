"""Whatever stands in a policy file, what comes of it is a policy or findings, never an exception."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sertwist.rpc.call import Call
from tests.unit.rpc.policy.making import METHODS, NOW, bearer, read, user
from tests.unit.rpc.policy.test_oracle import written

WHOLE = tomllib.loads("""
zone = "UTC"
[ca.demo]
subject = "CN=Test CA,O=Example"
key = "1111111111111111111111111111111111111111111111111111111111111111"
[role.a]
who = [{ unix = 0 }, { cn = "A", ca = "demo" }, { issuer = "CN=x", serial = "1A" }, { digest = "a@r" }]
variables = { domain = ["example.com"] }
includes = ["b"]
list_all = true
each = { rate = 2, burst = 4, running = 1 }
[role.b]
who = [{ uri = "u", dns = "d", email = "e@f", organisation = "O", ca = "demo" }]
variables = { domain = "example.org" }
[[allow]]
name = "n"
roles = ["a", "b"]
methods = ["usrloc.rm", "gflags.*"]
effects = ["write", "destructive"]
params = { aor = ["*@{domain}", "x"] }
when = { days = ["mon-fri"], hours = ["08:00-18:00"], zone = "UTC" }
source = ["192.0.2.0/24", "unix"]
reveal = true
[[deny]]
methods = ["gflags.set"]
params = { flag = { min = 1, max = 3 } }
[[confirm]]
methods = ["*"]
confirmations = 2
within = 60
by = ["a"]
""")
scalars = st.one_of(
    st.sampled_from(
        ["", "*", "**", "{", "{domain}", "{x}", "a", "demo", "unix", "CN=x", "mon", "::/0", "00:00-24:00", "\x00", "é"]
    ),
    st.text(max_size=8),
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.sampled_from([0.5, -1.0, 1e300]),
)
names = st.sampled_from(["a", "who", "roles", "methods", "min", "x", ""])
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in pairs for found in places(each, (*path, key)))]


PLACES = [path for path in places(WHOLE) if path]


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    whole = deepcopy(WHOLE)
    inner: Any = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return whole


def use(text: str) -> None:
    """What was taken can be asked; what was not says why."""
    reading = read(text)
    assert all(each.line >= 1 and each.text for each in reading.findings)
    if reading.policy is None:
        assert reading.findings
        return
    for caller in (user(0), bearer("A")):
        for method in METHODS:
            reading.policy.decide(Call(method.name, ("a", "b@example.com")), method, caller, NOW)


def test_the_whole_one_is_right() -> None:
    assert read("".join(f"{key} = {written(value)}\n" for key, value in WHOLE.items())).text == ""


@given(st.sampled_from(PLACES), anything)
def test_one_value_is_another(path: tuple[Any, ...], value: Any) -> None:
    use("".join(f"{key} = {written(each)}\n" for key, each in changed(path, value).items()))


@given(st.text(max_size=60) | st.dictionaries(st.sampled_from([*WHOLE, "x"]), anything).map(
    lambda found: "".join(f"{key} = {written(each)}\n" for key, each in found.items())))  # fmt: skip
def test_any_text(text: str) -> None:
    use(text)
