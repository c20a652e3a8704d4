"""An aggregating server: it stands between workers and a shard of the server, in a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.receivers import Answer, Receiver
from sim.connections.server.tree.distribution import Distribution

if TYPE_CHECKING:
    from sim.cluster.world import World
    from sim.connections.server.cores import Cores
    from sim.connections.server.shard import Model, Push, Shard


class Aggregator:
    """A node of the tree of one shard (Rudra-adv; Gupta et al. 2016, section 3).

    To those below, workers or other aggregators, it is the shard. It adds up the gradients that reach it and relays
    the sum as soon as the one before has been added up above: what comes in meanwhile is one message. Which gradients a
    sum is made of is known, and above they count one by one, in the order in which they came.

    Parameters
    ----------
    world
        What everybody in the run shares.
    cores
        Those of its host.
    apply_seconds
        How long one of them adds up a message (s).
    host
        Where it lives.
    ranks
        Of the workers below.
    above
        The next node on the way to the shard, or the shard.
    complete
        Gradients that make a sum to be relayed, >= 1.
    keep
        How many of the newest models for everybody may wait for the one that is on its way.

    Attributes
    ----------
    nbytes, push_nbytes
        Sizes of a model, or a sum of gradients, and of one gradient on the wire (B).
    receivers : list of Receiver
        Those below, in the order of their ranks.
    """

    def __init__(
        self,
        world: World,
        cores: Cores,
        apply_seconds: float,
        *,
        host: int,
        ranks: Sequence[int],
        above: Aggregator | Shard,
        complete: int,
        keep: int,
    ) -> None:
        self._world = world
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._cores = cores
        self._apply_seconds = apply_seconds
        self._above = above
        self._complete = complete
        self._keep = keep
        self._sum: list[Push] = []
        self._relaying = False
        self.host = host
        self.nbytes: float = above.nbytes
        self.push_nbytes: float = above.push_nbytes
        self.receivers: list[Receiver] = []
        above.receivers.append(Receiver(host, ranks, self.hear, self.take))

    # -- upward

    def pull(self, rank: int, answer: Callable[[Model], object], version: int = 0) -> None:
        """A worker asks for the model: that is passed on at once."""
        self._timeline.arrive(rank)
        self._timeline.depart_beside(rank)
        self._fabric.send(self.host, self._above.host, 0.0, partial(self._above.pull, rank, answer, version))

    def push(self, push: Push) -> None:
        """A worker's gradient has arrived."""
        self.gather([push], _nothing)

    def gather(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        """A sum has arrived: it queues for a core, is added to what waits for the way up, and `added` is called."""
        for push in pushes:
            self._timeline.arrive(push.rank)
        self._cores.serve(self._apply_seconds, partial(self._add, pushes, added))

    def _add(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        self._sum += pushes
        self._relay_when_ready()
        added()

    def _relay_when_ready(self) -> None:
        if self._relaying or len(self._sum) < self._complete:
            return
        pushes, self._sum = self._sum, []
        self._relaying = True
        for push in pushes:
            self._timeline.depart_beside(push.rank)
        nbytes = min(len(pushes) * self.push_nbytes, self.nbytes)  # few compressed gradients are smaller than their sum
        self._fabric.send(self.host, self._above.host, nbytes, partial(self._above.gather, pushes, self._relayed))

    def _relayed(self) -> None:
        self._relaying = False
        self._relay_when_ready()

    # -- downward

    def take(self, answers: Sequence[Answer]) -> None:
        """Answers for some of the workers below have arrived."""
        self._distribution.send(answers)

    def hear(self, model: Model) -> None:
        """A model for everybody has arrived."""
        self._broadcast.send(model)

    @cached_property
    def _distribution(self) -> Distribution:
        return Distribution(self._fabric, self.host, self.nbytes, self.receivers)

    @cached_property
    def _broadcast(self) -> Broadcast:
        return Broadcast(self._world, self.host, self.nbytes, self.receivers, self._keep)


def _nothing() -> None:
    """Nobody waits for this gradient to be added up, or for nothing else: its worker waits for the answer."""
