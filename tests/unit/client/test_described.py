"""What servers say of their methods, to types, effects and names."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sertwist.client.described import Described, Parameter, describe
from sertwist.client.failure import (
    BadAnswerError,
    DeniedError,
    ExitCode,
    Failure,
    FaultError,
    NotFoundError,
    OutcomeUnknownError,
    UnreachableError,
    UsageError,
)
from sertwist.client.placing import place

INFO = {
    "name": "ul.rm",
    "help": "Removes.",
    "params": [{"name": "table", "type": "string"}, {"name": "count", "type": "int", "optional": True}],
    "result": "int",
    "effect": "destructive",
    "idempotent": True,
}


class Says:
    """A session that answers each method of `answers`, and all others with a fault."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, method: str, _params: object = (), *, key: str = "") -> Any:
        answer = self.answers.get(method.removeprefix("system."), FaultError("no", code="fault", number=500))
        if isinstance(answer, Failure):
            raise answer
        return answer


def described(**answers: Any) -> Described:
    return describe(cast("Any", Says(**answers)), "m")


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
    assert described(methodSignature=signatures).types(2) == types


@pytest.mark.parametrize("answer", ["undef", None, 5, {}, [], [[]], ["string"], [[1]], [["int", 2]], b"x"])
def test_nothing_is_declared_when_the_answer_is_no_signature(answer: object) -> None:
    assert described(methodSignature=answer) == Described(name="m")
    assert not described(methodSignature=answer).is_known


def test_signatures_are_read_when_some_are_whole() -> None:
    assert described(methodSignature=(("int", "string"), 5, ["int"])).signatures == (("int", "string"), ("int",))


def test_info_says_all_when_the_server_has_it() -> None:
    found = described(methodInfo=INFO)
    assert (found.name, found.effect, found.is_idempotent, found.words) == ("ul.rm", "destructive", True, "Removes.")
    assert found.types(3) == ["string", "int", None]
    assert found.parameter("count") == Parameter(name="count", type="int", is_optional=True)


def test_a_repeated_parameter_types_all_that_follow() -> None:
    found = described(methodInfo={"params": [{"name": "v", "type": "double", "repeated": True}]})
    assert found.types(3) == ["double"] * 3


@pytest.mark.parametrize(
    "odd", [{"params": 5}, {"params": ["x"]}, {"effect": "none"}, {"effect": 7}, {"idempotent": 1}]
)
def test_nothing_is_taken_on_trust_when_info_is_odd(odd: dict[str, object]) -> None:
    found = described(methodInfo=odd)
    assert (found.parameters, found.effect, found.is_idempotent) == ((), "", False)


@pytest.mark.parametrize("kind", [FaultError, DeniedError, NotFoundError, BadAnswerError])
def test_nothing_is_declared_when_the_server_does_not_say(kind: type[Failure]) -> None:
    says = kind("x", code="x")
    assert described(methodInfo=says, methodSignature=says) == Described(name="m")


@pytest.mark.parametrize("kind", [UnreachableError, OutcomeUnknownError])
def test_method_was_not_run_when_its_description_was_lost(kind: type[Failure]) -> None:
    with pytest.raises(Failure) as caught:
        described(methodInfo=kind("x", code="x"))
    assert caught.value.exit_code == ExitCode.UNREACHABLE


def test_names_are_put_in_order() -> None:
    found = described(methodInfo=INFO)
    assert place(found, ["location"], {"count": 5}) == ["location", 5]
    assert place(found, [], {"count": 5, "table": "t"}) == ["t", 5]
    assert place(found, [], {"table": "t"}) == ["t"]


@pytest.mark.parametrize(
    ("params", "named", "words"),
    [
        ([], {"tabel": "x"}, "did you mean 'table'"),
        (["t"], {"table": "x"}, "given twice"),
        ([], {"count": 5}, "takes 'table' before 'count'"),
        ([], {"zzz": 5}, "it has table, count"),
    ],
)
def test_names_are_refused_when_they_fit_no_place(params: list[Any], named: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        place(described(methodInfo=INFO), params, named)


def test_names_are_refused_when_the_server_tells_none() -> None:
    with pytest.raises(UsageError, match="give them in order"):
        place(described(), [], {"a": 1})
