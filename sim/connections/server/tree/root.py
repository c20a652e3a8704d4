"""A shard of the server at the root of a tree of aggregators."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import simpy

from sim.connections.server.receivers import Answer
from sim.connections.server.shard import Model, Shard
from sim.connections.server.tree.distribution import Distribution


class Root(Shard):
    """A shard whose answers go down a tree (Rudra-adv; Gupta et al. 2016, section 3): those of one instant together."""

    _leaving: list[Answer] | None = None

    def _send(self, rank: int, answer: Callable[[Model], object]) -> None:
        """Send the present model to a worker, together with what else leaves at this instant."""
        self._timeline.depart(rank)
        if self._leaving is None:
            self._leaving = []
            simpy.Timeout(self._world.environment, 0.0).callbacks.append(self._leave)
        self._leaving.append(Answer(rank, partial(answer, (self.x, self.version))))

    def _leave(self, event: simpy.Event) -> None:
        answers, self._leaving = self._leaving, None
        assert answers is not None, "this instant has been asked for"
        self._distribution.send(answers)

    @cached_property
    def _distribution(self) -> Distribution:
        return Distribution(self._fabric, self.host, self.nbytes, self.receivers)
