"""The order of a turn, and what one connection's defect does to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.transport.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable


class Connection:
    """Answers what it takes; notes everything in the story that all of a test share."""

    def __init__(self, name: str, turn: Turn, story: list[str]) -> None:
        self.name, self.turn, self.story = name, turn, story
        self.before_answer: Callable[[], object] = lambda: None
        self.before_send: Callable[[], object] = lambda: None

    def take(self, data: bytes) -> None:
        self.before_answer()
        self.story.append(f"{self.name} answers {data.decode()}")
        if not self.turn.will_send(self):
            self.send_queued()

    def send_queued(self) -> None:
        self.before_send()
        self.story.append(f"{self.name} sends")

    def connectionLost(self, _reason: object) -> None:  # noqa: N802
        self.story.append(f"{self.name} is lost")


def test_all_answer_when_all_have_read_and_send_when_all_have_answered() -> None:
    turn, story = Turn(), []
    one, other = (Connection(name, turn, story) for name in ("one", "other"))
    turn.begin()
    turn.received(one, b"1")
    turn.received(other, b"2")
    assert story == []
    turn.end()
    assert story == ["one answers 1", "other answers 2", "one sends", "other sends"]
    turn.end()
    assert len(story) == 4


def test_outside_of_a_turn_all_is_done_at_once() -> None:
    turn, story = Turn(), []
    one = Connection("one", turn, story)
    turn.received(one, b"1")
    turn.begin()
    turn.end()
    turn.received(one, b"2")
    assert story == ["one answers 1", "one sends", "one answers 2", "one sends"]


def test_what_sending_sets_free_is_sent_at_once() -> None:
    turn, story = Turn(), []
    one, other = (Connection(name, turn, story) for name in ("one", "other"))
    one.before_send = lambda: turn.received(other, b"2")
    turn.begin()
    turn.received(one, b"1")
    turn.end()
    assert story == ["one answers 1", "other answers 2", "other sends", "one sends"]


def test_defect_in_any_pass_ends_the_connection_it_befell_and_no_other() -> None:
    turn, story = Turn(), []
    mute, deaf, sound = (Connection(name, turn, story) for name in ("mute", "deaf", "sound"))
    mute.before_send = deaf.before_answer = lambda: 1 // 0
    turn.begin()
    for each in (mute, deaf, sound):
        turn.received(each, b"x")
    turn.end()
    assert story == ["mute answers x", "deaf is lost", "sound answers x", "mute is lost", "sound sends"]
