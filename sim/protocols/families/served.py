"""Protocols with a parameter server."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from sim.connections.server.connect import ParameterServer
from sim.connections.server.modulation import Modulation
from sim.connections.server.push import Push, Serving, by_rank, living
from sim.connections.server.serves import Serves
from sim.connections.server.shard import Shard
from sim.protocols import Protocol, Steps
from sim.start import Start
from sim.world.worker import Worker


@dataclass
class ServerProtocol(Protocol, Serves):
    """A protocol whose one model is a server's: learners are alike, what differs is what the server does with a push.

    Updates are counted at the server, and the optimizer works there.

    Parameters
    ----------
    modulation
        How stale gradients count less: none, mean_staleness (lr c / lambda) or per_gradient (g / tau).

    Attributes
    ----------
    stale
        Gradients may be older than the model that they change: if they never are, there is nothing to modulate.
    """

    modulation: Modulation = field(default=Modulation.none, kw_only=True)

    needs = (ParameterServer,)
    own_models = False
    sends_gradients = True
    overlaps = True
    stale: ClassVar[bool] = True

    @property
    def rule(self) -> Modulation:
        return self.modulation if self.stale else Modulation.none

    def starts(self, workers: int) -> Start:
        return Start.together if self.has_barrier(workers) else super().starts(workers)

    def worker(self, me: Worker) -> Steps:
        """Rudra's learner (Gupta et al. 2016, section 3): pull, compute a gradient, push it, pull again."""
        x, versions = yield me.server.pull()
        while True:
            # Nobody keeps the gradient: its memory is better used again while it is cached.
            x, versions = yield me.server.push_pull_wait_free(me.gradient(x), versions)


@dataclass
class RoundProtocol(ServerProtocol):
    """A protocol with a server and rounds: the first gradients of a round make its update, which ends it for everybody.

    A gradient counts for the round of the version that it was taken at; what arrives later is dropped. The new model is
    sent to every worker, and one that is still computing abandons its gradient when the model has reached it. Each
    shard of a server takes those gradients that it has first; a worker begins a round when every shard has.
    """

    stale = False

    def worker(self, me: Worker) -> Steps:
        x, versions = yield me.server.pull()
        while True:
            newer = me.server.newer(versions)
            computing = me.gradient_unless(newer, x)
            pushed = me.server.push_wait_free(computing, versions)
            if (yield computing) is not None:
                yield pushed
            x, versions = yield newer

    def server(self, me: Shard) -> Serving[None]:
        while True:
            first: list[Push] = []
            while len(first) < self.needed(me.workers):
                push = yield
                if push.version == me.version:
                    first.append(push)
                if len(first) == self.needed(me.workers):
                    first = living(first)
            me.apply(by_rank(first))
            me.broadcast()

    @abstractmethod
    def needed(self, workers: int) -> int:
        """How many gradients make an update."""
