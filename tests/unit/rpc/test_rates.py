"""Token buckets, calls at once, repeats and confirmations, by plain values and a clock that is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.limits import MAX_REPEATS, MAX_UNCONFIRMED, MAX_UNCONFIRMED_EACH, REPEAT_SECONDS
from sertwist.rpc.call import Call
from sertwist.rpc.caller import Caller
from sertwist.rpc.confirmations import Confirmations
from sertwist.rpc.fault import Fault
from sertwist.rpc.policy.verdict import Bound, Confirm, Verdict
from sertwist.rpc.rates import Rates
from sertwist.rpc.repeats import Repeats

KILL = Call("core.kill", (15,))


@given(st.lists(st.floats(0, 2), max_size=60), st.integers(1, 20), st.integers(1, 10))
def test_never_more_than_burst_and_rate(pauses: list[float], rate: int, burst: int) -> None:
    rates, now, went = Rates(), 0.0, 0
    bound = Bound(key="a", rate=rate, burst=burst)
    for pause in pauses:
        now += pause
        went += not rates.wait((bound,), now)
    assert went <= burst + now * rate + 1e-6


def test_who_waits_as_long_as_told_may_go() -> None:
    rates = Rates()
    bound = Bound(key="a", rate=0.5, burst=1)
    assert rates.wait((bound,), 0.0) == 0
    wait = rates.wait((bound,), 0.5)
    assert wait == pytest.approx(1.5)
    assert rates.lacks(bound, 0.5) == 2
    assert rates.wait((bound,), 0.5 + wait) == 0


def test_all_bounds_must_have_room_and_none_is_counted_otherwise() -> None:
    rates = Rates()
    wide, narrow = Bound(key="wide", rate=1, burst=2), Bound(key="narrow", rate=1, burst=1)
    assert not rates.wait((narrow,), 0.0)
    assert rates.wait((wide, narrow), 0.0)
    assert not rates.wait((wide,), 0.0)
    assert not rates.wait((wide,), 0.0)
    assert rates.wait((wide,), 0.0)


def test_calls_at_once() -> None:
    rates = Rates()
    bound = Bound(key="a", running=2)
    assert [bool(rates.wait((bound,), 0.0)) for _ in range(3)] == [False, False, True]
    rates.done((bound,))
    assert not rates.wait((bound,), 0.0)


def test_what_runs_is_not_forgotten() -> None:
    rates = Rates(most=2)
    bound = Bound(key="runs", running=1)
    rates.wait((bound,), 0.0)
    for number in range(10):
        rates.wait((Bound(key=f"k{number}", rate=1, burst=1),), 0.0)
    assert len(rates) == 2
    assert rates.wait((bound,), 0.0)


def test_a_key_stands_for_one_call_of_one_caller() -> None:
    repeats = Repeats()
    entry, ran = repeats.begin("bob", "k", "digest", 0.0)
    assert not ran
    with pytest.raises(Fault, match="still running"):
        repeats.begin("bob", "k", "digest", 1.0)
    entry.is_done, entry.value = True, 7
    assert repeats.begin("bob", "k", "digest", 2.0) == (entry, True)
    with pytest.raises(Fault, match="another call"):
        repeats.begin("bob", "k", "other", 2.0)
    assert repeats.begin("eve", "k", "other", 2.0)[1] is False
    assert repeats.begin("bob", "k", "digest", REPEAT_SECONDS)[1] is False


def test_a_call_that_did_not_run_may_come_again() -> None:
    repeats = Repeats()
    repeats.begin("bob", "k", "digest", 0.0)
    repeats.cancel("bob", "k")
    assert repeats.begin("bob", "k", "another", 0.0)[1] is False


def test_only_so_many_keys_are_remembered() -> None:
    repeats = Repeats()
    for number in range(MAX_REPEATS + 1):
        repeats.begin("bob", str(number), "d", 0.0)[0].is_done = True
    assert repeats.begin("bob", "0", "d", 0.0)[1] is False
    assert repeats.begin("bob", str(MAX_REPEATS), "d", 0.0)[1] is True


@pytest.mark.parametrize("key", ["", "x" * 129, "a\nb", "é"])
def test_a_key_is_visible_ascii(key: str) -> None:
    with pytest.raises(Fault) as caught:
        Repeats().begin("bob", key, "d", 0.0)
    assert caught.value.code == 400


def asked(needed: int = 1) -> Verdict:
    return Verdict(allowed=True, reason="", method="core.kill", confirm=Confirm(confirmations=needed, within=60))


BOB = Caller(uid=1)


def test_a_confirmed_call_runs_once() -> None:
    confirmations = Confirmations()
    with pytest.raises(Fault) as caught:
        confirmations.take(KILL, "d", BOB, asked(2), 0.0)
    assert caught.value.code == 428
    (waiting,) = confirmations.waiting(1.0)
    assert waiting.name in caught.value.text
    waiting.confirmed["eve"] = Caller(user="eve")
    with pytest.raises(Fault):
        confirmations.take(KILL, "d", BOB, asked(2), 2.0)
    confirmations.find(waiting.name, 3.0).confirmed["mallory"] = Caller(user="mallory")
    confirmations.take(KILL, "d", BOB, asked(2), 4.0)
    with pytest.raises(Fault):
        confirmations.take(KILL, "d", BOB, asked(2), 5.0)


@pytest.mark.parametrize(
    ("digest", "caller", "now"), [("other", BOB, 1.0), ("d", Caller(uid=2), 1.0), ("d", BOB, 60.0)]
)
def test_a_confirmation_is_for_one_call_of_one_caller_in_time(digest: str, caller: Caller, now: float) -> None:
    confirmations = Confirmations()
    with pytest.raises(Fault):
        confirmations.take(KILL, "d", BOB, asked(), 0.0)
    confirmations.waiting(0.0)[0].confirmed["eve"] = Caller(user="eve")
    with pytest.raises(Fault):
        confirmations.take(KILL, digest, caller, asked(), now)


def test_nobody_can_not_ask_for_a_confirmation() -> None:
    with pytest.raises(Fault) as caught:
        Confirmations().take(KILL, "d", Caller(), asked(), 0.0)
    assert caught.value.code == 403


def test_only_so_many_calls_wait() -> None:
    confirmations = Confirmations()
    codes = []
    for number in range(MAX_UNCONFIRMED_EACH + 1):
        with pytest.raises(Fault) as caught:
            confirmations.take(KILL, str(number), BOB, asked(), 0.0)
        codes.append(caught.value.code)
    assert codes == [428] * MAX_UNCONFIRMED_EACH + [429]
    for uid in range(2, MAX_UNCONFIRMED):
        with pytest.raises(Fault):
            confirmations.take(KILL, "d", Caller(uid=uid), asked(), 0.0)
    assert len(confirmations.waiting(0.0)) <= MAX_UNCONFIRMED
    with pytest.raises(Fault) as caught:
        confirmations.take(KILL, "d", Caller(uid=100_000), asked(), 60.0)
    assert caught.value.code == 428
