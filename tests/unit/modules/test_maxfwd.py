"""Module maxfwd."""

from __future__ import annotations

import pytest

from tests.script_run import OPTIONS, make_request
from tests.unit.modules.asking import answer, load, sent_lines, value


def request(max_forwards: str | None) -> bytes:
    line = "" if max_forwards is None else f"Max-Forwards: {max_forwards}\r\n"
    return OPTIONS.replace(b"Max-Forwards: 70\r\n", line.encode())


def sent_on(calls: str, max_forwards: str | None, more: str = "") -> list[str]:
    lines = sent_lines(calls, request(max_forwards), "maxfwd", more=more)
    return [line.partition(": ")[2] for line in lines if line.startswith("Max-Forwards")]


@pytest.mark.parametrize("name", ["mf_process_maxfwd_header", "maxfwd_process", "process_maxfwd"])
@pytest.mark.parametrize(("received", "returned"), [("70", 1), ("1", 1), ("255", 1), ("0", -1), ("000", -1), (None, 2)])
def test_process_returns(name: str, received: str | None, returned: int) -> None:
    assert value(f'{name}("10")', request(received), "maxfwd") == returned


@pytest.mark.parametrize(("received", "sent"), [("70", "69"), ("1", "0"), ("71", "70"), ("255", "70"), (None, "10")])
def test_processed_request_goes_on_with(received: str | None, sent: str) -> None:
    assert sent_on("mf_process_maxfwd_header(10);", received) == [sent]
    twice = "mf_process_maxfwd_header(10); mf_process_maxfwd_header(10);"
    assert sent_on(twice, received) == [sent], "counting twice counts once"


def test_limit_is_a_parameter() -> None:
    assert sent_on("mf_process_maxfwd_header(10);", "70", 'modparam("maxfwd", "max_limit", 5)') == ["5"]


def test_request_that_may_not_go_on_is_answered() -> None:
    run = load('if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }', "maxfwd")
    assert run.send(request("0")).status == 483


@pytest.mark.parametrize("name", ["mf_lowlimit", "is_maxfwd_lt"])
@pytest.mark.parametrize(("received", "lower"), [("9", True), ("10", False), ("0", True), (None, False)])
def test_limit(name: str, received: str | None, lower: bool) -> None:
    assert answer(f"{name}(10)", request(received), "maxfwd") is lower


@pytest.mark.parametrize(
    ("received", "present", "zero"), [("70", True, False), ("0", True, True), (None, False, False)]
)
def test_oldest_tests(received: str | None, present: bool, zero: bool) -> None:
    assert answer("mf_is_maxfwd_present()", request(received), "maxfwd") is present
    assert answer("mf_is_maxfwd_zero()", request(received), "maxfwd") is zero


def test_oldest_changes() -> None:
    assert sent_on("mf_decrement_maxfwd();", "20") == ["19"]
    assert sent_on('mf_add_maxfwd_header("10");', None) == ["10"]
    assert not answer("mf_decrement_maxfwd()", request(None), "maxfwd")
    assert not answer('mf_add_maxfwd_header("10")', request("5"), "maxfwd")


def test_counted_hops_survive_applied_changes() -> None:
    calls = "mf_process_maxfwd_header(10); msg_apply_changes();"
    lines = sent_lines(calls, make_request(), "maxfwd", "textopsx")
    assert "Max-Forwards: 69" in lines
