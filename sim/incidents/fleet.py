"""What there is that can fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from topologies.routing import Node


class Fleet(NamedTuple):
    """Machines, workers, shards of a server, and links.

    Attributes
    ----------
    machines
        The ranks in each machine; without machines every worker is one.
    shards
        Number of shards of the server, 0 where there is none.
    links
        Both ends of each link, as nodes of the network's graph.
    """

    machines: Sequence[Sequence[int]]
    shards: int = 0
    links: Sequence[tuple[Node, Node]] = ()

    @property
    def workers(self) -> int:
        """Number of workers."""
        return sum(map(len, self.machines))
