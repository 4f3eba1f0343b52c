"""What conditions mean, above all with undefined values (reference language 6.3 to 6.6)."""

import pytest

from sertwist.errors import TooLargeError
from sertwist.limits import MAX_SUBJECT


@pytest.mark.parametrize(
    ("condition", "with_x", "undefined", "empty"),
    [
        ('@a == "x"', True, False, False),
        ('@a != "x"', False, True, True),
        ('!(@a == "x")', False, True, True),
        ('@a == ""', False, True, True),
        ('@a != ""', True, False, False),
        ('"x" == @a', True, False, False),
        ('@a eq "x"', True, False, False),
        ('@a ne "x"', False, True, True),
        ('@a == "X"', False, False, False),
        ('@a =~ "^X$"', True, False, False),
        ('@a =~ ".*"', True, False, True),
        ('@a =~ "^(y)?"', True, False, True),
        ('!(@a =~ ".*")', False, True, False),
        ("@a == @b", False, False, False),
        ("@a != @b", True, True, True),
        ("defined @a", True, False, True),
        ("!defined @a", False, True, False),
        ("strempty(@a)", False, True, True),
        ("strlen(@a) == 1", True, False, False),
        ("strlen(@a) < 1", False, True, True),
        ('@a + "y" == "xy"', True, False, False),
        ('(str)@a == ""', False, True, True),
        ("(int)@a == 0", True, True, True),
        ("@a ieq 0", True, False, True),
    ],
)
def test_text_select(bench, condition: str, with_x: bool, undefined: bool, empty: bool) -> None:
    assert bench.holds(condition, a="x") is with_x
    assert bench.holds(condition) is undefined
    assert bench.holds(condition, a="") is empty


def test_two_selects_are_equal_only_when_both_are_defined(bench) -> None:
    assert bench.holds("@a == @b", a="x", b="x")
    assert not bench.holds("@a == @b", a="x", b="X")
    assert not bench.holds("@a == @b")
    assert bench.holds("@a == @b", a="", b="")
    assert not bench.holds("@a == @b", a="")


@pytest.mark.parametrize(
    ("condition", "true", "false", "undefined"),
    [
        ("@tls.peer.verified", True, False, False),
        ("!@tls.peer.verified", False, True, True),
        ("@tls.peer.verified == 1", True, False, False),
        ('@tls.peer.verified == "1"', True, False, False),
        ("@tls.peer.verified == yes", True, False, False),
        ("@tls.peer.verified == 0", False, True, False),
        ("@tls.peer.verified != 1", False, True, True),
        ("@TLS.Peer.Verified && method == OPTIONS", True, False, False),
    ],
)
def test_boolean_select(bench, condition: str, true: bool, false: bool, undefined: bool) -> None:
    assert bench.holds(condition, tls__peer__verified=True) is true
    assert bench.holds(condition, tls__peer__verified=False) is false
    assert bench.holds(condition) is undefined


@pytest.mark.parametrize("value", ["1", "0", "yes", 1, 2, [1]])
def test_boolean_select_is_true_only_of_true_itself(bench, value: object) -> None:
    assert not bench.holds("@tls.peer.verified", tls__peer__verified=value)


@pytest.mark.parametrize("true", ["1", '"1"', '"true"', "yes"])
@pytest.mark.parametrize("false", ["0", '"0"', '"false"', "no"])
def test_boolean_equals_numbers_and_their_words(bench, true: str, false: str) -> None:
    for value in (True, False, None):
        assert bench.holds(f"@tls.peer.verified == {true}", tls__peer__verified=value) is (value is True)
        assert bench.holds(f"@tls.peer.verified == {false}", tls__peer__verified=value) is (value is False)
        assert bench.holds(f"@tls.peer.verified != {true}", tls__peer__verified=value) is (value is not True)


def test_comparison_sees_compare_and_the_rest_sees_get(bench) -> None:
    given = {"tls__peer": "shown", "tls__peer_compared": "Bob"}
    assert bench.holds('@tls.peer == "Bob"', **given)
    assert bench.holds('@tls.peer =~ "^bob$"', **given)
    assert not bench.holds('@tls.peer == "shown"', **given)
    assert bench.holds("strlen(@tls.peer) == 5", **given)
    # a name that is not unique: printable, defined, equal to nothing
    assert bench.holds('defined @tls.peer && @tls.peer != "shown"', tls__peer="shown")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("@n == 5", True),
        ('@n == "5"', True),
        ("@n != 5", False),
        ("@n > 4 && @n >= 5 && @n < 6 && @n <= 5", True),
        ("@n > 5 || @n < 5", False),
        ("@n == src_port", False),
        ("@n + 5055 == src_port", True),
        ("@n * 2 - 3 == 7", True),
        ("(@n | 8) == 13 && (@n & 4) == 4 && (@n ^ 1) == 4", True),
        ("-@n == -5 && ~@n == -6", True),
        ("@n", True),
        ("!@n", False),
        ("1 < @n", True),
        ("@n eq 5", True),
    ],
)
def test_numbers(bench, condition: str, holds: bool) -> None:
    assert bench.holds(condition, n=5) is holds


