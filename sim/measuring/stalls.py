"""How long the living stand still because somebody is down."""

from __future__ import annotations

import simpy

from sim.measuring.timeline import COMPUTE, DOWN, RECOVER, SEND, WAIT, Timeline


class StallTimeline(Timeline):
    """A timeline that also knows when nobody computes or communicates while somebody is down or recovers.

    Then everybody who waits, waits for that: a barrier for a repair, a group for its new ring. Where others go on, who
    waits for them waits as without faults.

    Attributes
    ----------
    stalled : float
        Worker seconds (s) of the living in such times.
    """

    def __init__(self, environment: simpy.Environment, workers: int, *, keep_spans: bool) -> None:
        super().__init__(environment, workers, keep_spans=keep_spans)
        self._doing = [0] * 6
        self._doing[WAIT] = workers
        self._stalled_since = 0.0
        self.stalled = 0.0

    def switch(self, rank: int, kind: int) -> None:
        """As `Timeline.switch`."""
        before = self._kind[rank]
        if before != kind:
            doing, now = self._doing, self._environment._now
            if (doing[DOWN] or doing[RECOVER]) and not (doing[COMPUTE] or doing[SEND]):
                self.stalled += (now - self._stalled_since) * doing[WAIT]
            self._stalled_since = now
            doing[before] -= 1
            doing[kind] += 1
        super().switch(rank, kind)

    def fall(self, rank: int) -> float:
        """Worker `rank` is down: whatever it had under way is nobody's any more; for how long it has computed (s)."""
        computed = self._environment.now - self._since[rank] if self._kind[rank] == COMPUTE else 0.0
        self._under_way[rank] = 0
        self.switch(rank, DOWN)
        return computed

    @property
    def idle(self) -> bool:
        """Nobody computes or communicates."""
        return not (self._doing[COMPUTE] or self._doing[SEND] or self._doing[RECOVER])

    def stop(self, rank: int, kind: int) -> None:
        """Worker `rank` drops whatever it does, and turns to something else."""
        self._under_way[rank] = 0
        self.switch(rank, kind)

    def productive(self) -> float:
        """Worker seconds (s) so far in which workers were there, and not because of faults idle."""
        self.settle()
        return sum(self._totals[kind] for kind in (COMPUTE, SEND, WAIT)) - self.stalled

    def settle(self) -> None:
        """Bring the accounts up to the present instant."""
        doing, now = self._doing, self._environment.now
        if not (doing[COMPUTE] or doing[SEND]) and (doing[DOWN] or doing[RECOVER]):
            self.stalled += (now - self._stalled_since) * doing[WAIT]
        self._stalled_since = now
        super().close()

    def close(self) -> None:
        """As `Timeline.close`."""
        self.settle()
