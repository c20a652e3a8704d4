"""An aggregating server: it stands between workers and a shard of the server, in a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.receivers import Answer, Receiver
from sim.connections.server.sums import messages_to_read, relayed_bytes
from sim.connections.server.tree.scatter import Scatter

if TYPE_CHECKING:
    from sim.connections.server.cores import Cores
    from sim.connections.server.push import Push, Versioned
    from sim.connections.server.shard import Shard
    from sim.world.endpoint import Endpoint
    from sim.world.world import World


class Aggregator:
    """A node of the tree of one shard (Rudra-adv; Gupta et al. 2016, section 3).

    To those below, workers or other aggregators, it is the shard. It adds up the gradients that reach it and relays
    the sum as soon as the one before has been added up above: what arrives meanwhile is one message. Which gradients a
    sum is made of is known, and above they count one by one, in the order in which they arrived.

    Parameters
    ----------
    world
        What everybody in the run shares.
    cores
        Those of its host.
    apply_seconds
        How long one of them adds up a message (s).
    endpoint
        Where it lives.
    ranks
        Ranks of the workers below.
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
    decode_seconds
        How long a core reads one gradient before it can be added up (s).
    receivers : list of Receiver
        Those below, in the order of their ranks.
    """

    def __init__(
        self,
        world: World,
        cores: Cores,
        apply_seconds: float,
        *,
        endpoint: Endpoint,
        ranks: Sequence[int],
        above: Aggregator | Shard,
        complete: int,
        keep: int,
    ) -> None:
        self._world = world
        self._cores = cores
        self._apply_seconds = apply_seconds
        self._above = above
        self._complete = complete
        self._keep = keep
        self._sum: list[Push] = []
        self._relaying = False
        self.endpoint = endpoint
        self.nbytes: float = above.nbytes
        self.push_nbytes: float = above.push_nbytes
        self.decode_seconds: float = above.decode_seconds
        self.receivers: list[Receiver] = []
        above.receivers.append(Receiver(endpoint, ranks, self.hear, self.take))

    # -- upward

    def pull(self, rank: int, source: Endpoint, answer: Callable[[Versioned], object], version: int = 0) -> None:
        """A worker asks for the model: that is passed on at once."""
        above = self._above
        self._world.send_beside(self.endpoint, above.endpoint, 0.0, (rank,), above.pull, rank, source, answer, version)

    def push(self, push: Push) -> None:
        """A worker's gradient has arrived; that it has been added up, the worker learns by the answer."""
        self._cores.serve(self._apply_seconds + self.decode_seconds, self._add, [push])

    def gather(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        """A sum has arrived: it queues for a core, is added to what waits for the way up, and `added` is called."""
        reading = messages_to_read(len(pushes), self.push_nbytes, self.nbytes) * self.decode_seconds
        self._cores.serve(self._apply_seconds + reading, self._add, pushes, added)

    def _add(self, pushes: Sequence[Push], added: Callable[[], object] | None = None) -> None:
        self._sum += pushes
        self._relay_when_ready()
        if added is not None:
            added()

    def _relay_when_ready(self) -> None:
        if self._relaying or len(self._sum) < self._complete:
            return
        pushes, self._sum = self._sum, []
        self._relaying = True
        above = self._above
        nbytes = relayed_bytes(len(pushes), self.push_nbytes, self.nbytes)
        ranks = [push.rank for push in pushes]
        self._world.send_beside(self.endpoint, above.endpoint, nbytes, ranks, above.gather, pushes, self._relayed)

    def _relayed(self) -> None:
        self._relaying = False
        self._relay_when_ready()

    # -- downward

    def take(self, answers: Sequence[Answer]) -> None:
        """Answers for some of the workers below have arrived."""
        self._scatter.send(answers)

    def hear(self, model: Versioned) -> None:
        """A model for everybody has arrived."""
        self._broadcast.send(model)

    @cached_property
    def _scatter(self) -> Scatter:
        return Scatter(self._world, self.endpoint, self.nbytes, self.receivers)

    @cached_property
    def _broadcast(self) -> Broadcast:
        return Broadcast(self._world, self.endpoint, self.nbytes, self.receivers, self._keep)
