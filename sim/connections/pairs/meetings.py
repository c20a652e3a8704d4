"""Averaging in pairs beside the gradients: who meets whom, and what becomes of their models."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.world.worker import Worker
    from sim.world.world import World


class Meeting:
    """Two workers who average their models, or who are to.

    Attributes
    ----------
    active, passive
        The sides of who has asked for it, and of who was asked.
    offers
        What either side sends; the active one's is there once the meeting has begun.
    """

    __slots__ = ("active", "offers", "passive", "to_arrive")

    def __init__(self, active: Meetings, passive: Meetings) -> None:
        self.active = active
        self.passive = passive
        self.offers: dict[Meetings, Vector] = {}
        self.to_arrive = 2  # offers

    @property
    def begun(self) -> bool:
        """Models are on their way."""
        return bool(self.offers)


class Meetings:
    """One worker's averagings with single others: one that it has asked for at a time, and one that it was asked for.

    Nothing is locked. Whoever asks is queued by the other one, who meets with one after the other, and may ask somebody
    else as long as its turn has not come. When it has, both send the model x that they have at that instant, at the
    same time. Each moves by half the difference of the two that were sent at the instant when the other's arrives,
    from wherever its own steps, and its other meeting, have brought it: so the sum of all models is conserved.

    That a worker has two meetings at a time at most is what keeps this stable. Of models that are sent at one instant
    each is given away once at most, in two halves, so that mixing stays doubly stochastic; a worker that gave three
    halves away would be thrown out further than it had been.

    Parameters
    ----------
    world
        What everybody in the run shares.
    worker
        Whose.
    nbytes
        Size of a model on the wire (B).
    """

    def __init__(self, world: World, worker: Worker, nbytes: float) -> None:
        self._world = world
        self._recorder = world.recorder
        self._worker = worker
        self._nbytes = nbytes
        self._own: Meeting | None = None  # that it has asked for
        self._present: Meeting | None = None  # that it was asked for, and whose turn it is
        self._asking: deque[Meeting] = deque()

    @property
    def may_ask(self) -> bool:
        """Nothing that it has asked for has begun."""
        return self._own is None or not self._own.begun

    def ask(self, peer: Meetings) -> None:
        """Ask a peer for an averaging, in place of what it has asked for before that has not begun.

        Who is asked, or is averaging, with that peer already does not ask again.
        """
        asked = self._own is not None and self._own.passive is peer
        if asked or any(meeting.active is peer for meeting in (self._present, *self._asking) if meeting is not None):
            return
        if self._own is not None:
            self._say(self._own.passive, self._own.passive._forget, self._own)
        self._own = Meeting(self, peer)
        self._say(peer, peer._be_asked, self._own)

    def lose(self, peer: Meetings) -> None:
        """A peer has failed: what they have not exchanged yet is not exchanged any more."""
        if self._own is not None and self._own.passive is peer:
            self._own = None
        self._asking = deque(meeting for meeting in self._asking if meeting.active is not peer)
        if self._present is not None and self._present.active is peer:
            self._declined()

    # -- who was asked

    def _be_asked(self, meeting: Meeting) -> None:
        """A peer asks. Of two who have asked each other, the lower rank's meeting counts."""
        crossing = self._own is not None and self._own.passive is meeting.active
        if crossing and self._worker.rank < meeting.active._worker.rank:
            self._say(meeting.active, meeting.active._be_refused, meeting)
        else:
            self._asking.append(meeting)
            self._turn()

    def _forget(self, meeting: Meeting) -> None:
        """Who has asked now asks somebody else; should its turn have come meanwhile, it declines."""
        if meeting in self._asking:
            self._asking.remove(meeting)

    def _turn(self) -> None:
        """Whose turn is it? That of who has waited longest."""
        if self._present is None and self._asking:
            meeting = self._present = self._asking.popleft()
            self._say(meeting.active, meeting.active._begin, meeting)

    def _answer(self, meeting: Meeting) -> None:
        meeting.offers[self] = self._worker.x
        self._send_offer(meeting, meeting.active)

    def _declined(self) -> None:
        self._present = None
        self._turn()

    # -- who has asked

    def _begin(self, meeting: Meeting) -> None:
        """It is its turn, if it has not asked somebody else meanwhile."""
        peer = meeting.passive
        if self._own is not meeting:
            self._say(peer, peer._declined)
            return
        self._recorder.averagings += 1
        meeting.offers[self] = self._worker.x
        self._say(peer, peer._answer, meeting)
        self._send_offer(meeting, peer)

    def _be_refused(self, meeting: Meeting) -> None:
        if self._own is meeting:
            self._own = None

    # -- both

    def _send_offer(self, meeting: Meeting, peer: Meetings) -> None:
        here, there = self._worker.endpoint, peer._worker.endpoint
        self._world.send(here, there, self._nbytes, None, peer._meet, meeting, meeting.offers[self])

    def _meet(self, meeting: Meeting, x: Vector) -> None:
        """The other's model has arrived."""
        self._worker.moved(self._worker.x + (0.5 * x - 0.5 * meeting.offers[self]))
        meeting.to_arrive -= 1
        if meeting.to_arrive == 0:
            meeting.active._own = meeting.passive._present = None
            meeting.passive._turn()

    def _say(self, peer: Meetings, deliver: Callable[..., object], *content: object) -> None:
        """A message without content."""
        self._world.send(self._worker.endpoint, peer._worker.endpoint, 0.0, None, deliver, *content)
