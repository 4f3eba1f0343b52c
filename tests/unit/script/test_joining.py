"""Conditions on one value are joined into one test, and mean the same (reference language 6.1)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("condition", "python"),
    [
        ('method == "A" || method == "B" || @a == "x"', "ctx.method in {'A', 'B'} or get_a(ctx) == 'x'"),
        ('method != "A" && method != "B"', "ctx.method not in {'A', 'B'}"),
        ('!(method == "A" || method == "B")', "ctx.method not in {'A', 'B'}"),
        ('@a == "x" || @a == "y" || @a == "z"', "get_a(ctx) in {'x', 'y', 'z'}"),
        ('@a == "x" || @b == "y"', "get_a(ctx) == 'x' or get_b(ctx) == 'y'"),
        ('@a == "x" && @a == "y"', "get_a(ctx) == 'x' and get_a(ctx) == 'y'"),
        ('@first == "x" || @first == "y"', "get_first(ctx, 0) == 'x' or get_first(ctx, 0) == 'y'"),
        ("src_ip == 10.0.0.0/8 || src_ip == ::/0", "in_network(ctx.source_ip, (4, 4278190080, 167772160), (6, 0, 0))"),
        ("src_ip != 10.0.0.0/8 && src_ip != ::/0",
         "not in_network(ctx.source_ip, (4, 4278190080, 167772160), (6, 0, 0))"),
        ("yes() && 1 == 1", "(yes(ctx) or end(ctx)) > 0"),
        ("1 == 1 || yes()", None),
        ("yes() && 1 == 2", "(yes(ctx) or end(ctx)) > 0 and False"),
    ],
)  # fmt: skip
def test_joined(bench, condition: str, python: str | None) -> None:
    first = bench.python("route { if (" + condition + ") exit; }").splitlines()[1].strip()
    assert first == ("ctx.ended = True" if python is None else f"if {python}:")


@pytest.mark.parametrize("value", ["x", "y", "z", "", None])
def test_joined_conditions_mean_the_same(bench, value: str | None) -> None:
    assert bench.holds('@a == "x" || @a == "y"', a=value) is (value in {"x", "y"})
    assert bench.holds('@a != "x" && @a != "y"', a=value) is (value not in {"x", "y"})


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.255.255.255", True), ("11.0.0.0", False), ("192.168.1.1", True), ("192.168.2.0", False),
     ("2001:db8::1", True), ("2001:db9::1", False), ("::a00:1", False), ("no address", False)],
)  # fmt: skip
def test_address_in_one_of_several_networks(bench, address: str, inside: bool) -> None:
    condition = "src_ip == 10.0.0.0/8 || src_ip == 192.168.1.0/24 || src_ip == 2001:db8::/32"
    assert bench.holds(condition, source_ip=address) is inside