def test_undefined_number_is_0_in_order_and_equals_nothing(bench) -> None:
    assert bench.holds("@n < 1 && @n >= 0")
    assert not bench.holds("@n == 0")
    assert bench.holds("@n != 0")
    assert not bench.holds("@n")
    assert bench.holds("!@n")


def test_number_alone_must_be_positive_but_inside_only_not_0(bench) -> None:
    assert not bench.holds("@n", n=-1)
    assert bench.holds("@n && @n", n=-1)


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("-3", -3), ("0x1F", 31), ("", 0), ("12a", 0), ("1" * 30, 0), ("\u0663", 0)]
)
def test_text_becomes_a_number_by_its_whole(bench, text: str, value: int) -> None:
    assert bench.holds(f"(int)@a == {value}" if value >= 0 else f"(int)@a == -{-value}", a=text)


@pytest.mark.parametrize("word", ["TLS", "tls", '"TLS"', '"tls"', "Tls"])
def test_protocol_is_a_word_in_any_case(bench, word: str) -> None:
    assert bench.holds(f"proto == {word}", protocol="TLS")
    assert not bench.holds(f"proto == {word}", protocol="TCP")
    assert bench.holds(f"proto != {word}", protocol="UDP")


def test_method_is_exact_and_may_be_bare(bench) -> None:
    assert bench.holds('method == INVITE && method == "INVITE" && "INVITE" == method', method="INVITE")
    assert not bench.holds('method == "INVITE"', method="invite")
    assert bench.holds('method =~ "^(INVITE|ACK)$"', method="ACK")
    assert bench.holds('!method == "INVITE"', method="ACK")


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        ("src_ip == 10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ('src_ip == "10.1.2.3"', "10.1.2.3", "10.1.2.30"),
        ("src_ip == 10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
        ("src_ip == 10.0.0.0/255.0.0.0", "10.255.0.1", "11.0.0.1"),
        ('src_ip == "10.0.0.0/8"', "10.255.0.1", "11.0.0.1"),
        ("src_ip == [2001:DB8::1]", "2001:db8::1", "2001:db8::2"),
        ("src_ip == 2001:db8::/32", "2001:db8:ffff::1", "10.0.0.1"),
        ("src_ip == myself", "192.0.2.9", "192.0.2.8"),
        ("myself == src_ip", "192.0.2.9", "192.0.2.8"),
        ('src_ip =~ "^10\\."', "10.0.0.1", "110.0.0.1"),
        ("src_ip == @a", "192.0.2.7", "192.0.2.8"),
    ],
)
def test_addresses(bench, condition: str, inside: str, outside: str) -> None:
    given = {"mine": ("192.0.2.9",), "a": "192.0.2.7"}
    assert bench.holds(condition, source_ip=inside, **given)
    assert not bench.holds(condition, source_ip=outside, **given)
    assert not bench.holds(condition.replace("==", "!="), source_ip=inside, **given) or "=~" in condition


def test_text_that_is_no_address_is_in_no_network(bench) -> None:
    assert not bench.holds("src_ip == 0.0.0.0/0", source_ip="unix")


def test_uri_is_compared_in_any_case(bench) -> None:
    assert bench.holds('uri == "SIP:alice@EXAMPLE.org"')
    assert not bench.holds('uri == "sip:alice@example.org"', uri=None)
    assert bench.holds('uri == ""', uri=None)
    assert bench.holds("uri == myself", uri="sip:me", mine=("sip:me",))
    assert not bench.holds("uri == myself", uri=None)


def test_old_bit_operators_between_conditions_are_logical(bench) -> None:
    assert bench.holds('method=="ACK" | method=="OPTIONS"')
    assert not bench.holds('method=="ACK" & yes()')


def test_second_side_is_not_evaluated_when_the_first_decides(bench) -> None:
    assert bench.run("route { if (no() && yes() || yes()) exit; }")[1] == [("no",), ("yes",)]


def test_family_and_length_words_are_numbers(bench) -> None:
    assert bench.holds("@n == inet6", n=6)
    assert bench.holds("@n <= max_len", n=65_535)
    assert not bench.holds("@n <= max_len", n=65_536)


def test_value_to_be_matched_is_bounded(bench) -> None:
    assert bench.holds('@a =~ "x"', a="x" * MAX_SUBJECT)
    with pytest.raises(TooLargeError):
        bench.holds('@a =~ "x"', a="x" * (MAX_SUBJECT + 1))
