"""htable's tables: declarations, expiry, bounds. Times are numbers that the tests choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sertwist.limits import TableLimits
from sertwist.modules.htable.definition import Definition, read_definition
from sertwist.modules.htable.selecting import Wanted
from sertwist.modules.htable.selecting import test_of as chosen_by
from sertwist.modules.htable.selecting import test_of_text as chosen_by_text
from sertwist.modules.htable.store import Budget
from sertwist.modules.htable.table import Table, make_table
from sertwist.script.pattern import PatternError

LIMITS = TableLimits()


def table(limits: TableLimits = LIMITS, budget: Budget | None = None, **changes: object) -> Table:
    definition = replace(Definition(name="t", size=2), **changes)  # type: ignore[arg-type]
    return make_table(definition, limits, budget or Budget(limits.max_bytes))


@pytest.mark.parametrize(
    ("text", "definition"),
    [
        ("a=>size=8", Definition(name="a")),
        ("ipban=>size=8;autoexpire=300;", Definition(name="ipban", lifetime=300)),
        (" x => size = 4 ; initval = 0 ; updateexpire=0", Definition(name="x", size=4, initial=0, renews=False)),
        ("x=>size=4;initval=none", Definition(name="x", size=4, initial="none")),
        ("x=>size=4;dmqreplicate=0", Definition(name="x", size=4)),
        ("x", Definition(name="x")),
    ],
)
def test_table_is_declared_as_scripts_do(text: str, definition: Definition) -> None:
    assert read_definition(text) == definition


@pytest.mark.parametrize("text", ["a=>size=8;dbtable=htable;dbmode=1", "a=>dmqreplicate=1"])
def test_options_of_databases_and_replication_are_told_of(text: str) -> None:
    assert read_definition(text).ignored


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name"),
        ("=>size=8", "name"),
        ("a b=>size=8", "name"),
        ("a=>", "option"),
        ("a=>siez=8", "did you mean 'size'"),
        ("a=>size=", "value"),
        ("a=>size=x", "number"),
        ("a=>size=32", "0 to 31"),
        ("a=>autoexpire=-1", "number"),
        ("a=>updateexpire=2", "0 to 1"),
    ],
)
def test_wrong_declaration_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_definition(text)


def test_entry_ends_with_the_lifetime_of_its_table_and_an_update_renews_it() -> None:
    one = table(lifetime=10)
    one.put("k", "v", 0.0)
    assert [one.get("k", now) for now in (0.0, 9.9, 10.0)] == ["v", "v", None]
    one.put("k", "w", 5.0)
    assert one.get("k", 14.9) == "w"
    assert one.seconds_left("k", 5.0) == 10
    assert one.seconds_left("k", 14.5) == 1
    assert one.seconds_left("k", 15.0) == 0


def test_update_leaves_the_end_alone_when_the_table_says_so() -> None:
    one = table(lifetime=10, renews=False)
    one.put("k", 1, 0.0)
    one.add("k", 1, 9.0)
    assert (one.get("k", 9.5), one.get("k", 10.0)) == (2, None)
    one.put("k", 3, 11.0)
    assert one.get("k", 20.9) == 3


def test_entry_can_have_an_end_of_its_own() -> None:
    one = table(lifetime=10)
    assert not one.live_for("k", 5, 0.0)
    one.put("k", "v", 0.0)
    assert one.live_for("k", 100, 0.0)
    assert one.get("k", 99.0) == "v"
    assert one.live_for("k", 0, 50.0)
    assert one.get("k", 1e9) == "v"
    one.put("n", "v", 0.0, lifetime=0)
    assert one.get("n", 1e9) == "v"


def test_counting_begins_with_the_initial_value_or_not_at_all() -> None:
    counted, plain = table(initial=0), table()
    assert [counted.add("k", n, 0.0) for n in (1, 1, -1)] == [1, 2, 1]
    assert plain.add("k", 1, 0.0) is None
    plain.put("k", "text", 0.0)
    assert plain.add("k", 1, 0.0) is None
    assert plain.get("k", 0.0) == "text"
    counted.put("e", 5, 0.0, lifetime=1)
    assert counted.add("e", 1, 2.0) == 1


def test_key_without_entry_has_the_initial_value() -> None:
    assert table(initial="none").get("k", 0.0) == "none"
    assert table().get("k", 0.0) is None


@pytest.mark.parametrize(
    ("bound", "last", "past"),
    [
        ("max_key", ("k" * 8, "v"), ("k" * 9, "v")),
        ("max_value", ("k", "v" * 8), ("k", "v" * 9)),
    ],
)
def test_length_is_bounded(bound: str, last: tuple[str, str], past: tuple[str, str]) -> None:
    one = table(replace(LIMITS, **{bound: 8}))
    assert one.put(*last, 0.0)
    assert not one.put(*past, 0.0)
    assert one.refused == 1
    assert one.get("k", 0.0) != past[1]


def test_full_table_refuses_new_keys_and_takes_updates() -> None:
    one = table(replace(LIMITS, max_entries=3))
    assert [one.put(f"k{n}", n, 0.0) for n in range(4)] == [True, True, True, False]
    assert one.put("k0", 9, 0.0)
    assert (len(one), one.refused) == (3, 1)
    one.remove("k0")
    assert one.put("k3", 3, 0.0)


def test_bytes_are_shared_by_all_tables_and_given_back() -> None:
    budget = Budget(1_000)
    one, other = table(budget=budget), table(budget=budget)
    assert one.put("a", "x" * 500, 0.0)
    assert not other.put("a", "x" * 500, 0.0)
    assert one.put("a", "y", 0.0)
    assert other.put("a", "x" * 500, 0.0)
    one.clear()
    other.remove("a")
    assert budget.used == 0


def test_what_expired_is_taken_out_slot_by_slot() -> None:
    budget = Budget(1_000_000)
    one = table(budget=budget, lifetime=10)
    for number in range(100):
        one.put(f"k{number}", number, float(number % 2))
    gone = [each for slot in range(one.slots) for each in one.take_expired(slot, 10.0)]
    assert len(gone) == 50 == len(one)
    assert all(value % 2 == 0 for _, value in gone if isinstance(value, int))
    for slot in range(one.slots):
        one.take_expired(slot, 11.0)
    assert budget.used == 0


def test_slots_of_a_full_table_stay_small_whatever_the_size_declared() -> None:
    one = make_table(Definition(name="t", size=1), LIMITS, Budget(1))
    assert one.slots * LIMITS.entries_per_slot >= LIMITS.max_entries
    assert make_table(Definition(name="t", size=31), LIMITS, Budget(1)).slots == 1 << LIMITS.max_slot_bits


@pytest.mark.parametrize(
    ("operator", "value", "passes"),
    [
        ("eq", "alice", ["alice"]),
        ("ne", "alice", ["alibi", "bob", 42]),
        ("sw", "ali", ["alice", "alibi"]),
        ("ew", "b", ["bob"]),
        ("in", "ib", ["alibi"]),
        ("re", "^[a-b].*b", ["alibi", "bob"]),
        ("eq", "42", [42]),
    ],
)
def test_entries_are_chosen_by_operator(operator: str, value: str, passes: list[object]) -> None:
    test = chosen_by(operator, Wanted(value))
    assert [each for each in ("alice", "alibi", "bob", 42) if test(each)] == passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("*", ["alice", "alibi", "bob", 42]),
        ("~~^al", ["alice", "alibi"]),
        ("~%al", ["alice", "alibi"]),
        ("==bob", ["bob"]),
        ("eq42", [42]),
        ("b$", ["bob"]),
    ],
)
def test_entries_are_counted_by_text(text: str, passes: list[object]) -> None:
    test = chosen_by_text(text)
    assert [each for each in ("alice", "alibi", "bob", 42) if test(each)] == passes


def test_slow_pattern_is_refused() -> None:
    with pytest.raises(PatternError):
        chosen_by("re", Wanted("(a+)+$"))
