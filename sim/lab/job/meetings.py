"""Averaging in pairs with workers in other processes."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, cast

from sim.connections.pairs.meetings import Meeting, Meetings
from sim.lab.job.connection import raw, size_of
from sim.lab.job.frame import Frame
from sim.lab.job.tape import OwnTape, tape_of
from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.lab.job.post import Post
    from sim.world.worker import Worker
    from sim.world.world import World


class Word(IntEnum):
    """What the two who are to meet say; the numbers follow those of `sim.lab.job.pairs`."""

    ask = 11
    forget = 12
    begin = 13
    answer = 14
    decline = 15
    refuse = 16
    offer = 17
    met = 18


class RemoteMeetings:
    """Stands for the side of a worker in another process: whatever it is told it sends there.

    A meeting is known on both sides by the rank of who has asked, and by its number there.

    Parameters
    ----------
    worker
        Stands for that worker: its rank and endpoint.
    own
        Rank of the worker of this process.
    nbytes
        Size of a model on the wire (B).
    post
        That of this process.
    """

    def __init__(self, worker: Worker, own: int, nbytes: float, post: Post) -> None:
        self._worker = worker
        self._rank = own
        self._nbytes = nbytes
        self._post = post
        self._count = 0
        self._numbers: dict[Meeting, int] = {}  # of meetings that both sides know
        self._asked: dict[int, Meeting] = {}  # by the worker of this process, by number
        self._asking: dict[int, Meeting] = {}  # by the other one

    def _be_asked(self, meeting: Meeting) -> None:
        self._count += 1
        self._numbers[meeting], self._asked[self._count] = self._count, meeting
        self._say(Word.ask, meeting)

    def _forget(self, meeting: Meeting) -> None:
        self._say(Word.forget, meeting)

    def _begin(self, meeting: Meeting) -> None:
        self._say(Word.begin, meeting)

    def _answer(self, meeting: Meeting) -> None:
        self._say(Word.answer, meeting)

    def _declined(self) -> None:
        """Whose turn it is does not want it: which one, the other side knows."""
        self._post.send(self._worker.rank, Frame(Word.decline))

    def _be_refused(self, meeting: Meeting) -> None:
        self._say(Word.refuse, meeting)

    def _meet(self, meeting: Meeting, x: Vector) -> None:
        numbers = raw(tape_of(x).numbers(x))
        self._say(Word.offer, meeting, numbers, size_of(numbers, self._nbytes))

    def met(self, meeting: Meeting) -> None:
        """The other's model has arrived here."""
        self._say(Word.met, meeting)

    def known(self, number: int, asked: bool) -> Meeting | None:
        """The meeting of a number, that the worker of this process has asked for or been asked for."""
        return (self._asked if asked else self._asking).get(number)

    def add(self, meeting: Meeting, number: int) -> None:
        """The other one has asked for a meeting."""
        self._numbers[meeting], self._asking[number] = number, meeting

    def drop(self, meeting: Meeting) -> None:
        """A meeting is over, or will never be."""
        number = self._numbers.pop(meeting, 0)
        for side in (self._asked, self._asking):
            if side.get(number) is meeting:
                del side[number]

    def _say(self, word: Word, meeting: Meeting, numbers: memoryview | bytes = b"", size: int = 0) -> None:
        mine = meeting.active._worker.rank == self._rank
        self._post.send(self._worker.rank, Frame(word, mine, self._numbers[meeting], numbers, size))


class RealMeetings(Meetings):
    """The side of the worker of this process.

    Each side keeps a meeting for itself; both know that it is over when each has the other's model, which they say.

    Parameters
    ----------
    world, worker, nbytes
        See `Meetings`.
    """

    def __init__(self, world: World, worker: Worker, nbytes: float) -> None:
        super().__init__(world, worker, nbytes)
        self._others: dict[int, RemoteMeetings] = {}

    def know(self, others: dict[int, RemoteMeetings]) -> None:
        """Know those who stand for the others, by rank."""
        self._others = others

    def hear(self, sender: int, frame: Frame, tape: OwnTape) -> None:
        """What the other side of a meeting has said."""
        other, word = self._others[sender], Word(frame.kind)
        if word is Word.ask:
            meeting = Meeting(cast("Meetings", other), self)
            other.add(meeting, frame.number)
            self._be_asked(meeting)
            return
        if word is Word.decline:
            self._declined()
            return
        known = other.known(frame.number, asked=not frame.token)
        assert known is not None, "a meeting is kept until both sides are done with it"
        if word is Word.offer:
            self._meet(known, tape.taken(frame.numbers))
        else:
            self._told(word)(known)

    def _told(self, word: Word) -> Callable[[Meeting], object]:
        return {
            Word.forget: self._forget,
            Word.begin: self._begin,
            Word.answer: self._answer,
            Word.refuse: self._be_refused,
            Word.met: self._arrived,
        }[word]

    def _meet(self, meeting: Meeting, x: Vector) -> None:
        """The other's model has arrived."""
        self._worker.moved(self._worker.x + (0.5 * x - 0.5 * meeting.offers[self]))
        self._others[self._other(meeting)].met(meeting)
        self._arrived(meeting)

    def _arrived(self, meeting: Meeting) -> None:
        """One of the two models has arrived; with the second one the meeting is over."""
        meeting.to_arrive -= 1
        if meeting.to_arrive > 0:
            return
        self._others[self._other(meeting)].drop(meeting)
        if meeting.active is self:
            self._own = None
        else:
            self._present = None
            self._turn()

    def _other(self, meeting: Meeting) -> int:
        return (meeting.passive if meeting.active is self else meeting.active)._worker.rank
