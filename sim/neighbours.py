"""A worker's exchange of models with its neighbours, round by round."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import simpy

from sim.mailbox import Mailbox
from sim.timeline import SEND, WAIT
from sim.vector import Vector, weighted_sum
from sim.world import World


class Neighbours:
    """One worker's side of the mixing of models.

    Parameters
    ----------
    world
        What everybody in the run shares.
    rank, host
        Which worker, and where it lives.
    weights
        The worker's row of the mixing matrix, by rank and with its own weight among them.
    nbytes
        Size of a model on the wire (B).
    """

    def __init__(self, world: World, rank: int, host: int, weights: Mapping[int, float], nbytes: float) -> None:
        self._environment = world.environment
        self._fabric = world.fabric
        self._timeline = world.timeline
        self._rank = rank
        self._host = host
        self._weights = dict(sorted(weights.items()))
        self._nbytes = nbytes
        self._peers: list[Neighbours] = []
        senders = [rank for rank in self._weights if rank != self._rank]
        self._delivered = Mailbox[Vector](senders)
        self._announced = Mailbox[None](senders)
        self._mixing: simpy.Event | None = None

    def meet(self, everybody: list[Neighbours]) -> None:
        """Know the others' sides, by rank."""
        self._peers = [everybody[rank] for rank in self._weights if rank != self._rank]

    def share(self, x: Vector) -> None:
        """Send `x` to every neighbour, beside whatever follows; it is what this worker itself mixes, too."""
        self._shared = x
        for peer in self._peers:
            peer._announce(self._rank)
            self._fabric.send(self._host, peer._host, self._nbytes, partial(peer._receive, self._rank, x))

    def mixed(self) -> simpy.Event:
        """Wait for every neighbour's next shared model; brings ``sum_j W[me, j] x_j``, added up by rank."""
        self._mixing = self._environment.event()
        event = self._mixing
        self._timeline.switch(self._rank, SEND if self._announced.complete else WAIT)
        self._mix_when_complete()
        return event

    def _announce(self, sender: int) -> None:
        """A neighbour has sent something: when all have, this worker waits for the network, not for them."""
        self._announced.put(sender, None)
        if self._mixing is not None and self._announced.complete:
            self._timeline.switch(self._rank, SEND)

    def _receive(self, sender: int, x: Vector) -> None:
        self._delivered.put(sender, x)
        if self._mixing is not None:
            self._mix_when_complete()

    def _mix_when_complete(self) -> None:
        if self._mixing is None or not self._delivered.complete:
            return
        self._announced.take()
        models = self._delivered.take()
        models[self._rank] = self._shared
        event, self._mixing = self._mixing, None
        event.succeed(weighted_sum(list(self._weights.values()), [models[rank] for rank in self._weights]))
