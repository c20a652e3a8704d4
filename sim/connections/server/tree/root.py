"""A shard of the server at the root of a tree of aggregators."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import simpy

from sim.connections.server.push import Versioned
from sim.connections.server.receivers import Answer
from sim.connections.server.shard import Shard
from sim.connections.server.tree.scatter import Scatter
from sim.world.endpoint import Endpoint


class Root(Shard):
    """A shard whose answers go down a tree (Rudra-adv; Gupta et al. 2016, section 3): those of one instant together.

    A worker communicates until its answer has come down all levels.
    """

    _leaving: list[Answer] | None = None

    def _answer(self, rank: int, to: Endpoint, answer: Callable[[Versioned], object]) -> None:
        """Send the present model to a worker, together with what else leaves at this instant."""
        self._world.timeline.depart_beside(rank)
        if self._leaving is None:
            self._leaving = []
            simpy.Timeout(self._world.environment, 0.0).callbacks.append(self._leave)
        self._leaving.append(Answer(rank, partial(self._arrived, rank, answer, (self.x, self.version))))

    def _arrived(self, rank: int, answer: Callable[[Versioned], object], model: Versioned) -> None:
        self._world.timeline.arrive(rank)
        answer(model)

    def _leave(self, event: simpy.Event) -> None:
        answers, self._leaving = self._leaving, None
        assert answers is not None, "this instant has been asked for"
        self._scatter.send(answers)

    @cached_property
    def _scatter(self) -> Scatter:
        return Scatter(self._world, self.endpoint, self.nbytes, self.receivers)
