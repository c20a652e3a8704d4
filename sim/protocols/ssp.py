"""Stale synchronous parallel."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.shard import Push, Shard
from sim.protocols import ServerProtocol
from topologies.ranges import check


@dataclass
class SSP(ServerProtocol):
    """Parameter server: nobody computes more than so many gradients ahead of the slowest (stale synchronous parallel).

    Ho et al. 2013: nobody is more than `slack` clocks ahead of the slowest. A worker's clock is the number of gradients
    that it has delivered. At clock c it may compute iff c <= min + slack; one that may not waits, so that delivered
    gradients differ by slack + 1 at most and those being computed by slack. A model read at clock c has in it all
    gradients of clocks up to c - slack - 1 and the worker's own, and newer ones as they come ("best effort", section
    3).

    A gradient is applied as it comes if its worker may go on. Those of workers that wait are applied when the slowest
    has delivered, together with its own, and an update is a step along the mean of those that are applied together. So
    slack = 0 is hardsync, and a slack that nobody exhausts is async_ps.

    Parameters
    ----------
    slack
        Gradients that a worker may be ahead of the slowest, >= 0: 0 is synchronous.
    """

    slack: int = 3

    def __post_init__(self) -> None:
        check("slack", self.slack, at_least=0)

    def has_barrier(self, workers: int) -> bool:
        return self.slack == 0

    def receive(self, server: Shard, push: Push) -> None:
        pushes = server.collect_within(push, self.slack)
        if pushes is not None:
            server.apply(pushes)
            for one in pushes:
                server.reply(one)
