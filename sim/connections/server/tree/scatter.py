"""How answers go down a tree of aggregators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.connections.server.receivers import Answer, Receiver
    from sim.world.endpoint import Endpoint
    from sim.world.world import World


class Scatter:
    """One shard's answers on their way from one host to its receivers.

    Those for the workers behind one receiver are one message of a model's size. Each of them is the model after that
    worker's own gradient, as without a tree: they differ by gradients that the receiver has added up itself.

    Parameters
    ----------
    world
        What everybody in the run shares.
    endpoint
        Where they come from.
    nbytes
        Size of a message (B).
    receivers
        Where they go.
    """

    def __init__(self, world: World, endpoint: Endpoint, nbytes: float, receivers: Sequence[Receiver]) -> None:
        self._world = world
        self._endpoint = endpoint
        self._nbytes = nbytes
        self._receivers = receivers
        self._behind = {rank: number for number, receiver in enumerate(receivers) for rank in receiver.ranks}

    def send(self, answers: Sequence[Answer]) -> None:
        """Send answers that leave at this instant."""
        shares: dict[int, list[Answer]] = {}
        for answer in answers:
            shares.setdefault(self._behind[answer.rank], []).append(answer)
        for number, share in shares.items():
            receiver = self._receivers[number]
            self._world.send(self._endpoint, receiver.endpoint, self._nbytes, None, receiver.take, share)
