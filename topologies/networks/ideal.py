"""A network without latency and without limits."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.networks import Network


@dataclass
class Ideal(Network):
    """No latency and no limit: every message arrives at the instant it is sent.

    What remains is compute time and the protocol's waiting. There are no links to draw, so there is no graph.
    """

    def graph(self, hosts: int) -> None:
        """No graph, for any number of hosts."""
        return
