"""Indexes of selects, and variables: what the declared function receives, and what the value is in expressions."""

import pytest


@pytest.mark.parametrize(
    ("written", "received"),
    [
        ("@first", "0"),
        ("@FIRST[3]", "3"),
        ("@first[-1]", "-1"),
        ("@must[0]", "0"),
        ('@via.params["X-y"]', "1/X-y"),
        ('@via[2].params["a]b"]', "2/a]b"),
        ("@open.Name", "Name/1"),
        ("@open.Name[2]", "Name/2"),
        ("@open.Name[*]", "Name/*"),
        ('@open["X-y"][-1]', "X-y/-1"),
        ("@open.CLOSED", "closed"),
        ("@open.name.first", "n"),
        ("@open.Name[3].FIRST", "N"),
        ("@open.name.first.all", "n"),
        ("@open.name.of.Part", "name/1:Part"),
        ('@open.name.of["a b"]', "name/1:a b"),
        ("@open.name.first.own", "name"),
        ("@pair.A.b", "A+b"),
        ('@pair["x y"].b', "x y+b"),
        ("$v_list", "0"),
        ("$v_list[2]", "2"),
        ("$(v_list)", "0"),
        ("$(v_list[2])", "2"),
        ("$v_count(DNS)", "DNS/0"),
        ("$v_count(ip)", "IP/0"),
        ("$(v_count(IP)[4])", "IP/4"),
        ('"@first[3]"', "3"),
        ('"$v_list[2]"', "2"),
        ('"$v_count(DNS)"', "DNS/0"),
        ('"$v_list[2] "', "0[2] "),
    ],
)
def test_brackets_and_parentheses_reach_the_declared_function(bench, written: str, received: str) -> None:
    _, calls = bench.run("route { say(" + written + "); }")
    assert calls == [("say", received)]


def test_variable_compares_as_a_select_does(bench) -> None:
    assert bench.holds('$v == "x"', v="x")
    assert not bench.holds('$v == "X"', v="x")
    assert bench.holds('$v != "x"', v=None)
    assert not bench.holds("$v == $none", v=None)
    assert bench.holds('$v =~ "^X"', v="x1")
    assert bench.holds("$v == 7", v="7")


def test_boolean_variable_is_a_number_and_a_text(bench) -> None:
    for condition in ("$flag", "$flag == 1", '$flag == "1"', "$flag != 0"):
        assert bench.holds(condition, flag=True)
        assert not bench.holds(condition, flag=False)
    _, calls = bench.run("route { say($flag); }")
    assert calls == [("say", "0")]


def test_null_equals_what_is_undefined(bench) -> None:
    for name in ("@a", "$v"):
        given = {name[1:]: None}
        assert bench.holds(f"{name} == $null", **given)
        assert not bench.holds(f"{name} != $null", **given)
        assert bench.holds(f"{name} == NULL", **given)
        assert not bench.holds(f"{name} != NULL", **given)
        for value in ("", "x"):
            assert not bench.holds(f"$null == {name}", **{name[1:]: value})
            assert bench.holds(f"{name} ne $null", **{name[1:]: value})


def test_null_as_an_argument_is_empty(bench) -> None:
    _, calls = bench.run("route { say($null); say($none); }")
    assert calls == [("say", ""), ("say", "")]


def test_word_argument_arrives_in_lower_case(bench) -> None:
    _, calls = bench.run('route { choose("DNS"); }')
    assert calls == [("choose", "dns")]


def test_homoglyph_and_other_case_are_not_equal(bench) -> None:
    assert not bench.holds('@a == "Bоb"', a="Bob")  # noqa: RUF001 (that letter is the point)
    assert not bench.holds('@a == "bob"', a="Bob")
