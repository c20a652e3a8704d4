"""How the shards of a server come to make their updates of the same workers' gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.connections.server.shard import Push, Shard
    from sim.fabric.fabric import Fabric

#: What is to be done with the pushes that make an update of a shard.
Update = Callable[["Shard", "list[Push]"], None]


class _Decision:
    """Whose gradients make an update, and how many of them are not here yet."""

    def __init__(self, ranks: Sequence[int], missing: int, update: Update) -> None:
        self.ranks = ranks
        self.missing = missing
        self.update = update


class Agreement:
    """One shard's part in it: the first shard decides by what it has first, and sends the others word of it.

    Were each shard to take what it has first, workers could wait in a circle: each for its answer from a shard that
    lacks one gradient, of a worker that waits for another shard.

    Parameters
    ----------
    shard
        Whose part.
    fabric
        Carries the word, which has no bytes.
    """

    def __init__(self, shard: Shard, fabric: Fabric) -> None:
        self._shard = shard
        self._fabric = fabric
        self._pushes: dict[int, Push] = {}  # by rank: a worker has one, it waits for the answer
        self._awaited: dict[int, _Decision] = {}  # by the rank of a push that is not here yet

    def decide(self, pushes: list[Push], others: Sequence[Shard], update: Update) -> None:
        """Make the update of these pushes here and, when they are there, on the other shards."""
        ranks = [push.rank for push in pushes]
        for other in others:
            self._fabric.send(self._shard.host, other.host, 0.0, partial(other.agreement.learn, ranks, update))
        update(self._shard, pushes)

    def keep(self, push: Push) -> None:
        """A push has come, to be kept until the update that it is decided for."""
        self._pushes[push.rank] = push
        decision = self._awaited.pop(push.rank, None)
        if decision is not None:
            decision.missing -= 1
            self._update_when_complete(decision)

    def learn(self, ranks: Sequence[int], update: Update) -> None:
        """Word of a decision has come."""
        missing = [rank for rank in ranks if rank not in self._pushes]
        decision = _Decision(ranks, len(missing), update)
        self._awaited.update(dict.fromkeys(missing, decision))
        self._update_when_complete(decision)

    def _update_when_complete(self, decision: _Decision) -> None:
        if decision.missing == 0:
            decision.update(self._shard, [self._pushes.pop(rank) for rank in decision.ranks])
