"""Records are frozen dataclasses with slots in all that is seen of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field

import pytest

from sertwist.record import record


@record
class Point:
    """A record."""

    across: int
    up: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Plain:
    """The same as a dataclass."""

    across: int
    up: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False)


@record(kw_only=True)
class Named:
    """Its fields are given by name."""

    size: int
    name: str = "x"


@pytest.mark.parametrize("kind", [Point, Plain])
def test_record_behaves_as_a_frozen_dataclass(kind: type[Point]) -> None:
    one = kind(1, up=2, tags=["a"])
    assert (one.across, one.up, one.tags, one.note) == (1, 2, ["a"], "")
    assert repr(one) == f"{kind.__name__}(across=1, up=2, tags=['a'])"
    assert one == kind(1, 2, ["b"])
    assert hash(one) == hash(kind(1, 2))
    assert one != kind(1, 2, note="x")
    assert one != (1, 2, ["a"], "")
    assert kind(1).tags is not kind(1).tags
    assert dataclasses.replace(one, up=5) == kind(1, 5)
    assert [each.name for each in dataclasses.fields(one)] == ["across", "up", "tags", "note"]  # type: ignore[arg-type]
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    match one:
        case kind(across, up=2):
            assert across == 1
        case _:
            pytest.fail("it does not match")


@pytest.mark.parametrize("kind", [Point, Plain])
def test_record_is_never_changed(kind: type[Point]) -> None:
    one = kind(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="across"):
        one.across = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="across"):
        del one.across
    with pytest.raises((AttributeError, TypeError)):
        one.other = 1  # type: ignore[attr-defined]
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize("kind", [Point, Plain])
def test_record_wants_its_fields(kind: type[Point]) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'across'"):
        kind()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'down'"):
        kind(1, down=1)  # type: ignore[call-arg]


def test_fields_by_name_are_only_given_so() -> None:
    assert Named(size=1) == Named(name="x", size=1)
    with pytest.raises(TypeError, match="positional argument"):
        Named(1)  # type: ignore[misc]
