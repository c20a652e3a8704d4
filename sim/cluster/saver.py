"""When checkpoints of a group are written, and what is in the last one."""

from __future__ import annotations

from collections.abc import Callable

import simpy

from sim.checkpoint import Checkpoint
from sim.connections.group.milestone import Milestone


class Saver:
    """The checkpoints of a group: what all ranks have when one and the same vector is behind them.

    Parameters
    ----------
    environment
        The clock.
    checkpoint
        What the user says.
    every
        Working time from the end of one to the beginning of the next (s); None: none by time.
    write
        How long writing takes (s).
    committed
        Told when one has been written.

    Attributes
    ----------
    last : dict of int to Milestone
        What is in the last one, by rank; empty: there is none.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        checkpoint: Checkpoint,
        every: float | None,
        write: float,
        committed: Callable[[], object],
    ) -> None:
        self._environment = environment
        self._checkpoint = checkpoint
        self._every = every
        self._write = write
        self._committed = committed
        self._since = 0.0  # s, of the end of the last one
        self._steps = 0  # of the last one
        self._number = self._due = 0  # vectors that have been asked for, and the last that is one
        self._gathered: dict[int, Milestone] = {}
        self._attempt = 0
        self.last: dict[int, Milestone] = {}

    def hold(self, number: int, steps: int) -> float:
        """How long a rank stops when a vector is behind it (s), after so many steps."""
        if number > self._number:
            self._number = number
            every = self._checkpoint.every_updates
            by_time = self._every is not None and self._environment.now - self._since >= self._every
            if by_time or (every is not None and steps // every > self._steps // every):
                self._due, self._gathered = number, {}
        return self._write if self._checkpoint.blocking and number == self._due else 0.0

    def passed(self, rank: int, milestone: Milestone, ranks: int) -> None:
        """A rank has what belongs into a checkpoint, if that is one; it is written when all of so many have."""
        if milestone.number != self._due:
            return
        self._gathered[rank] = milestone
        if len(self._gathered) == ranks:
            if self._checkpoint.blocking:
                self._commit(self._attempt, self._gathered)
            else:
                written = self._environment.timeout(self._write)
                attempt, gathered = self._attempt, self._gathered
                written.callbacks.append(lambda event: self._commit(attempt, gathered))

    def go_back(self) -> None:
        """Somebody has failed: what is being written is lost; work begins again from the last one."""
        self._attempt += 1
        self._gathered, self._due = {}, 0
        self._number = max((each.number for each in self.last.values()), default=0)
        self._steps = max((each.steps for each in self.last.values()), default=0)

    def work(self) -> None:
        """Work begins, or goes on."""
        self._since = self._environment.now

    def _commit(self, attempt: int, gathered: dict[int, Milestone]) -> None:
        if attempt == self._attempt:
            self.last = gathered
            self._since = self._environment.now
            self._steps = max(each.steps for each in gathered.values())
            self._committed()
