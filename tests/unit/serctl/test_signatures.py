"""Signatures to the types of arguments."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sertwist.serctl.exit_codes import ExitCode, Failure
from sertwist.serctl.signatures import declared_types, fetch_signatures


class Says:
    """A session that answers every call alike."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def call(self, *_arguments: object) -> Any:
        if isinstance(self.answer, Failure):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("signatures", "types"),
    [
        ([], [None, None]),
        ([("array", "string", "int")], ["string", "int"]),
        ([("array",), ("array", "string"), ("array", "string", "int")], ["string", "int"]),
        ([("array", "string", "int"), ("array", "int", "int")], [None, "int"]),
        ([("array", "string", "int"), ("array", "int", "int", "int")], ["string", "int"]),
        ([("array", "string")], ["string", None]),
        ([("array", "string", "int", "int")], ["string", "int"]),
    ],
)
def test_types_are_those_that_the_signatures_agree_on(
    signatures: list[tuple[str, ...]], types: list[str | None]
) -> None:
    assert declared_types(signatures, 2) == types


@pytest.mark.parametrize("answer", ["undef", None, 5, {}, [], [[]], ["string"], [[1]], [["int", 2]], b"x"])
def test_nothing_is_declared_when_the_answer_is_no_signature(answer: object) -> None:
    assert fetch_signatures(cast("Any", Says(answer)), "m") == []


def test_signatures_are_read_when_some_are_whole() -> None:
    assert fetch_signatures(cast("Any", Says((("int", "string"), 5, ["int"]))), "m") == [("int", "string"), ("int",)]


@pytest.mark.parametrize("exit_code", [ExitCode.FAULT, ExitCode.DENIED, ExitCode.NOT_FOUND, ExitCode.BAD_ANSWER])
def test_nothing_is_declared_when_the_server_does_not_say(exit_code: ExitCode) -> None:
    assert fetch_signatures(cast("Any", Says(Failure(exit_code, "x", code="x"))), "m") == []


@pytest.mark.parametrize("exit_code", [ExitCode.UNREACHABLE, ExitCode.UNKNOWN_OUTCOME])
def test_method_was_not_run_when_its_signature_was_lost(exit_code: ExitCode) -> None:
    with pytest.raises(Failure) as caught:
        fetch_signatures(cast("Any", Says(Failure(exit_code, "x", code="x"))), "m")
    assert caught.value.exit_code == ExitCode.UNREACHABLE
