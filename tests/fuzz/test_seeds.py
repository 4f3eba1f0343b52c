"""Every seed, and every input that once failed, is read as the targets say; the random part is `make fuzz`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.certificates import fuzz_alternative_names
from tests.fuzz.der import build, parse
from tests.fuzz.targets import SEEDS, TARGETS, Target

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Attribute's length")  # the library's, about odd names
ALL = [(target, path) for target in TARGETS for path in target.seeds()]


@pytest.mark.parametrize(("target", "path"), ALL, ids=lambda value: value.name)
def test_seed_is_read_as_it_should_be(target: Target, path: Path) -> None:
    target.check(path.read_bytes())


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.name)
def test_changed_seeds_are_read_as_they_should_be(target: Target) -> None:
    """Each seed with each of a few changes: the same ones in every run."""
    for number, path in enumerate(target.seeds()):
        data = path.read_bytes()
        for kind in range(12):
            target.check(target.mutate(data, kind, number * 37 + kind * 101, target.words[kind % len(target.words)]))


def test_every_folder_of_seeds_belongs_to_a_target() -> None:
    assert sorted(path.name for path in SEEDS.iterdir()) == sorted(target.name for target in TARGETS)


def test_certificates_come_out_of_the_tree_as_they_went_in() -> None:
    for path in (SEEDS / "certificate").glob("*.der"):
        assert build(parse(path.read_bytes())) == path.read_bytes()


def test_target_finds_a_defect_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can fail: a reader that takes a user's URI for a domain is found."""
    monkeypatch.setattr("tests.fuzz.certificates.sip_domains", lambda view: ("bob",))
    with pytest.raises(AssertionError, match="a domain that is not there"):
        fuzz_alternative_names((SEEDS / "alternative_names" / "user-uri").read_bytes())


@pytest.fixture
def own_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of seeds with one, for a target of the name `own`."""
    for module in ("tests.fuzz.targets", "tests.fuzz.__main__"):
        monkeypatch.setattr(f"{module}.SEEDS", tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "seed").write_bytes(b"abc")
    return tmp_path / "own"


def test_input_that_fails_is_kept_as_a_seed(own_seeds: Path) -> None:
    def check(data: bytes) -> None:
        assert b"!" not in data

    assert not fuzz(Target("own", check, (b"!",)), 30, 1)
    (found,) = own_seeds.glob("found-*")
    assert b"!" in found.read_bytes()


def test_time_ends_the_search_when_nothing_fails(own_seeds: Path) -> None:
    seen: set[bytes] = set()
    assert fuzz(Target("own", seen.add, (b"!",)), 0.01, 1)
    assert len(seen) > 10
    assert [path.name for path in own_seeds.iterdir()] == ["seed"]
