"""pike: who is blocked, when it ends, and that forged addresses cost little memory."""

from __future__ import annotations

import random
from ipaddress import ip_address

import pytest

from sertwist.modules.pike import PikeModule
from sertwist.modules.pike.tree import SourceTree, Verdict
from sertwist.rpc.fault import Fault
from tests.script_run import ScriptRun, make_request

SCRIPT = """
loadmodule "sl"
loadmodule "pike"
modparam("pike", "reqs_density_per_unit", 8)
modparam("pike", "remove_latency", 20)
route {
    if (!pike_check_req()) { sl_reply("503", "Too many"); exit; }
    sl_reply("200", "OK");
}
"""


def tree(**changes: float) -> SourceTree:
    given: dict[str, float] = {"unit": 2, "density": 8, "memory": 20, "ipv6_prefix": 64, "max_nodes": 1_000}
    return SourceTree(**(given | changes))  # type: ignore[arg-type]


def packed(text: str) -> bytes:
    return ip_address(text).packed


def count(source: SourceTree, text: str, times: int, now: float = 0.0) -> list[Verdict]:
    return [source.count(packed(text), now) for _ in range(times)]


def test_address_is_blocked_from_its_density_on_and_told_once_that_it_is_new() -> None:
    verdicts = count(tree(), "192.0.2.1", 20)
    first = verdicts.index(Verdict.NEWLY_BLOCKED)
    assert verdicts[:first] == [Verdict.FINE] * first
    assert set(verdicts[first + 1 :]) == {Verdict.BLOCKED}
    assert first >= 7


def test_address_below_its_density_is_never_blocked_however_long_it_goes_on() -> None:
    source = tree()
    for second in range(0, 100, 2):
        assert set(count(source, "192.0.2.1", 7, float(second))) == {Verdict.FINE}


def test_address_is_fine_again_two_units_after_it_slowed_down() -> None:
    source = tree()
    assert Verdict.BLOCKED in count(source, "192.0.2.1", 40)
    assert count(source, "192.0.2.1", 1, 2.0) == [Verdict.BLOCKED]
    assert count(source, "192.0.2.1", 1, 4.0) == [Verdict.FINE]


def test_neighbour_of_a_blocked_address_is_fine() -> None:
    source = tree()
    count(source, "192.0.2.1", 40)
    assert count(source, "192.0.2.2", 3) == [Verdict.FINE] * 3


@pytest.mark.parametrize(("prefix", "verdict"), [(64, Verdict.BLOCKED), (128, Verdict.FINE)])
def test_ipv6_addresses_of_one_prefix_are_one_source(prefix: int, verdict: Verdict) -> None:
    source = tree(ipv6_prefix=prefix)
    verdicts = [source.count(packed(f"2001:db8::{n:x}"), 0.0) for n in range(60)]
    assert verdicts[-1] is verdict


def test_forged_addresses_make_few_branches_and_never_more_than_the_bound() -> None:
    source = tree(max_nodes=200_000, density=30)
    forged = random.Random(5)
    for _ in range(100_000):
        source.count(forged.randbytes(4), 0.0)
    assert source.nodes < 256 + 65_536 + 256
    small = tree(max_nodes=3)
    for number in range(50):
        small.count(packed(f"{number}.0.0.1"), 0.0)
    assert small.nodes == 3
    assert small.refused == 47


def test_what_was_not_seen_for_so_long_is_forgotten() -> None:
    source = tree()
    count(source, "192.0.2.1", 40)
    count(source, "198.51.100.1", 1, 19.0)
    for now, left in ((19.9, 5), (20.0, 1), (39.0, 0)):
        list(source.forget(now))
        assert source.nodes == left


def test_script_answers_a_flood_with_what_it_wants_and_others_as_ever() -> None:
    run = ScriptRun(SCRIPT)
    statuses = [run.send(make_request(), source=("192.0.2.9", 5060)).status for _ in range(30)]
    assert statuses[0] == 200
    assert statuses[-1] == 503
    assert run.send(make_request(), source=("192.0.2.10", 5060)).status == 200
    module = run.loaded.named("pike")
    assert isinstance(module, PikeModule)
    answer = module.list_sources(None)
    [row] = answer["list"]
    assert (row["ip_addr"], row["status"], answer["max_hits"], answer["number_of_rows"]) == ("192.0.2.9", "HOT", 8, 1)
    assert row["leaf_hits_curr"] >= 8
    run.tick(4.0)
    assert run.send(make_request(), source=("192.0.2.9", 5060)).status == 200
    assert run.environment.counters["pike.blocked"] == statuses.count(503)


def test_operators_list_and_unblock() -> None:
    run = ScriptRun(SCRIPT)
    for _ in range(30):
        run.send(make_request(), source=("192.0.2.9", 5060))
    module = run.loaded.named("pike")
    assert isinstance(module, PikeModule)
    assert [row["ip_addr"] for row in module.list_sources(None, "all")["list"]] == ["192.0.2.9"]
    assert module.list_sources(None, "WARM")["list"] == []
    assert module.unblock(None, "192.0.2.9")
    assert not module.unblock(None, "192.0.2.77")
    assert run.send(make_request(), source=("192.0.2.9", 5060)).status == 200
    with pytest.raises(Fault):
        module.list_sources(None, "COLD")
    with pytest.raises(Fault):
        module.unblock(None, "example.com")


def test_log_names_the_address_alone() -> None:
    text = SCRIPT.replace("pike_check_req()", 'pike_check_ip("fe80::1%eth0\\nforged")')
    run = ScriptRun("#!KAMAILIO\n" + text)
    lines = [line for _ in range(80) for line in run.send().log]
    assert lines == ["pike: fe80::1 sends too many requests and is blocked"]
